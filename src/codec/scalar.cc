// A scalar's text goes through the input function of the column's type, as PostgreSQL's
// json_populate_record does it, with three differences that decisions about outside data ask for:
// 1.0 is an integer (nothing is lost), a bare number is a timestamp only with a unit, and a stamp
// without zone becomes a timestamptz only with a zone.
#include "codec/scalar.h"

#include <charconv>

#include <fmt/core.h>

#include "data/calendar.h"
#include "data/time_zone.h"

namespace weir::codec {

namespace {

// Up to 18 digits with an optional minus; false: anything else.
inline bool plain_integer(std::string_view text, int64_t* out) {
  const char* p = text.data();
  const char* end = p + text.size();
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  if (p == end || end - p > 18) return false;
  int64_t v = 0;
  for (; p != end; ++p) {
    const unsigned digit = static_cast<unsigned char>(*p) - '0';
    if (digit > 9) return false;
    v = v * 10 + digit;
  }
  *out = negative ? -v : v;
  return true;
}

template <class Int>
bool append_integer(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  int64_t v;
  if (plain_integer(text, &v) && v >= std::numeric_limits<Int>::min() &&
      v <= std::numeric_limits<Int>::max()) [[likely]] {
    builder.append(static_cast<Int>(v));
    return true;
  }
  if (text.find_first_of(".eE") != std::string_view::npos) {
    const std::optional<Decimal> decimal = Decimal::parse(text);
    if (decimal && decimal->is_finite()) {
      const std::optional<Decimal> whole = decimal->trunc_to(0);
      if (whole && Decimal::compare(*whole, *decimal) == 0) {
        return append_parsed(builder, whole->to_string(), error);
      }
    }
  }
  return append_parsed(builder, text, error);
}

template <class Float>
bool append_float(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  Float v;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), v);
  // Letters (inf, nan in any case) and whatever does not fit are the input function's.
  if (code != std::errc() || end != text.data() + text.size() || !(v - v == 0)) {
    return append_parsed(builder, text, error);
  }
  builder.append(v);
  return true;
}

bool append_numeric(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  const char* p = text.data();
  const char* end = p + text.size();
  if (builder.type().precision >= 0 || text.size() > 18) return append_parsed(builder, text, error);
  const bool negative = p != end && *p == '-';
  if (negative) ++p;
  int64_t v = 0;
  int scale = -1;
  int digits = 0;
  for (; p != end; ++p) {
    const unsigned digit = static_cast<unsigned char>(*p) - '0';
    if (digit <= 9) {
      v = v * 10 + digit;
      ++digits;
      if (scale >= 0) ++scale;
    } else if (*p == '.' && scale < 0) {
      scale = 0;
    } else {
      return append_parsed(builder, text, error);
    }
  }
  if (digits == 0) return append_parsed(builder, text, error);
  builder.append(Decimal(negative ? -v : v, scale < 0 ? 0 : scale));
  return true;
}

bool is_number(std::string_view text) {
  const std::optional<Decimal> decimal = Decimal::parse(text);
  return decimal && decimal->is_finite();
}

// A number of units since 1970 to micros; false: out of range.
bool epoch_to_micros(std::string_view text, Micros unit, Micros* out) {
  int64_t v;
  std::optional<int64_t> micros;
  __int128 wide;
  if (unit > 0 && plain_integer(text, &v)) {
    wide = static_cast<__int128>(v) * unit;
  } else {
    const std::optional<Decimal> number = Decimal::parse(text);
    if (!number || !number->is_finite()) return false;
    const std::optional<Decimal> scaled =
        unit > 0 ? Decimal::mul(*number, Decimal::from_int(unit))
                 : Decimal::div(*number, Decimal::from_int(-unit));
    if (scaled) micros = scaled->to_int64();
    if (!micros) return false;
    wide = *micros;
  }
  if (wide < kMinTimestamp || wide >= kEndTimestamp) return false;
  *out = static_cast<Micros>(wide);
  return true;
}

bool append_micros(ColumnBuilder& builder, Micros micros) {
  if (builder.type().id == TypeId::kDate) {
    constexpr Micros kDay = 86400000000;
    const Micros days = micros / kDay - (micros % kDay < 0 ? 1 : 0);
    builder.append(static_cast<int32_t>(days));
  } else {
    builder.append(micros);
  }
  return true;
}

// Whether a stamp in an unusual form says where it belongs: "... +02", "... UTC", "infinity".
bool names_its_zone(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view rest = text.substr(colon);
    if (rest.find_first_of("+-") != std::string_view::npos) return true;
  }
  const char last = text.empty() ? ' ' : static_cast<char>(text.back() | 0x20);
  if (last < 'a' || last > 'z') return false;
  const std::string_view word = text.substr(text.find_last_of(" 0123456789") + 1);
  return word != "BC" && word != "AD" && word != "AM" && word != "PM" && word != "am" &&
         word != "pm" && word != "bc" && word != "ad";
}

bool append_zoned(ColumnBuilder& builder, const DecodeColumn& column, std::string_view text,
                  ParseError* error) {
  IsoStamp stamp;
  const bool iso = parse_iso_stamp(text, &stamp);
  if (iso && stamp.has_zone) {
    builder.append(stamp.micros);
    return true;
  }
  if (!iso && names_its_zone(text)) return append_parsed(builder, text, error);
  if (!iso && !append_parsed(builder, text, error)) return false;  // it is no stamp at all
  if (!column.zone_offset_seconds && !column.zone) {
    if (!iso) builder.pop_back();
    set_error(error, "22007",
              fmt::format("\"{}\" has no time zone and the source names no zone", text));
    return false;
  }
  const auto from_local = [&](Micros local) {
    return column.zone ? column.zone->to_utc(local)
                       : local - Micros{*column.zone_offset_seconds} * 1000000;
  };
  if (iso) {
    builder.append(from_local(stamp.micros));
    return true;
  }
  // Read as UTC: move what was appended.
  const ColumnBuilder& shape = builder;
  Micros& last = builder.mutable_values<Micros>()[shape.size() - 1];
  if (last != INT64_MIN && last != INT64_MAX) last = from_local(last);
  return true;
}

bool append_time(ColumnBuilder& builder, const DecodeColumn& column, ScalarKind kind,
                 std::string_view text, ParseError* error) {
  if (kind == ScalarKind::kNumber || (column.epoch_unit && is_number(text))) {
    if (!column.epoch_unit) {
      set_error(error, "22007",
                fmt::format("the number {} is no {}: the source names no time_unit", text,
                            builder.type().name()));
      return false;
    }
    Micros micros;
    if (!epoch_to_micros(text, *column.epoch_unit, &micros)) {
      set_error(error, "22008", fmt::format("timestamp out of range: \"{}\"", text));
      return false;
    }
    return append_micros(builder, micros);
  }
  if (builder.type().id == TypeId::kTimestamptz && kind == ScalarKind::kText) {
    return append_zoned(builder, column, text, error);
  }
  IsoStamp stamp;
  if (builder.type().id == TypeId::kTimestamp && parse_iso_stamp(text, &stamp)) {
    // PostgreSQL ignores a zone in the text of a timestamp without one.
    builder.append(stamp.micros + Micros{stamp.zone_seconds} * 1000000);
    return true;
  }
  return append_parsed(builder, text, error);
}

}  // namespace

void set_error(ParseError* error, const char* sqlstate, std::string message) {
  std::memcpy(error->sqlstate, sqlstate, 6);
  error->message = std::move(message);
}

bool append_scalar(ColumnBuilder& builder, const DecodeColumn& column, ScalarKind kind,
                   std::string_view text, ParseError* error) {
  const Type& type = builder.type();
  switch (type.id) {
    case TypeId::kText:
      if (type.precision >= 0) return append_parsed(builder, text, error);
      builder.append_text(text);
      return true;
    case TypeId::kInt2: return append_integer<int16_t>(builder, text, error);
    case TypeId::kInt4: return append_integer<int32_t>(builder, text, error);
    case TypeId::kInt8: return append_integer<int64_t>(builder, text, error);
    case TypeId::kFloat4: return append_float<float>(builder, text, error);
    case TypeId::kFloat8: return append_float<double>(builder, text, error);
    case TypeId::kNumeric: return append_numeric(builder, text, error);
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return append_time(builder, column, kind, text, error);
    case TypeId::kBool:
      if (text == "true" || text == "false") {
        builder.append_bool(text == "true");
        return true;
      }
      return append_parsed(builder, text, error);
    default: return append_parsed(builder, text, error);
  }
}

}  // namespace weir::codec
