// COPY in a session: what goes out is a query's rows as lines; what comes in follows the rules of a
// block, as every statement does.
#include <fmt/core.h>

#include "engine/copy_format.h"
#include "engine/sql_session.h"
#include "sql/parser.h"

namespace weir::engine {

namespace {

// Cheap: parsing says what the text really is.
bool may_be_copy(std::string_view sql) {
  const auto same = [](char a, char b) { return (a | 0x20) == b; };
  constexpr std::string_view kCopy = "copy";
  return std::search(sql.begin(), sql.end(), kCopy.begin(), kCopy.end(), same) != sql.end();
}

Status refuse_copy(const sql::Statement& statement) {
  if (!statement.copy->file.empty()) {
    return Error(ErrorKind::kNotSupported, 1703, "COPY reads STDIN and writes STDOUT alone")
        .hint("use psql's \\copy for a file of the client")
        .sqlstate("0A000");
  }
  if (statement.value.empty()) return {};
  return Error(ErrorKind::kNotSupported, 1672, statement.value + " is not supported yet")
      .sqlstate("0A000");
}

}  // namespace

// Where it ends without success the block that it stands in has failed.
class SqlSession::CopyInBlock final : public CopyIn {
 public:
  CopyInBlock(SqlSession& session, std::unique_ptr<CopyIn> copy)
      : session_(session), copy_(std::move(copy)) {}
  ~CopyInBlock() override {
    if (!finished_) session_.fail_block();
  }
  Status data(std::string_view bytes) override { return copy_->data(bytes); }
  Result<StatementResult> finish() override {
    Result<StatementResult> result = copy_->finish();
    finished_ = result.has_value();
    return result;
  }
  size_t columns() const override { return copy_->columns(); }

 private:
  SqlSession& session_;
  std::unique_ptr<CopyIn> copy_;
  bool finished_ = false;
};

Result<std::unique_ptr<CopyIn>> SqlSession::begin_copy(std::string_view sql) {
  if (!may_be_copy(sql)) return nullptr;
  std::vector<sql::Statement> statements = TRY(sql::parse(sql));
  const bool is_copy = statements.size() == 1 && statements[0].kind == sql::StatementKind::kCopy &&
                       statements[0].copy->is_from;
  if (!is_copy) return nullptr;
  TRY_VOID(refuse_in_failed_block());
  Status refused = refuse_copy(statements[0]);
  if (refused) refused = refuse_in_read_only(statements[0]);
  Result<std::unique_ptr<CopyIn>> copy = refused
                                             ? copy_from(std::move(statements[0]))
                                             : Result<std::unique_ptr<CopyIn>>(refused.error());
  if (!copy) {
    fail_block();
    return std::move(copy).error();
  }
  return std::unique_ptr<CopyIn>(std::make_unique<CopyInBlock>(*this, std::move(*copy)));
}

Result<StatementResult> SqlSession::copy_to(std::string_view text, sql::Statement& statement,
                                            const Parameters& parameters) {
  if (statement.copy->is_from) {
    return Error(ErrorKind::kNotSupported, 1704, "COPY FROM STDIN must be a text of its own")
        .hint("send it without other statements")
        .sqlstate("0A000");
  }
  TRY_VOID(refuse_copy(statement));
  const CopyFormat format = TRY(CopyFormat::of(statement.copy->options));
  const StatementResult rows = TRY(query(text, *statement.select, parameters));
  StatementResult result;
  result.is_copy = true;
  result.schema = rows.schema;
  result.notices = rows.notices;
  if (format.header) result.copy_lines.push_back(copy_header(format, rows.schema));
  uint64_t count = 0;
  for (const Batch& batch : rows.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row, ++count) {
      append_copy_row(result.copy_lines.emplace_back(), format, rows.schema, batch, row);
    }
  }
  result.tag = fmt::format("COPY {}", count);
  return result;
}

}  // namespace weir::engine
