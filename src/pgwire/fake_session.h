// A session for tests: a few made-up statements with the shapes of real ones.
//   rows N        N rows of (id int4, name text)        types      one row of every type
//   echo TYPE     $1 of that type, as a row             do         a command without rows
//   fail          an error at the word                  wait       until it is cancelled
//   begin, commit, rollback                             copy t from stdin
#pragma once
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include "data/text_form.h"
#include "engine/session.h"

namespace weir::pgwire {

// What the sessions of a factory were told.
struct FakeCopy {
  std::string bytes;
  int finished = 0;
};

class FakeCopyIn final : public engine::CopyIn {
 public:
  explicit FakeCopyIn(FakeCopy& copy) : copy_(copy) {}
  Status data(std::string_view bytes) override {
    if (bytes == "bad\n") {
      return Error(ErrorKind::kInvalidData, 1301, "missing data for column \"b\"")
          .sqlstate("22P04");
    }
    copy_.bytes += bytes;
    return {};
  }
  Result<engine::StatementResult> finish() override {
    ++copy_.finished;
    engine::StatementResult result;
    result.tag = "COPY 2";
    return result;
  }
  size_t columns() const override { return 2; }

 private:
  FakeCopy& copy_;
};

class FakeSession final : public engine::Session {
 public:
  FakeSession(FakeCopy& copy, std::vector<TypeId>& parameter_types)
      : copy_(copy), parameter_types_(parameter_types) {}

  Status execute(std::string_view sql, const OnResult& on_result) override {
    size_t begin = 0;
    while (begin < sql.size()) {
      const size_t end = std::min(sql.find(';', begin), sql.size());
      const std::string text = trimmed(sql.substr(begin, end - begin));
      begin = end + 1;
      if (text.empty()) continue;
      TRY_VOID(on_result(TRY(run(text, sql, {}))));
    }
    return {};
  }

  Result<engine::StatementDescription> describe(std::string_view sql,
                                                const std::vector<Type>& types) override {
    const std::string text = trimmed(sql);
    engine::StatementDescription out;
    if (text == "fail") return failure(sql);
    if (text.starts_with("echo ")) {
      const Type declared = types.empty() ? Type() : types[0];
      const Type named = TRY(parse_type(text.substr(5)));
      out.parameters = {declared.id != TypeId::kUnknown ? declared : named};
      out.schema.fields = {{"value", out.parameters[0]}};
    }
    if (text.starts_with("rows ")) out.schema = rows_schema();
    if (text == "types") out.schema = one_of_each().schema;
    out.has_rows = out.schema.size() > 0;
    return out;
  }

  Result<engine::StatementResult> execute_prepared(const engine::PreparedStatement& prepared,
                                                   const std::vector<Value>& parameters) override {
    return run(trimmed(prepared.sql), prepared.sql, parameters);
  }

  engine::TransactionState transaction_state() const override { return state_; }
  void cancel() override { cancelled_ = true; }
  std::vector<Relation> relations() override { return {}; }

  static engine::StatementResult one_of_each() {
    static constexpr std::pair<TypeId, const char*> kValues[] = {
        {TypeId::kBool, "t"}, {TypeId::kInt2, "-2"}, {TypeId::kInt4, "4"}, {TypeId::kInt8, "8"},
        {TypeId::kFloat4, "0.5"}, {TypeId::kFloat8, "1e+20"}, {TypeId::kNumeric, "10.50"},
        {TypeId::kText, "a\"b"}, {TypeId::kBytea, "\\x00ff"}, {TypeId::kDate, "2026-01-31"},
        {TypeId::kTime, "01:02:03.5"}, {TypeId::kTimestamp, "2026-01-31 01:02:03"},
        {TypeId::kTimestamptz, "2026-01-31 01:02:03+00"}, {TypeId::kInterval, "1 day 02:00:00"},
        {TypeId::kUuid, "00112233-4455-6677-8899-aabbccddeeff"}, {TypeId::kJsonb, "{\"a\": 1}"}};
    engine::StatementResult out;
    for (const auto& [type, text] : kValues) {
      out.schema.fields.push_back({Type(type).name(), type});
    }
    out.schema.fields.push_back({"nothing", TypeId::kText});
    BatchBuilder builder(out.schema);
    for (size_t i = 0; i < std::size(kValues); ++i) {
      append_value(builder.column(i), *parse_text_form(kValues[i].second, kValues[i].first));
    }
    builder.column(std::size(kValues)).append_null();
    builder.end_row();
    return with_rows(std::move(out), builder);
  }

 private:
  static engine::StatementResult with_rows(engine::StatementResult out, BatchBuilder& builder) {
    out.has_rows = true;
    out.tag = "SELECT " + std::to_string(builder.rows());
    out.batches.push_back(builder.finish());
    return out;
  }
  static std::string trimmed(std::string_view text) {
    const size_t begin = text.find_first_not_of(" \n;");
    if (begin == std::string_view::npos) return "";
    std::string out(text.substr(begin, text.find_last_not_of(" \n;") - begin + 1));
    if (out == "BEGIN" || out == "COMMIT" || out == "ROLLBACK") {
      for (char& c : out) c = static_cast<char>(c | 0x20);
    }
    return out;
  }
  static Schema rows_schema() {
    return Schema{{{"id", TypeId::kInt4}, {"name", Type(TypeId::kText, 5, -1)}}};
  }
  static Error failure(std::string_view sql) {
    const size_t at = std::min(sql.find("fail"), sql.size());
    const std::string_view before = sql.substr(0, at);
    SourceSpan span;
    span.line = 1 + static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
    span.column = static_cast<uint32_t>(at - before.rfind('\n'));  // npos + 1 is 0
    return Error(ErrorKind::kInvalidStatement, 1203, "column \"fail\" does not exist")
        .detail("There is no such column.")
        .hint("choose another")
        .at(span)
        .sqlstate("42703");
  }

  Result<engine::StatementResult> run(const std::string& text, std::string_view sql,
                                      const std::vector<Value>& parameters) {
    using engine::TransactionState;
    engine::StatementResult out;
    if (text.starts_with("rows ")) {
      out.schema = rows_schema();
      BatchBuilder builder(out.schema);
      for (int i = 1; i <= std::atoi(text.c_str() + 5); ++i) {
        builder.column(0).append<int32_t>(i);
        builder.column(1).append_text("n" + std::to_string(i));
        builder.end_row();
      }
      return with_rows(std::move(out), builder);
    }
    if (text == "types") return one_of_each();
    if (text == "copy t from stdin") {
      out.copy_in = std::make_unique<FakeCopyIn>(copy_);
      return out;
    }
    if (text.starts_with("echo ")) {
      const Type type = parameters.at(0).type;
      parameter_types_.push_back(type.id);
      out.schema.fields = {{"value", type.id == TypeId::kUnknown ? Type(TypeId::kText) : type}};
      BatchBuilder builder(out.schema);
      append_value(builder.column(0), parameters.at(0));
      builder.end_row();
      return with_rows(std::move(out), builder);
    }
    if (text == "begin") state_ = TransactionState::kOpen, out.tag = "BEGIN";
    if (text == "commit") state_ = TransactionState::kIdle, out.tag = "COMMIT";
    if (text == "rollback") state_ = TransactionState::kIdle, out.tag = "ROLLBACK";
    if (text == "do") out.tag = "INSERT 0 1", out.notices = {"done"};
    if (text == "wait") {
      while (!cancelled_.exchange(false)) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      return Error(ErrorKind::kCancelled, 1399, "canceling statement due to user request");
    }
    if (!out.tag.empty()) return out;
    if (state_ == TransactionState::kOpen) state_ = TransactionState::kFailed;
    return failure(sql);
  }

  FakeCopy& copy_;
  std::vector<TypeId>& parameter_types_;
  engine::TransactionState state_ = engine::TransactionState::kIdle;
  std::atomic<bool> cancelled_ = false;
};

class FakeSessions final : public engine::SessionFactory {
 public:
  Result<std::unique_ptr<engine::Session>> connect(const std::string& user,
                                                   const std::string&) override {
    if (user == "nobody") {
      return Error(ErrorKind::kPermission, 1699, "role \"nobody\" does not exist")
          .sqlstate("28000");
    }
    return std::unique_ptr<engine::Session>(
        std::make_unique<FakeSession>(copy, parameter_types));
  }
  FakeCopy copy;
  std::vector<TypeId> parameter_types;  // of `echo`
};

}  // namespace weir::pgwire
