// A delta as operators with keyed state take it: each row's key and its bytes. A row under its key
// as one string, its place, is what tables and the lists of an epoch's touched rows are keyed by.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "data/row_encoding.h"

namespace weir::flow {

struct KeyedRows {
  RowBytes keys;
  RowBytes rows;
  KeyedRows(const Batch& delta, const std::vector<uint32_t>& key_columns) {
    encode_keys(delta, ascending(key_columns), keys);
    encode_rows(delta, rows);
  }
};

inline std::string place_of(std::string_view key, std::string_view row) {
  std::string out;
  out.reserve(key.size() + row.size() + 4);
  ByteWriter w(out);
  w.string(key);
  w.raw(row);
  return out;
}
inline std::pair<std::string_view, std::string_view> key_and_row(std::string_view place) {
  ByteReader r(place);
  const std::string_view key = r.string();
  return {key, place.substr(r.position())};
}

// Of bytes that this process has encoded itself.
inline void append_row(BatchBuilder& builder, std::string_view row, int64_t weight) {
  WEIR_CHECK(decode_row(row, builder));
  builder.end_row(weight);
}

}  // namespace weir::flow
