// What must hold for any bytes given to a decoder: used by the fuzzers and by the seeded mutations
// of the unit tests. A broken promise ends the process.
#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"
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

// The bytes are a writer's schema, a newline, a reader's schema or nothing, a newline, and records:
// bare ones, and the blocks of a container file.
inline void check_any_avro(std::string_view bytes) {
  const size_t first = std::min(bytes.find('\n'), bytes.size());
  const size_t second = std::min(bytes.find('\n', first + 1), bytes.size());
  const std::string_view writer = bytes.substr(0, first);
  const std::string_view reader = bytes.substr(std::min(first + 1, second), second - first - 1);
  const std::string_view record = bytes.substr(std::min(second + 1, bytes.size()));
  DecoderOptions options = options_for_any_bytes(Format::kAvro);
  options.columns[4].path = "$";
  options.columns[5].path = "$.e.f[1]";
  options.reader_schema = writer;
  if (auto bare = make_decoder(options)) {
    const Decoded out = (*bare)->decode_records({record, record.substr(record.size() / 2)});
    check_decoded(out, 2 * record.size());
  }
  const std::string sync(16, '\x5a');
  std::string file("Obj\1\2\x16" "avro.schema", 17);
  ByteWriter(file).zigzag(static_cast<int64_t>(writer.size()));
  file.append(writer).append(1, '\0').append(sync);
  for (const int64_t count : {1, 3}) {
    ByteWriter(file).zigzag(count);
    ByteWriter(file).zigzag(static_cast<int64_t>(record.size()));
    file.append(record).append(sync);
  }
  file.append(record);
  options.reader_schema = reader;
  auto made = make_decoder(options);
  if (!made) return;
  const auto whole = decode_in_pieces(**made, file, file.size() + 1);
  (*made)->reset();
  const auto pieces = decode_in_pieces(**made, file, 1 + file.size() / 3);
  WEIR_CHECK(whole == pieces);
}

// The bytes are a .proto file, a zero byte and records.
inline void check_any_protobuf(std::string_view bytes) {
  const size_t end = std::min(bytes.find('\0'), bytes.size());
  const std::string_view record = bytes.substr(std::min(end + 1, bytes.size()));
  DecoderOptions options = options_for_any_bytes(Format::kProtobuf);
  options.columns[4].path = "$";
  options.reader_schema = bytes.substr(0, end);
  auto made = make_decoder(options);
  if (!made) return;
  const Decoded out = (*made)->decode_records({record, record.substr(record.size() / 2), ""});
  check_decoded(out, 2 * record.size());
}

// The bytes are a JSON Schema, a newline and a record.
inline void check_any_json_schema(std::string_view bytes) {
  const size_t end = std::min(bytes.find('\n'), bytes.size());
  const std::string_view record = bytes.substr(std::min(end + 1, bytes.size()));
  DecoderOptions options = options_for_any_bytes(Format::kJsonSchema);
  options.reader_schema = bytes.substr(0, end);
  auto made = make_decoder(options);
  if (!made) return;
  const Decoded out = (*made)->decode_records({record, record.substr(record.size() / 2), ""});
  check_decoded(out, 2 * record.size());
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
