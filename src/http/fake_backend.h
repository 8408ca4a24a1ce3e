// A made-up project for tests of the HTTP port: one pushed stream, one read from a file, one view.
#pragma once
#include <mutex>
#include <optional>

#include "http/backend.h"

namespace weir::http {

class FakeBackend final : public Backend {
 public:
  struct Push {
    std::string stream, content_type, body, key;
  };

  FakeBackend() {
    status_.name = "shop";
    status_.state = "running";
    status_.epoch = Epoch(7);
    status_.clock = 1'767'225'600'000'000;
    status_.figures.epochs = 7;
    status_.figures.commit_nanos = 1'500'000;
    engine::StreamStatus pushed;
    pushed.name = "orders";
    pushed.connector = "http";
    pushed.records = 12;
    pushed.watermark = 1'767'225'600'500'000;
    engine::StreamStatus file;
    file.name = "lines \"x\"";
    file.connector = "file";
    file.dead = 3;
    status_.streams = {pushed, file};
    engine::ViewStatus view;
    view.name = "revenue";
    view.rows = 3;
    view.emit = "on_change";
    status_.views = {view};
  }

  engine::PipelineStatus status() override {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  void set_state(std::string state, std::string error) {
    const std::lock_guard lock(mutex_);
    status_.state = std::move(state);
    status_.error = std::move(error);
  }

  std::vector<engine::Session::Relation> relations() override {
    return {{"public", "orders", "stream", schema(), {"country"}, ""},
            {"public", "revenue", "materialized view", schema(), {"country"}, "select 1"}};
  }

  Result<engine::StatementResult> query(std::string_view sql,
                                        const std::vector<Value>& parameters) override {
    const std::lock_guard lock(mutex_);
    last_sql = sql;
    last_parameters = parameters;
    if (refusal) return *refusal;
    engine::StatementResult out;
    out.has_rows = true;
    out.schema = schema();
    out.batches = {rows()};
    return out;
  }

  Result<std::shared_ptr<engine::Subscription>> subscribe(const std::string& view,
                                                          bool) override {
    const std::lock_guard lock(mutex_);
    subscription = std::make_shared<engine::Subscription>(view, schema());
    subscription->offer({Epoch(7), status_.clock, rows()});
    return subscription;
  }
  std::shared_ptr<engine::Subscription> last_subscription() {
    const std::lock_guard lock(mutex_);
    return subscription;
  }

  Result<connect::ReceiveAnswer> receive(const std::string& stream, std::string_view content_type,
                                         std::string_view body, std::string_view key) override {
    const std::lock_guard lock(mutex_);
    if (refusal) return *refusal;
    if (stream != "orders") return Error(ErrorKind::kNotFound, 1534, "there is no such stream");
    pushes.push_back({stream, std::string(content_type), std::string(body), std::string(key)});
    connect::ReceiveAnswer answer;
    answer.records = 2;
    answer.bad = 1;
    return answer;
  }

  Result<engine::Judged> judge(const std::string& source, const engine::LetterFilter& filter,
                               engine::LetterState) override {
    const std::lock_guard lock(mutex_);
    if (source != "orders") return Error(ErrorKind::kNotFound, 1881, "there is no such source");
    return engine::Judged{filter.number ? uint64_t{1} : uint64_t{3}, 0};
  }

  static Schema schema() {
    return Schema{{{"country", TypeId::kText}, {"amount", TypeId::kInt8}}};
  }
  static Batch rows() {
    BatchBuilder builder(schema());
    const char* countries[] = {"SE", "a,\"b", "NO"};
    for (int64_t i = 0; i < 3; ++i) {
      builder.column(0).append_text(countries[i]);
      i == 1 ? builder.column(1).append_null() : builder.column(1).append<int64_t>(i * 10);
      builder.end_row();
    }
    return builder.finish();
  }

  std::vector<Push> pushes;
  std::optional<Error> refusal;
  std::string last_sql;
  std::vector<Value> last_parameters;
  std::shared_ptr<engine::Subscription> subscription;

 private:
  std::mutex mutex_;
  engine::PipelineStatus status_;
};

}  // namespace weir::http
