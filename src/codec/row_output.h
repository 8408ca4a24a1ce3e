// The rows of one decode call while they grow: a builder per column, and the records that failed. A
// row that turns out to be bad half-way leaves no trace in the columns.
#pragma once
#include <string_view>
#include <vector>

#include "codec/decoder.h"
#include "data/text_form.h"

namespace weir::codec {

class RowOutput {
 public:
  explicit RowOutput(const DecoderOptions& options);

  // A record is one row (fields in any order, missing ones NULL) or one dead row.
  void begin(std::string_view raw, uint64_t byte_offset) {
    raw_ = raw;
    byte_offset_ = byte_offset;
    failed_ = false;
    ++stamp_;
    filled_ = 0;
  }
  void cut_raw(size_t size) { raw_ = raw_.substr(0, size); }  // its end was found while reading
  // Where the value of a column goes; one given before in this row (a repeated key) is taken back.
  ColumnBuilder& open(uint32_t column) {
    if (stamps_[column] == stamp_) {
      builders_[column].pop_back();
    } else {
      stamps_[column] = stamp_;
      ++filled_;
    }
    return builders_[column];
  }
  // After open(), instead of a value.
  void bad_value(uint32_t column, const ParseError& error);
  void bad_record(const char* sqlstate, std::string reason);
  void end() {
    if (failed_ || filled_ != builders_.size() || !dead_.empty()) [[unlikely]] {
      return end_slowly();
    }
    ++rows_;
    ++records_;
  }
  void dead_record(std::string_view raw, uint64_t byte_offset, const char* sqlstate,
                   std::string reason);

  uint32_t rows() const { return rows_; }
  uint64_t records() const { return records_; }
  const DecodeColumn& column(uint32_t i) const { return columns_[i]; }
  size_t width() const { return columns_.size(); }
  Decoded take();  // leaves it empty and usable

 private:
  void end_slowly();
  void number_rows();

  std::vector<DecodeColumn> columns_;
  bool null_on_bad_value_;
  std::vector<ColumnBuilder> builders_;
  std::vector<uint64_t> stamps_;  // the last row that gave the column a value
  uint64_t stamp_ = 0;
  size_t filled_ = 0;
  std::string_view raw_;
  uint64_t byte_offset_ = 0;
  bool failed_ = false;
  DeadRow failure_;
  std::vector<DeadRow> dead_;
  std::vector<uint32_t> record_of_row_;
  uint32_t rows_ = 0;
  uint64_t records_ = 0;
};

}  // namespace weir::codec
