#include "codec/row_output.h"

#include "codec/record_splitter.h"

namespace weir::codec {

RowOutput::RowOutput(const DecoderOptions& options)
    : columns_(options.columns),
      null_on_bad_value_(options.on_bad_value == OnBadValue::kNull),
      stamps_(options.columns.size(), 0) {
  builders_.reserve(columns_.size());
  for (const DecodeColumn& column : columns_) builders_.emplace_back(column.field.type);
}

void RowOutput::bad_value(uint32_t column, const ParseError& error) {
  builders_[column].append_null();
  if (null_on_bad_value_ || failed_) return;
  failed_ = true;
  failure_.column = columns_[column].field.name;
  failure_.sqlstate = error.sqlstate;
  failure_.reason = error.message;
}

void RowOutput::bad_record(const char* sqlstate, std::string reason) {
  if (failed_) return;
  failed_ = true;
  failure_.column.clear();
  failure_.sqlstate = sqlstate;
  failure_.reason = std::move(reason);
}

void RowOutput::end_slowly() {
  if (failed_) {
    for (size_t i = 0; i < builders_.size(); ++i) {
      if (stamps_[i] == stamp_) builders_[i].pop_back();
    }
    dead_record(raw_, byte_offset_, failure_.sqlstate.c_str(), std::move(failure_.reason));
    dead_.back().column = std::move(failure_.column);
    failure_ = {};
    return;
  }
  if (filled_ != builders_.size()) {
    for (size_t i = 0; i < builders_.size(); ++i) {
      if (stamps_[i] != stamp_) builders_[i].append_null();
    }
  }
  if (!dead_.empty()) record_of_row_.push_back(static_cast<uint32_t>(records_));
  ++rows_;
  ++records_;
}

void RowOutput::number_rows() {
  if (!dead_.empty()) return;
  for (uint32_t row = 0; row < rows_; ++row) record_of_row_.push_back(row);
}

void RowOutput::dead_record(std::string_view raw, uint64_t byte_offset, const char* sqlstate,
                            std::string reason) {
  number_rows();
  DeadRow dead;
  dead.index = records_++;
  dead.raw = raw.substr(0, RecordSplitter::kRawBytes);
  dead.sqlstate = sqlstate;
  dead.reason = std::move(reason);
  dead.byte_offset = byte_offset;
  dead_.push_back(std::move(dead));
}

Decoded RowOutput::take() {
  Decoded out;
  out.batch.rows = rows_;
  for (ColumnBuilder& builder : builders_) out.batch.columns.push_back(builder.finish());
  out.record_of_row = std::move(record_of_row_);
  out.dead = std::move(dead_);
  out.records = records_;
  record_of_row_.clear();
  dead_.clear();
  rows_ = 0;
  records_ = 0;
  return out;
}

}  // namespace weir::codec
