// Key encoding, a column after the other; memcmp gives SQL's order:
//
//   marker   0x01 value, 0x02 NULL (nulls last) or 0x00 NULL (nulls first)
//   value    integers, dates, times   big-endian, sign bit flipped; 8 bytes for every integer width
//            floats                   IEEE bits, flipped so that they order; -0 as 0, one NaN on
//            top numeric                  class byte, then exponent and digits (see decimal_key.cc)
//            text, bytea              bytes with 00 -> 00 FF, ended by 00 00
//            char(n)                  the same without the blanks at its end
//            enum                     its place, 4 bytes
//            jsonb                    see jsonb_key.cc
//            records                  each field as 1 and its key, or 2 for NULL
//            arrays                   see array_key() in array.cc
//            interval                 its length, 128 bits;  uuid  16 bytes;  boolean  1 byte
//   descending columns have all value bytes inverted.
//
// Row encoding: one byte a column (0 NULL, 1 value), then the value little-endian as it lies in the
// column; strings with a varint length; numeric as kind, scale, coefficient. An array
// is a string of its bytes (array.h), and so is a value of an enum or a record (type_detail.h,
// record.h).
#include "data/row_encoding.h"

#include <bit>
#include <cmath>

#include "base/bytes.h"
#include "data/array.h"
#include "data/bpchar.h"
#include "data/decimal_key.h"
#include "data/jsonb.h"
#include "data/record.h"

namespace weir {

namespace {

template <class Unsigned>
void put_big_endian(std::string& out, Unsigned v) {
  v = byte_swap(v);
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}

void put_integer(std::string& out, int64_t v) {
  put_big_endian(out, static_cast<uint64_t>(v) ^ (1ULL << 63));
}

void put_double(std::string& out, double v) {
  if (std::isnan(v)) return put_big_endian(out, ~0ULL);
  if (v == 0) v = 0;
  uint64_t bits = std::bit_cast<uint64_t>(v);
  bits = (bits >> 63) ? ~bits : bits | (1ULL << 63);
  put_big_endian(out, bits);
}

void put_escaped(std::string& out, std::string_view text) {
  for (size_t at = 0;;) {
    const size_t zero = text.find('\0', at);
    out.append(text.substr(at, zero == std::string_view::npos ? zero : zero - at));
    if (zero == std::string_view::npos) break;
    out.append("\0\xff", 2);
    at = zero + 1;
  }
  out.append("\0\0", 2);
}

void put_key(std::string& out, const Column& column, uint32_t row) {
  if (column.type().is_array()) {
    return append_array_key(column.type(), column.text(row), out);
  }
  switch (column.type().id) {
    case TypeId::kUnknown: return;
    case TypeId::kBool: return out.push_back(static_cast<char>(column.value<uint8_t>(row)));
    case TypeId::kInt2: return put_integer(out, column.value<int16_t>(row));
    case TypeId::kInt4:
    case TypeId::kDate: return put_integer(out, column.value<int32_t>(row));
    case TypeId::kInt8:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return put_integer(out, column.value<int64_t>(row));
    case TypeId::kFloat4: return put_double(out, column.value<float>(row));
    case TypeId::kFloat8: return put_double(out, column.value<double>(row));
    case TypeId::kNumeric: return append_decimal_key(out, column.value<Decimal>(row));
    case TypeId::kText:
    case TypeId::kBytea: return put_escaped(out, column.text(row));
    case TypeId::kJsonb: return append_jsonb_key(column.text(row), out);
    case TypeId::kBpchar: return put_escaped(out, without_pad(column.text(row)));
    case TypeId::kEnum: return void(out += column.text(row).substr(0, 4));
    case TypeId::kRecord: return append_record_key(column.type(), column.text(row), out);
    case TypeId::kInterval: {
      const Int128 length = interval_length(column.value<Interval>(row));
      put_big_endian(out, static_cast<uint64_t>(length >> 64) ^ (1ULL << 63));
      return put_big_endian(out, static_cast<uint64_t>(length));
    }
    case TypeId::kUuid:
      out.append(reinterpret_cast<const char*>(&column.value<Uuid>(row)), sizeof(Uuid));
      return;
  }
}

void put_key_column(std::string& out, const Column& column, uint32_t row, const SortColumn& by) {
  if (column.is_null(row)) return out.push_back(by.nulls_first ? 0 : 2);
  out.push_back(1);
  const size_t begin = out.size();
  put_key(out, column, row);
  if (!by.descending) return;
  for (size_t i = begin; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

// The common case, a column at a time: fixed positions in a row of known width.
size_t fixed_key_width(const Column& column) {
  const Type& type = column.type();
  const bool eight = type.is_integer() || type.is_time() || type.id == TypeId::kTime;
  return eight && !column.may_have_nulls() ? 9 : 0;
}

template <class T>
void fill_integers(const Column& column, uint32_t rows, char* out, size_t stride) {
  const T* values = column.values<T>();
  for (uint32_t i = 0; i < rows; ++i, out += stride) {
    const auto v = static_cast<uint64_t>(static_cast<int64_t>(values[column.at(i)]));
    const uint64_t big = byte_swap(v ^ (1ULL << 63));
    out[0] = 1;
    std::memcpy(out + 1, &big, 8);
  }
}

void fill_fixed(const Column& column, uint32_t rows, char* out, size_t stride) {
  switch (column.type().width()) {
    case 2: return fill_integers<int16_t>(column, rows, out, stride);
    case 4: return fill_integers<int32_t>(column, rows, out, stride);
    default: return fill_integers<int64_t>(column, rows, out, stride);
  }
}

bool encode_fixed_keys(const Batch& batch, const std::vector<SortColumn>& columns, RowBytes& out) {
  size_t width = 0;
  for (const SortColumn& by : columns) {
    const size_t of_column = by.descending ? 0 : fixed_key_width(*batch.columns[by.column]);
    if (of_column == 0) return false;
    width += of_column;
  }
  out.resize_fixed(batch.rows, width);
  char* at = out.bytes().data();
  for (const SortColumn& by : columns) {
    fill_fixed(*batch.columns[by.column], batch.rows, at, width);
    at += 9;
  }
  return true;
}

void put_value(ByteWriter& w, const Column& column, uint32_t row) {
  const Type& type = column.type();
  if (type.is_string()) return w.string(column.text(row));
  if (type.id == TypeId::kNumeric) {
    const Decimal& v = column.value<Decimal>(row);
    w.le(static_cast<uint8_t>(v.kind()));
    w.le(static_cast<int16_t>(v.scale()));
    w.le(static_cast<uint64_t>(v.coefficient()));
    w.le(static_cast<int64_t>(v.coefficient() >> 64));
    return;
  }
  const size_t width = type.width();
  w.raw({column.values<char>() + size_t{column.at(row)} * width, width});
}

bool take_decimal(ByteReader& r, ColumnBuilder& out) {
  const auto kind = r.le<uint8_t>();
  const auto scale = r.le<int16_t>();
  const auto low = r.le<uint64_t>();
  const auto high = r.le<int64_t>();
  if (!r.ok() || kind > 3 || scale < -1000 || scale > 1000) return false;
  switch (static_cast<Decimal::Kind>(kind)) {
    case Decimal::Kind::kNan: out.append(Decimal::nan()); break;
    case Decimal::Kind::kInfinity: out.append(Decimal::infinity(false)); break;
    case Decimal::Kind::kNegativeInfinity: out.append(Decimal::infinity(true)); break;
    case Decimal::Kind::kFinite:
      out.append(Decimal((static_cast<Int128>(high) << 64) | static_cast<UInt128>(low), scale));
      break;
  }
  return true;
}

template <class T>
bool take_plain(ByteReader& r, ColumnBuilder& out) {
  const std::string_view bytes = r.raw(sizeof(T));
  if (!r.ok()) return false;
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  out.append(value);
  return true;
}

bool take_string(ByteReader& r, ColumnBuilder& out) {
  const std::string_view text = r.string();
  if (!r.ok()) return false;
  out.append_text(text);
  return true;
}

bool take_value(ByteReader& r, ColumnBuilder& out) {
  if (out.type().is_array()) return take_string(r, out);
  switch (out.type().id) {
    case TypeId::kUnknown: return take_plain<uint8_t>(r, out);
    case TypeId::kBool: return take_plain<uint8_t>(r, out);
    case TypeId::kInt2: return take_plain<int16_t>(r, out);
    case TypeId::kInt4:
    case TypeId::kDate: return take_plain<int32_t>(r, out);
    case TypeId::kFloat4: return take_plain<float>(r, out);
    case TypeId::kFloat8: return take_plain<double>(r, out);
    case TypeId::kInt8:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return take_plain<int64_t>(r, out);
    case TypeId::kInterval: return take_plain<Interval>(r, out);
    case TypeId::kUuid: return take_plain<Uuid>(r, out);
    case TypeId::kNumeric: return take_decimal(r, out);
    case TypeId::kText:
    case TypeId::kBytea:
    case TypeId::kEnum:
    case TypeId::kRecord:
    case TypeId::kBpchar:
    case TypeId::kJsonb: return take_string(r, out);
  }
  return false;
}

}  // namespace

void encode_value(const Column& column, uint32_t row, std::string& out) {
  ByteWriter w(out);
  const bool null = column.is_null(row);
  w.le<uint8_t>(null ? 0 : 1);
  if (!null) put_value(w, column, row);
}

bool decode_value(ByteReader& reader, ColumnBuilder& out) {
  const auto marker = reader.le<uint8_t>();
  if (!reader.ok() || marker > 1) return false;
  if (marker == 1) return take_value(reader, out);
  out.append_null();
  return true;
}

void append_value_key(const Column& column, uint32_t row, std::string& out) {
  put_key(out, column, row);
}

void encode_row(const Batch& batch, uint32_t row, std::string& out) {
  for (const ColumnPtr& column : batch.columns) encode_value(*column, row, out);
}

void encode_rows(const Batch& batch, RowBytes& out) {
  out.clear();
  for (uint32_t row = 0; row < batch.rows; ++row) {
    encode_row(batch, row, out.bytes());
    out.end_row();
  }
}

bool decode_row(std::string_view bytes, BatchBuilder& out) {
  ByteReader r(bytes);
  size_t done = 0;
  while (done < out.width() && decode_value(r, out.column(done))) ++done;
  if (done == out.width() && r.at_end() && r.ok()) return true;
  while (done > 0) out.column(--done).pop_back();
  return false;
}

void encode_keys(const Batch& batch, const std::vector<SortColumn>& columns, RowBytes& out) {
  out.clear();
  if (!columns.empty() && encode_fixed_keys(batch, columns, out)) return;
  for (uint32_t row = 0; row < batch.rows; ++row) {
    for (const SortColumn& by : columns) {
      put_key_column(out.bytes(), *batch.columns[by.column], row, by);
    }
    out.end_row();
  }
}

std::vector<SortColumn> ascending(const std::vector<uint32_t>& columns) {
  std::vector<SortColumn> order;
  order.reserve(columns.size());
  for (const uint32_t column : columns) order.push_back({column, false, false});
  return order;
}

std::vector<uint8_t> rows_with_null(const Batch& batch, const std::vector<uint32_t>& columns) {
  std::vector<uint8_t> null(batch.rows, 0);
  for (const uint32_t c : columns) {
    const Column& column = *batch.columns[c];
    if (!column.may_have_nulls()) continue;
    for (uint32_t row = 0; row < batch.rows; ++row) null[row] |= column.is_null(row) ? 1 : 0;
  }
  return null;
}

}  // namespace weir
