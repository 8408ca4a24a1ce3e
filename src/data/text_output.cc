// Output functions. Floats print their shortest form that reads back the same, laid out as
// PostgreSQL does: exponents outside [-4, 15) for double precision, [-4, 6) for real.
#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "data/array.h"
#include "data/calendar.h"
#include "data/jsonb.h"
#include "data/record.h"
#include "data/text_form.h"
#include "data/time_zone.h"

namespace weir {

namespace {

// Whether the digits stand exactly between v and its neighbour. Which of the two they read back as
// is then a matter of rounding; PostgreSQL does not take such a form, though it is the shortest.
template <class Float>
bool is_halfway(Float v, std::string_view digits, int exponent) {
  const Float magnitude = std::fabs(v);
  if (magnitude < 9.0e6F || magnitude > 1.0e38F) return false;  // elsewhere halves have more digits
  unsigned __int128 value = 0;
  int after_point = -1;
  for (const char c : digits) {
    if (c == '-') continue;
    if (c == '.') {
      after_point = 0;
      continue;
    }
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (after_point >= 0) ++after_point;
  }
  const int zeros = exponent - std::max(after_point, 0);
  if (zeros < 0) return false;
  for (int i = 0; i < zeros; ++i) value *= 10;
  const auto whole = static_cast<unsigned __int128>(magnitude);
  const auto above = static_cast<unsigned __int128>(std::nextafter(magnitude, INFINITY)) - whole;
  const auto below = whole - static_cast<unsigned __int128>(std::nextafter(magnitude, Float{0}));
  if (value == whole) return false;
  return value > whole ? (value - whole) * 2 == above : (whole - value) * 2 == below;
}

template <class Float>
void put_float(std::string& out, Float v, int digits_before_exponent) {
  if (std::isnan(v)) return void(out += "NaN");
  if (std::isinf(v)) return void(out += v < 0 ? "-Infinity" : "Infinity");
  char buffer[48];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific).ptr;
  std::string_view text(buffer, static_cast<size_t>(end - buffer));
  size_t e = text.find('e');
  int exponent = 0;
  const char* digits_at = text.data() + e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(digits_at, end, exponent);
  if (is_halfway(v, text.substr(0, e), exponent)) {
    // One more digit behind the point.
    const int more = static_cast<int>(e) - (v < 0 ? 1 : 0) - (e > 2 ? 1 : 0);
    end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::scientific, more).ptr;
    text = std::string_view(buffer, static_cast<size_t>(end - buffer));
  }
  if (exponent < -4 || exponent >= digits_before_exponent) return void(out += text);
  end = std::to_chars(buffer, buffer + sizeof buffer, v, std::chars_format::fixed).ptr;
  out.append(buffer, static_cast<size_t>(end - buffer));
}

void put_two(std::string& out, int64_t v) {
  out.push_back(static_cast<char>('0' + v / 10));
  out.push_back(static_cast<char>('0' + v % 10));
}

void put_fraction(std::string& out, int64_t micros) {
  if (micros == 0) return;
  char digits[16];
  std::snprintf(digits, sizeof digits, ".%06d", static_cast<int>(micros));
  int length = 7;
  while (digits[length - 1] == '0') --length;
  out.append(digits, static_cast<size_t>(length));
}

void put_time(std::string& out, int64_t micros) {
  const int64_t seconds = micros / kMicrosPerSecond;
  put_two(out, seconds / 3600);
  out.push_back(':');
  put_two(out, seconds / 60 % 60);
  out.push_back(':');
  put_two(out, seconds % 60);
  put_fraction(out, micros % kMicrosPerSecond);
}

// True: the year was before Christ, and " BC" is to follow at the end.
bool put_date(std::string& out, int64_t days) {
  const CivilDate date = civil_from_days(days);
  const bool before_christ = date.year <= 0;
  out += fmt::format("{:04}-", before_christ ? 1 - date.year : date.year);
  put_two(out, date.month);
  out.push_back('-');
  put_two(out, date.day);
  return before_christ;
}

void put_zone(std::string& out, int32_t offset) {
  out.push_back(offset < 0 ? '-' : '+');
  const int32_t seconds = std::abs(offset);
  put_two(out, seconds / 3600);
  if (seconds % 3600 == 0) return;
  out.push_back(':');
  put_two(out, seconds / 60 % 60);
  if (seconds % 60 == 0) return;
  out.push_back(':');
  put_two(out, seconds % 60);
}

bool put_infinite(std::string& out, bool negative, bool positive) {
  if (negative) out += "-infinity";
  if (positive) out += "infinity";
  return negative || positive;
}

void put_timestamp(std::string& out, Micros v, char separator, const int32_t* offset) {
  if (put_infinite(out, v == INT64_MIN, v == INT64_MAX)) return;
  if (offset) v += int64_t{*offset} * kMicrosPerSecond;
  const bool before_christ = put_date(out, floor_div(v, kMicrosPerDay));
  out.push_back(separator);
  put_time(out, floor_mod(v, kMicrosPerDay));
  if (offset) put_zone(out, *offset);
  if (before_christ) out += " BC";
}

void put_zoned(std::string& out, Micros v, const TextStyle& style) {
  const bool infinite = v == INT64_MIN || v == INT64_MAX;
  const int32_t offset = style.zone && !infinite ? style.zone->offset_at(v) : 0;
  put_timestamp(out, v, ' ', &offset);
}

void put_date_value(std::string& out, int32_t days) {
  if (put_infinite(out, days == INT32_MIN, days == INT32_MAX)) return;
  if (put_date(out, days)) out += " BC";
}

// A count with its unit; after a negative field a positive one shows its sign, as PostgreSQL does.
void put_unit(std::string& out, int64_t v, const char* unit, bool* negative_before) {
  if (v == 0) return;
  if (!out.empty() && out.back() != '\n') out.push_back(' ');
  out += fmt::format("{}{} {}{}", *negative_before && v > 0 ? "+" : "", v, unit,
                     v == 1 ? "" : "s");
  *negative_before = v < 0;
}

void put_interval(std::string& out, const Interval& v) {
  std::string text;
  bool negative = false;
  put_unit(text, v.months / 12, "year", &negative);
  put_unit(text, v.months % 12, "mon", &negative);
  put_unit(text, v.days, "day", &negative);
  if (v.micros != 0 || text.empty()) {
    if (!text.empty()) text.push_back(' ');
    if (v.micros < 0) {
      text.push_back('-');
    } else if (negative) {
      text.push_back('+');
    }
    const uint64_t micros = v.micros < 0 ? -static_cast<uint64_t>(v.micros)
                                         : static_cast<uint64_t>(v.micros);
    const uint64_t seconds = micros / 1'000'000;
    text += fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    put_fraction(text, static_cast<int64_t>(micros % 1'000'000));
  }
  out += text;
}

void put_hex(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : bytes) {
    out.push_back(kDigits[static_cast<uint8_t>(c) >> 4]);
    out.push_back(kDigits[static_cast<uint8_t>(c) & 15]);
  }
}

void put_uuid(std::string& out, const Uuid& v) {
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out.push_back('-');
    put_hex(out, {reinterpret_cast<const char*>(v.bytes) + i, 1});
  }
}

}  // namespace

void append_text_form(std::string& out, const Column& column, uint32_t row,
                      const TextStyle& style) {
  const Type& type = column.type();
  if (type.is_array()) return append_array_text(out, type, column.text(row), style);
  switch (type.id) {
    case TypeId::kUnknown: return;
    case TypeId::kBool: return out.push_back(column.value<uint8_t>(row) ? 't' : 'f');
    case TypeId::kInt2: return void(out += std::to_string(column.value<int16_t>(row)));
    case TypeId::kInt4: return void(out += std::to_string(column.value<int32_t>(row)));
    case TypeId::kInt8: return void(out += std::to_string(column.value<int64_t>(row)));
    case TypeId::kFloat4: return put_float(out, column.value<float>(row), 6);
    case TypeId::kFloat8: return put_float(out, column.value<double>(row), 15);
    case TypeId::kNumeric: return void(out += column.value<Decimal>(row).to_string());
    case TypeId::kText:
    case TypeId::kBpchar:
    case TypeId::kJsonb: return void(out += column.text(row));
    case TypeId::kEnum: return void(out += enum_label(column.text(row)));
    case TypeId::kRecord: return append_record_text(out, type, column.text(row), style);
    case TypeId::kBytea: return out += "\\x", put_hex(out, column.text(row));
    case TypeId::kDate: return put_date_value(out, column.value<int32_t>(row));
    case TypeId::kTime: return put_time(out, column.value<int64_t>(row));
    case TypeId::kTimestamp:
      return put_timestamp(out, column.value<int64_t>(row), ' ', nullptr);
    case TypeId::kTimestamptz:
      return put_zoned(out, column.value<int64_t>(row), style);
    case TypeId::kInterval: return put_interval(out, column.value<Interval>(row));
    case TypeId::kUuid: return put_uuid(out, column.value<Uuid>(row));
  }
}

std::string text_form(const Value& value, const TextStyle& style) {
  if (value.is_null()) return "";
  std::string out;
  append_text_form(out, *constant_column(value, 1), 0, style);
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

namespace {

// Of "-1.5e+20" all digits, as jsonb writes its numbers: "-150000000000000000000".
std::string without_exponent(const std::string& text) {
  const size_t e = text.find('e');
  if (e == std::string::npos) return text;
  const std::string sign = text[0] == '-' ? "-" : "";
  std::string digits = text.substr(sign.size(), e - sign.size());
  int point = std::atoi(text.c_str() + e + 1) + 1;  // digits before the point
  std::erase(digits, '.');
  if (point <= 0) {
    digits.insert(0, static_cast<size_t>(1 - point), '0');
    point = 1;
  }
  if (digits.size() < static_cast<size_t>(point)) digits.resize(static_cast<size_t>(point), '0');
  if (digits.size() > static_cast<size_t>(point))
    digits.insert(static_cast<size_t>(point), ".");
  return sign + digits;
}

}  // namespace

void append_json_form(std::string& out, const Column& column, uint32_t row) {
  if (column.is_null(row)) return void(out += "null");
  const Type& type = column.type();
  if (type.is_array()) return append_array_json(out, type, column.text(row));
  std::string text;
  switch (type.id) {
    case TypeId::kBool: return void(out += column.value<uint8_t>(row) ? "true" : "false");
    case TypeId::kInt2:
    case TypeId::kInt4:
    case TypeId::kInt8: return append_text_form(out, column, row);
    case TypeId::kJsonb: return void(out += column.text(row));
    case TypeId::kFloat4:
    case TypeId::kFloat8:
    case TypeId::kNumeric:
      append_text_form(text, column, row);
      if (text == "NaN" || text.ends_with("Infinity")) return append_json_string(out, text);
      return void(out += text == "-0" ? "0" : without_exponent(text));
    case TypeId::kRecord: return append_record_json(out, type, column.text(row));
    case TypeId::kBpchar:
    case TypeId::kText: return append_json_string(out, column.text(row));
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: {
      const int32_t utc = 0;
      const bool zone = column.type().id == TypeId::kTimestamptz;
      put_timestamp(text, column.value<int64_t>(row), 'T', zone ? &utc : nullptr);
      const size_t utc_at = text.rfind("+00");
      if (zone && utc_at != std::string::npos) text.insert(utc_at + 3, ":00");
      return append_json_string(out, text);
    }
    default: append_text_form(text, column, row); return append_json_string(out, text);
  }
}

void append_json_name(std::string& out, const Column& column, uint32_t row) {
  std::string name;
  if (column.type().is_number()) {
    append_text_form(name, column, row);
  } else {
    append_json_form(name, column, row);
  }
  append_json_string(out, jsonb_unquoted(name));
}

}  // namespace weir
