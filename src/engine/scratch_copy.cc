#include "engine/scratch_copy.h"

#include <fmt/core.h>

#include "data/text_form.h"

namespace weir::engine {

ScratchCopy::ScratchCopy(std::string table, Schema schema, CopyFormat format, Insert insert)
    : table_(std::move(table)),
      schema_(std::move(schema)),
      format_(format),
      insert_(std::move(insert)),
      rows_(schema_),
      reader_(std::move(format), [this](CopyReader::Fields fields,
                                        uint64_t line) { return take(fields, line); }),
      header_is_due_(format_.header) {}

Error ScratchCopy::wrong(Error error, uint64_t line, const std::string& column) const {
  const std::string place = fmt::format("COPY {}, line {}", table_, line);
  return std::move(error).detail(column.empty() ? place
                                                : fmt::format("{}, column {}", place, column));
}

Status ScratchCopy::check_header(const CopyReader::Fields& fields) const {
  if (!format_.header_names_columns) return {};
  for (size_t i = 0; i < std::max(fields.size(), schema_.size()); ++i) {
    const bool same = i < fields.size() && i < schema_.size() && fields[i] &&
                      *fields[i] == schema_.fields[i].name;
    if (same) continue;
    return wrong(Error(ErrorKind::kInvalidData, 1705,
                       fmt::format("the header's column {} does not match the table's", i + 1))
                     .sqlstate("22P04"),
                 1, "");
  }
  return {};
}

Status ScratchCopy::take(const CopyReader::Fields& fields, uint64_t line) {
  if (header_is_due_) {
    header_is_due_ = false;
    return check_header(fields);
  }
  if (fields.size() != schema_.size()) {
    const bool more = fields.size() > schema_.size();
    return wrong(Error(ErrorKind::kInvalidData, 1706,
                       more ? std::string("extra data after last expected column")
                            : fmt::format("missing data for column \"{}\"",
                                          schema_.fields[fields.size()].name))
                     .sqlstate("22P04"),
                 line, "");
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    ParseError error;
    if (!fields[i]) {
      rows_.column(i).append_null();
    } else if (!append_parsed(rows_.column(i), *fields[i], &error)) {
      return wrong(Error(ErrorKind::kInvalidData, 1390, error.message).sqlstate(error.sqlstate),
                   line, schema_.fields[i].name);
    }
  }
  rows_.end_row();
  return {};
}

Result<StatementResult> ScratchCopy::finish() {
  TRY_VOID(reader_.finish());
  return insert_(rows_.finish());
}

}  // namespace weir::engine
