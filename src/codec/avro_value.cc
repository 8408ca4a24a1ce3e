// The usual pairs of types take a short way; everything else goes by the value's text through the
// input function of the column's type, as in the other formats.
#include "codec/avro_value.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/core.h>
#include <simdjson.h>

#include "codec/scalar.h"
#include "data/calendar.h"
#include "data/value.h"

namespace weir::codec {

namespace {

using Form = AvroScalar::Form;

bool refuse(ParseError* error, const char* sqlstate, std::string message) {
  set_error(error, sqlstate, std::move(message));
  return false;
}

bool is_stamp(AvroLogical logical) {
  return logical >= AvroLogical::kTimestampMillis && logical <= AvroLogical::kLocalNanos;
}
bool is_local(AvroLogical logical) {
  return logical >= AvroLogical::kLocalMillis && logical <= AvroLogical::kLocalNanos;
}

// Nanoseconds are rounded to the nearest microsecond, which is what a column can hold.
bool stamp_micros(const AvroScalar& value, Micros* out) {
  __int128 micros = value.integer;
  switch (value.logical) {
    case AvroLogical::kTimestampMillis:
    case AvroLogical::kLocalMillis: micros *= 1000; break;
    case AvroLogical::kTimestampNanos:
    case AvroLogical::kLocalNanos:
      micros = floor_div(value.integer, 1000) + (floor_mod(value.integer, 1000) >= 500 ? 1 : 0);
      break;
    default: break;
  }
  if (micros < kMinTimestamp || micros >= kEndTimestamp) return false;
  *out = static_cast<Micros>(micros);
  return true;
}

// Two's complement, the highest byte first, of any length.
bool decimal_of(const AvroScalar& value, Decimal* out) {
  std::string_view bytes = value.bytes;
  const bool negative = !bytes.empty() && (bytes[0] & 0x80) != 0;
  const char fill = negative ? '\xff' : '\0';
  while (bytes.size() > 16 && bytes[0] == fill) bytes.remove_prefix(1);
  if (bytes.size() > 16 || (bytes.size() == 16 && ((bytes[0] & 0x80) != 0) != negative)) {
    return false;
  }
  UInt128 number = negative ? ~UInt128{0} : UInt128{0};
  for (const char c : bytes) number = (number << 8) | static_cast<unsigned char>(c);
  static constexpr UInt128 kHalf = 10'000'000'000'000'000'000ULL;
  static constexpr UInt128 kEnd = kHalf * kHalf;  // 38 digits
  const auto signed_number = static_cast<Int128>(number);
  const UInt128 size = negative ? UInt128{0} - number : number;
  if (size >= kEnd || value.scale > Decimal::kMaxDigits) return false;
  *out = Decimal(signed_number, value.scale);
  return true;
}

Interval interval_of(std::string_view bytes) {
  uint32_t parts[3];
  std::memcpy(parts, bytes.data(), sizeof parts);
  return {static_cast<int32_t>(parts[0]), static_cast<int32_t>(parts[1]),
          int64_t{parts[2]} * 1000};
}

bool time_of(const AvroScalar& value, Value* out, ParseError* error) {
  const int64_t unit = value.logical == AvroLogical::kTimeMillis ? 1000 : 1;
  if (value.integer < 0 || value.integer > kMicrosPerDay / unit) {
    return refuse(error, "22008", fmt::format("time out of range: {}", value.integer));
  }
  *out = {TypeId::kTime, value.integer * unit};
  return true;
}

bool stamp_of(const AvroScalar& value, Value* out, ParseError* error) {
  Micros micros;
  if (!stamp_micros(value, &micros)) {
    return refuse(error, "22008", fmt::format("timestamp out of range: {}", value.integer));
  }
  *out = {is_local(value.logical) ? TypeId::kTimestamp : TypeId::kTimestamptz, micros};
  return true;
}

// What a logical type says; an error where the value is outside of the type.
bool meaning_of(const AvroScalar& value, Value* out, ParseError* error) {
  if (is_stamp(value.logical)) return stamp_of(value, out, error);
  switch (value.logical) {
    case AvroLogical::kDate:
      if (value.integer < kMinDay || value.integer > kMaxDay) {
        return refuse(error, "22008", fmt::format("date out of range: {}", value.integer));
      }
      *out = {TypeId::kDate, value.integer};
      return true;
    case AvroLogical::kTimeMillis:
    case AvroLogical::kTimeMicros: return time_of(value, out, error);
    case AvroLogical::kDecimal: {
      Decimal decimal;
      if (!decimal_of(value, &decimal)) {
        return refuse(error, "22003", "a decimal of more than 38 digits");
      }
      *out = {TypeId::kNumeric, decimal};
      return true;
    }
    case AvroLogical::kDuration: *out = {TypeId::kInterval, interval_of(value.bytes)}; return true;
    default: {  // a uuid of 16 bytes
      Uuid uuid;
      std::memcpy(uuid.bytes, value.bytes.data(), sizeof uuid.bytes);
      *out = {TypeId::kUuid, uuid};
      return true;
    }
  }
}

bool has_meaning(const AvroScalar& value) {
  if (value.logical == AvroLogical::kNone) return false;
  return value.logical != AvroLogical::kUuid || value.form == Form::kBytes;
}

std::string number_text(const AvroScalar& value) {
  char text[40];
  const auto end = value.form == Form::kInteger
                       ? std::to_chars(text, text + sizeof text, value.integer)
                   : value.form == Form::kFloat
                       ? std::to_chars(text, text + sizeof text, static_cast<float>(value.number))
                       : std::to_chars(text, text + sizeof text, value.number);
  return {text, end.ptr};
}

bool is_text(std::string_view bytes) {
  return simdjson::validate_utf8(bytes.data(), bytes.size()) &&
         (bytes.empty() || !std::memchr(bytes.data(), '\0', bytes.size()));
}

bool append_jsonb(ColumnBuilder& builder, const AvroScalar& value, ParseError* error) {
  std::string json;
  return append_avro_json(json, value, error) && append_parsed(builder, json, error);
}

bool append_meaning(ColumnBuilder& builder, const DecodeColumn& column, const AvroScalar& value,
                    ParseError* error) {
  Value meaning;
  if (!meaning_of(value, &meaning, error)) return false;
  const TypeId to = builder.type().id;
  const TypeId from = meaning.type.id;
  const bool open = builder.type().precision < 0;
  if (to == from && (to != TypeId::kNumeric || open)) {
    append_value(builder, meaning);
    return true;
  }
  if (to == TypeId::kTimestamp && from == TypeId::kTimestamptz) {
    builder.append(std::get<int64_t>(meaning.data));
    return true;
  }
  if (to == TypeId::kDate && (from == TypeId::kTimestamp || from == TypeId::kTimestamptz)) {
    const int64_t days = floor_div(std::get<int64_t>(meaning.data), kMicrosPerDay);
    builder.append(static_cast<int32_t>(days));
    return true;
  }
  const bool is_number = from == TypeId::kNumeric;
  if (value.form == Form::kInteger && builder.type().is_number()) {  // as it was written
    return append_scalar(builder, column, ScalarKind::kNumber, number_text(value), error);
  }
  return append_scalar(builder, column, is_number ? ScalarKind::kNumber : ScalarKind::kText,
                       text_form(meaning), error);
}

bool append_bytes(ColumnBuilder& builder, const DecodeColumn& column, std::string_view bytes,
                  ParseError* error) {
  if (builder.type().id == TypeId::kBytea) return builder.append_text(bytes), true;
  if (builder.type().id != TypeId::kText) {
    return refuse(error, "22P02", fmt::format("Avro bytes are no {}", builder.type().name()));
  }
  if (!is_text(bytes)) {
    return refuse(error, "22021", "invalid byte sequence for encoding \"UTF8\"");
  }
  return append_scalar(builder, column, ScalarKind::kText, bytes, error);
}

bool append_integer(ColumnBuilder& builder, const DecodeColumn& column, const AvroScalar& value,
                    ParseError* error) {
  const int64_t v = value.integer;
  switch (builder.type().id) {
    case TypeId::kInt8: return builder.append(v), true;
    case TypeId::kInt4:
      if (v != static_cast<int32_t>(v)) break;
      return builder.append(static_cast<int32_t>(v)), true;
    case TypeId::kFloat8: return builder.append(static_cast<double>(v)), true;
    case TypeId::kNumeric:
      if (builder.type().precision >= 0) break;
      return builder.append(Decimal::from_int(v)), true;
    default: break;
  }
  return append_scalar(builder, column, ScalarKind::kNumber, number_text(value), error);
}

bool append_real(ColumnBuilder& builder, const DecodeColumn& column, const AvroScalar& value,
                 ParseError* error) {
  if (builder.type().id == TypeId::kFloat8 && value.form == Form::kDouble) {
    return builder.append(value.number), true;
  }
  if (builder.type().id == TypeId::kFloat4 && value.form == Form::kFloat) {
    return builder.append(static_cast<float>(value.number)), true;
  }
  const bool finite = std::isfinite(value.number);
  const std::string text = finite                    ? number_text(value)
                           : std::isnan(value.number) ? "NaN"
                           : value.number > 0         ? "Infinity"
                                                      : "-Infinity";
  const ScalarKind kind = finite ? ScalarKind::kNumber : ScalarKind::kText;
  return append_scalar(builder, column, kind, text, error);
}

}  // namespace

bool append_avro(ColumnBuilder& builder, const DecodeColumn& column, const AvroScalar& value,
                 ParseError* error) {
  if (value.form == Form::kNull) return builder.append_null(), true;
  if (value.form == Form::kText && !is_text(value.bytes)) {
    return refuse(error, "22021", "invalid byte sequence for encoding \"UTF8\"");
  }
  if (builder.type().id == TypeId::kJsonb) return append_jsonb(builder, value, error);
  if (has_meaning(value)) return append_meaning(builder, column, value, error);
  switch (value.form) {
    case Form::kInteger: return append_integer(builder, column, value, error);
    case Form::kFloat:
    case Form::kDouble: return append_real(builder, column, value, error);
    case Form::kBytes: return append_bytes(builder, column, value.bytes, error);
    case Form::kBool:
      return append_scalar(builder, column, ScalarKind::kBool, value.integer ? "true" : "false",
                           error);
    default: return append_scalar(builder, column, ScalarKind::kText, value.bytes, error);
  }
}

bool append_avro_json(std::string& out, const AvroScalar& value, ParseError* error) {
  if (value.form == Form::kNull) return out += "null", true;
  if (has_meaning(value)) {
    Value meaning;
    if (!meaning_of(value, &meaning, error)) return false;
    append_json_form(out, *constant_column(meaning, 1), 0);
    return true;
  }
  switch (value.form) {
    case Form::kBool: out += value.integer ? "true" : "false"; return true;
    case Form::kInteger: out += number_text(value); return true;
    case Form::kFloat:
    case Form::kDouble:
      if (std::isfinite(value.number)) return out += number_text(value), true;
      out += std::isnan(value.number) ? "\"NaN\"" : value.number > 0 ? "\"Infinity\""
                                                                     : "\"-Infinity\"";
      return true;
    case Form::kBytes:
      append_json_form(out, *constant_column({TypeId::kBytea, std::string(value.bytes)}, 1), 0);
      return true;
    default:
      if (!is_text(value.bytes)) {
        return refuse(error, "22021", "invalid byte sequence for encoding \"UTF8\"");
      }
      append_json_string(out, value.bytes);
      return true;
  }
}

}  // namespace weir::codec
