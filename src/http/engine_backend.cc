#include "engine/engine.h"
#include "http/backend.h"

namespace weir::http {

namespace {

class EngineBackend final : public Backend {
 public:
  explicit EngineBackend(engine::Engine& engine) : engine_(engine) {}
  engine::PipelineStatus status() override { return engine_.status(); }
  std::vector<engine::Session::Relation> relations() override { return engine_.relations(); }
  Result<engine::StatementResult> query(std::string_view sql,
                                        const std::vector<Value>& parameters) override {
    return engine_.query(sql, parameters);
  }
  Result<std::shared_ptr<engine::Subscription>> subscribe(const std::string& view,
                                                          bool with_contents) override {
    return engine_.subscribe(view, with_contents);
  }
  Result<connect::ReceiveAnswer> receive(const std::string& stream, std::string_view content_type,
                                         std::string_view body,
                                         std::string_view idempotency_key) override {
    return engine_.receive(stream, content_type, body, idempotency_key);
  }
  Result<engine::Judged> judge(const std::string& source, const engine::LetterFilter& filter,
                               engine::LetterState verdict) override {
    return engine_.judge(source, filter, verdict);
  }

 private:
  engine::Engine& engine_;
};

}  // namespace

std::unique_ptr<Backend> make_backend(engine::Engine& engine) {
  return std::make_unique<EngineBackend>(engine);
}

}  // namespace weir::http
