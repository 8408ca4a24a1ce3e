// Rows as bytes. Two encodings, both frozen and versioned by what stores them (docs/formats):
//
//   row:  identity. Keeps everything that can be seen (numeric scale, -0); decodes back to the same
//   row. key:  SQL equality and order. Equal bytes exactly where SQL says equal (1.0 = 1.00, -0 =
//   0,
//         '1 day' = '24 hours', smallint 1 = bigint 1 = numeric 1), and memcmp gives SQL's order,
//         so one encoding serves grouping, joining, ranking and virtual partitions. Does not
//         decode.
//
// A RowBytes holds the encodings of a whole batch in one buffer.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "data/compare.h"

namespace weir {

class ByteReader;

class RowBytes {
 public:
  uint32_t size() const { return static_cast<uint32_t>(ends_.size()); }
  std::string_view operator[](uint32_t row) const {
    const uint32_t begin = row == 0 ? 0 : ends_[row - 1];
    return {bytes_.data() + begin, ends_[row] - begin};
  }
  void clear() {
    bytes_.clear();
    ends_.clear();
  }
  std::string& bytes() { return bytes_; }
  // Rows of one width, to be filled in place.
  void resize_fixed(uint32_t rows, size_t width) {
    bytes_.resize(rows * width);
    ends_.resize(rows);
    for (uint32_t i = 0; i < rows; ++i) ends_[i] = static_cast<uint32_t>((i + 1) * width);
  }
  void end_row() { ends_.push_back(static_cast<uint32_t>(bytes_.size())); }

 private:
  std::string bytes_;
  std::vector<uint32_t> ends_;
};

// All columns of the batch.
void encode_rows(const Batch& batch, RowBytes& out);
void encode_row(const Batch& batch, uint32_t row, std::string& out);
// Appends one row; false where the bytes are not a row of this schema.
bool decode_row(std::string_view bytes, BatchBuilder& out);

// One value: a byte 0 for NULL, or 1 and the value. decode: false at bytes that are no such value.
void encode_value(const Column& column, uint32_t row, std::string& out);
bool decode_value(ByteReader& reader, ColumnBuilder& out);
// One value's key, without a marker; not of a NULL.
void append_value_key(const Column& column, uint32_t row, std::string& out);

// Keys over some columns in this order. `order[i]` may reverse a column or move its NULLs; NULLs
// are equal to each other here (GROUP BY); joins ask has_null().
void encode_keys(const Batch& batch, const std::vector<SortColumn>& columns, RowBytes& out);
std::vector<SortColumn> ascending(const std::vector<uint32_t>& columns);
// 1 where any of the columns is NULL.
std::vector<uint8_t> rows_with_null(const Batch& batch, const std::vector<uint32_t>& columns);

}  // namespace weir
