#include "engine/project_session.h"

#include <fmt/core.h>

#include "engine/project_feed.h"
#include "engine/sql_session.h"

namespace weir::engine {

namespace {

class ProjectSession final : public SqlSession {
 public:
  explicit ProjectSession(Engine& engine) : engine_(engine) {}
  std::vector<Relation> relations() override { return engine_.relations(); }

 protected:
  Result<StatementResult> select(std::string_view text, const sql::Select& select,
                                 const Parameters& parameters) override {
    return engine_.query(text, select, parameters, watch());
  }
  Result<StatementDescription> describe_select(std::string_view text, const sql::Select& select,
                                               const Parameters& parameters) override {
    return engine_.describe(text, select, parameters);
  }
  Result<std::vector<plan::View>> plan(std::string_view text, sql::Statement& statement,
                                       const Parameters& parameters) override {
    if (statement.kind != sql::StatementKind::kSelect) return read_only();
    return std::vector<plan::View>{TRY(engine_.plan(text, *statement.select, parameters))};
  }
  Result<std::unique_ptr<ChangeFeed>> follow(std::string_view text, const sql::Select& select,
                                             bool contents) override {
    return follow_query(engine_, text, select, contents);
  }
  Clock& clock() override { return engine_.clock(); }
  Micros now() const override { return engine_.now(); }
  Result<StatementResult> change(std::string_view, sql::Statement&, const Parameters&) override {
    return read_only();
  }
  Result<std::unique_ptr<CopyIn>> copy_from(sql::Statement) override { return read_only(); }

 private:
  static Error read_only() {
    return Error(ErrorKind::kInvalidStatement, 1675, "the project can only be read here")
        .detail("What it holds follows from its files and its sources.")
        .hint("push rows with POST /v1/streams/NAME, or edit the project")
        .sqlstate("25006");
  }

  Engine& engine_;
};

}  // namespace

Result<std::unique_ptr<Session>> ProjectSessions::connect(const std::string&, const std::string&) {
  return std::unique_ptr<Session>(std::make_unique<ProjectSession>(engine_));
}

}  // namespace weir::engine
