// COPY in a session: what goes out is a query's rows as lines; what comes in follows the rules of a
// block, as every statement does.
#include <fmt/core.h>

#include "engine/copy_format.h"
#include "engine/sql_session.h"

namespace weir::engine {

namespace {

class CopyLines final : public LineStream {
 public:
  CopyLines(std::unique_ptr<RowStream> rows, Schema schema, CopyFormat format)
      : rows_(std::move(rows)), schema_(std::move(schema)), format_(std::move(format)) {}
  Result<std::optional<std::vector<std::string>>> next() override {
    const std::optional<Batch> batch = TRY(rows_->next());
    if (!batch) return std::optional<std::vector<std::string>>();
    std::vector<std::string> lines;
    for (uint32_t row = 0; row < batch->rows; ++row) {
      append_copy_row(lines.emplace_back(), format_, schema_, *batch, row);
    }
    return std::optional(std::move(lines));
  }

 private:
  const std::unique_ptr<RowStream> rows_;
  const Schema schema_;
  const CopyFormat format_;
};

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

Result<StatementResult> SqlSession::copy_in(sql::Statement& statement) {
  TRY_VOID(refuse_copy(statement));
  TRY_VOID(refuse_in_read_only(statement));
  StatementResult result;
  result.copy_in = std::make_unique<CopyInBlock>(*this, TRY(copy_from(std::move(statement))));
  return result;
}

Result<StatementResult> SqlSession::copy_to(std::string_view text, sql::Statement& statement,
                                            const Parameters& parameters) {
  TRY_VOID(refuse_copy(statement));
  const CopyFormat format = TRY(CopyFormat::of(statement.copy->options));
  StatementResult rows =
      statement.subscribe ? TRY(subscribe(text, *statement.select, *statement.subscribe))
                          : TRY(query(text, *statement.select, parameters));
  StatementResult result;
  result.is_copy = true;
  result.schema = rows.schema;
  result.notices = rows.notices;
  if (format.header) result.copy_lines.push_back(copy_header(format, rows.schema));
  if (rows.stream) {
    result.copy_stream = std::make_unique<CopyLines>(std::move(rows.stream), rows.schema, format);
  }
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
