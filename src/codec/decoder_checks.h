// What must hold for any bytes given to a decoder: used by the fuzzers and by the seeded mutations
// of the unit tests. A broken promise ends the process.
#pragma once
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/decoder.h"

namespace weir::codec {

inline DecoderOptions options_for_any_bytes(Format format) {
  DecoderOptions options;
  options.format = format;
  options.max_record_bytes = 2000;
  const std::pair<const char*, Type> columns[] = {
      {"a", TypeId::kInt8},        {"b", TypeId::kText},  {"c", TypeId::kTimestamptz},
      {"d", TypeId::kNumeric},     {"e", TypeId::kJsonb}, {"f", TypeId::kFloat8},
      {"g", TypeId::kBool},        {"h", TypeId::kDate},  {"i", Type(TypeId::kNumeric, 6, 2)},
      {"j", TypeId::kInterval}};
  for (const auto& [name, type] : columns) {
    DecodeColumn column;
    column.field = {name, type};
    options.columns.push_back(std::move(column));
  }
  if (format == Format::kJson) {
    options.columns[4].path = "$.e";
    options.columns[5].path = "$.e.f[1]";
    options.columns[2].epoch_unit = 1000;
  }
  return options;
}

inline void check_decoded(const Decoded& out, size_t given) {
  WEIR_CHECK(out.consumed <= given);
  WEIR_CHECK(out.batch.rows + out.dead.size() == out.records);
  WEIR_CHECK(out.dead.empty() ? out.record_of_row.empty()
                              : out.record_of_row.size() == out.batch.rows);
  for (const ColumnPtr& column : out.batch.columns) WEIR_CHECK(column->size() == out.batch.rows);
  for (size_t i = 1; i < out.record_of_row.size(); ++i) {
    WEIR_CHECK(out.record_of_row[i - 1] < out.record_of_row[i]);
  }
  for (const DeadRow& dead : out.dead) {
    WEIR_CHECK(dead.sqlstate.size() == 5 && !dead.reason.empty());
    WEIR_CHECK(dead.byte_offset <= given && dead.index < out.records);
  }
}

// All of `bytes` in pieces of `piece`; how many rows and dead rows came out.
inline std::pair<uint64_t, uint64_t> decode_in_pieces(Decoder& decoder, std::string_view bytes,
                                                      size_t piece) {
  uint64_t rows = 0;
  uint64_t dead = 0;
  std::string held;
  size_t given = 0;
  for (size_t rounds = 0;; ++rounds) {
    WEIR_CHECK(rounds <= 2 * bytes.size() + 10);  // it always gets on
    const size_t more = std::min(piece, bytes.size() - given);
    held.append(bytes.substr(given, more));
    given += more;
    const size_t size = held.size();
    held.append(Decoder::kPadding, '\xee');
    const bool last = given == bytes.size();
    const Decoded out = decoder.decode(std::string_view(held.data(), size), last, 100);
    check_decoded(out, size);
    rows += out.batch.rows;
    dead += out.dead.size();
    held.resize(size);
    held.erase(0, out.consumed);
    if (last && out.records == 0 && out.consumed == 0) break;
  }
  WEIR_CHECK(held.empty());
  return {rows, dead};
}

inline void check_any_bytes(Format format, std::string_view bytes) {
  auto made = make_decoder(options_for_any_bytes(format));
  WEIR_CHECK(made.has_value());
  const auto whole = decode_in_pieces(**made, bytes, bytes.size() + 1);
  (*made)->reset();
  const auto pieces = decode_in_pieces(**made, bytes, 1 + bytes.size() / 3);
  WEIR_CHECK(whole == pieces);
  const Decoded one = (*made)->decode_records({bytes, bytes.substr(bytes.size() / 2)});
  check_decoded(one, bytes.size() + bytes.size());
}

}  // namespace weir::codec
