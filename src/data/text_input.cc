// Input functions of numbers, booleans, text, bytea and uuid; of dates and times in
// datetime_input.cc, of jsonb in jsonb.cc. The fast paths (plain integers, plain doubles) come
// first: JSON and CSV decoding feed through here.
#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/array.h"
#include "data/bpchar.h"
#include "data/jsonb.h"
#include "data/record.h"
#include "data/text_form.h"
#include "data/text_input_internal.h"

namespace weir {

namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool fail(ParseError* error, const char* sqlstate, std::string message) {
  std::memcpy(error->sqlstate, sqlstate, 6);
  error->message = std::move(message);
  return false;
}

bool bad_syntax(ParseError* error, const Type& type, std::string_view text) {
  return fail(error, "22P02",
              fmt::format("invalid input syntax for type {}: \"{}\"", Type(type.id).name(),
                          text.substr(0, 200)));
}

template <class Int>
bool parse_integer(std::string_view text, const Type& type, ParseError* error, Int* out) {
  std::string_view t = trim_blanks(text);
  if (t.size() > 1 && t[0] == '+' && t[1] != '-') t.remove_prefix(1);
  const auto parsed = std::from_chars(t.data(), t.data() + t.size(), *out);
  if (parsed.ec == std::errc() && parsed.ptr == t.data() + t.size()) return true;
  if (parsed.ec == std::errc::result_out_of_range && parsed.ptr == t.data() + t.size()) {
    return fail(error, "22003",
                fmt::format("value \"{}\" is out of range for type {}", text.substr(0, 200),
                            type.name()));
  }
  return bad_syntax(error, type, text);
}

template <class Float>
bool parse_float(std::string_view text, const Type& type, ParseError* error, Float* out) {
  std::string_view t = trim_blanks(text);
  if (t.size() > 1 && t[0] == '+' && t[1] != '-') t.remove_prefix(1);
  const auto parsed = std::from_chars(t.data(), t.data() + t.size(), *out);
  const bool whole = parsed.ptr == t.data() + t.size() && !t.empty();
  if (whole && parsed.ec == std::errc()) return true;
  if (whole && parsed.ec == std::errc::result_out_of_range) {
    return fail(error, "22003",
                fmt::format("\"{}\" is out of range for type {}", text.substr(0, 200),
                            type.name()));
  }
  return bad_syntax(error, type, text);
}

bool parse_bool(std::string_view text, const Type& type, ParseError* error, bool* out) {
  std::string t(trim_blanks(text));
  for (char& c : t) c = lower(c);
  const auto begins = [&](std::string_view word, size_t least) {
    return t.size() >= least && word.starts_with(t);
  };
  if (begins("true", 1) || begins("yes", 1) || t == "on" || t == "1") return *out = true, true;
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || t == "0") {
    return *out = false, true;
  }
  return bad_syntax(error, type, text);
}

bool parse_numeric(std::string_view text, const Type& type, ParseError* error, Decimal* out) {
  bool overflow = false;
  const std::optional<Decimal> parsed = Decimal::parse(text, &overflow);
  if (!parsed && overflow) return fail(error, "22003", "numeric field overflow");
  if (!parsed) return bad_syntax(error, type, text);
  const std::optional<Decimal> fitted = fit_numeric(*parsed, type);
  if (!fitted) return fail(error, "22003", "numeric field overflow");
  *out = *fitted;
  return true;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool parse_uuid(std::string_view text, const Type& type, ParseError* error, Uuid* out) {
  std::string_view t = text;
  if (t.size() >= 2 && t.front() == '{' && t.back() == '}') t = t.substr(1, t.size() - 2);
  int nibbles = 0;
  for (size_t i = 0; i < t.size(); ++i) {
    if (t[i] == '-' && nibbles > 0 && nibbles % 4 == 0 && nibbles < 32 && t[i - 1] != '-') continue;
    const int digit = hex_digit(t[i]);
    if (digit < 0 || nibbles == 32) return bad_syntax(error, type, text);
    uint8_t& byte = out->bytes[nibbles / 2];
    byte = static_cast<uint8_t>(nibbles % 2 == 0 ? digit << 4 : byte | digit);
    ++nibbles;
  }
  return nibbles == 32 || bad_syntax(error, type, text);
}

bool parse_hex_bytea(std::string_view t, ParseError* error, std::string* out) {
  for (size_t i = 0; i < t.size();) {
    if (is_blank(t[i])) {
      ++i;
      continue;
    }
    const int high = hex_digit(t[i]);
    if (high < 0) {
      return fail(error, "22023", fmt::format("invalid hexadecimal digit: \"{}\"", t[i]));
    }
    if (i + 1 >= t.size()) {
      return fail(error, "22023", "invalid hexadecimal data: odd number of digits");
    }
    const int low = hex_digit(t[i + 1]);
    if (low < 0) {
      return fail(error, "22023", fmt::format("invalid hexadecimal digit: \"{}\"", t[i + 1]));
    }
    out->push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return true;
}

bool parse_bytea(std::string_view text, const Type& type, ParseError* error, std::string* out) {
  if (text.starts_with("\\x")) return parse_hex_bytea(text.substr(2), error, out);
  const auto octal = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '7'; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out->push_back(text[i]);
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      out->push_back('\\');
      ++i;
    } else if (octal(i + 1) && text[i + 1] <= '3' && octal(i + 2) && octal(i + 3)) {
      out->push_back(static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
                                       (text[i + 3] - '0')));
      i += 3;
    } else {
      return fail(error, "22P02", fmt::format("invalid input syntax for type {}", type.name()));
    }
  }
  return true;
}

bool parse_label(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  const Type& type = builder.type();
  const std::string value = type.detail ? type.detail->labels.find(text) : "";
  if (value.empty()) {
    return fail(error, "22P02",
                fmt::format("invalid input value for enum {}: \"{}\"", type.name(), text));
  }
  builder.append_text(value);
  return true;
}

// A string without NUL of the type's length, or longer by blanks alone: those are cut.
bool fit_string(const Type& type, std::string_view& text, ParseError* error) {
  if (text.find('\0') != std::string_view::npos) {
    return fail(error, "22021", "invalid byte sequence for encoding \"UTF8\": 0x00");
  }
  const int16_t limit = type.precision;
  if (limit >= 0 && text.size() > static_cast<size_t>(limit)) {
    size_t characters = 0;
    size_t cut = text.size();
    for (size_t i = 0; i < text.size(); ++i) {
      if ((static_cast<uint8_t>(text[i]) & 0xc0) == 0x80) continue;
      if (characters++ == static_cast<size_t>(limit)) cut = i;
    }
    if (characters > static_cast<size_t>(limit)) {
      const bool only_blanks =
          text.find_first_not_of(' ', cut) == std::string_view::npos;
      if (!only_blanks) {
        return fail(error, "22001",
                    fmt::format("value too long for type {}", type.name()));
      }
      text = text.substr(0, cut);
    }
  }
  return true;
}

bool parse_string(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  if (!fit_string(builder.type(), text, error)) return false;
  builder.append_text(text);
  return true;
}

bool parse_padded(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  if (!fit_string(builder.type(), text, error)) return false;
  builder.append_text(padded(text, builder.type().precision));
  return true;
}

template <class T, class Parse>
bool append_as(ColumnBuilder& builder, std::string_view text, ParseError* error, Parse parse) {
  T value{};
  if (!parse(text, builder.type(), error, &value)) return false;
  builder.append<T>(value);
  return true;
}

bool parse_jsonb(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  std::string canonical;
  std::string reason;
  if (!canonical_jsonb(text, canonical, &reason)) return fail(error, "22P02", reason);
  builder.append_text(canonical);
  return true;
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<Decimal> fit_numeric(const Decimal& value, const Type& type) {
  if (type.precision < 0 || value.kind() == Decimal::Kind::kNan) return value;
  if (!value.is_finite()) return std::nullopt;
  const std::optional<Decimal> rounded = value.round_to(type.scale);
  if (!rounded) return std::nullopt;
  const Int128 c = rounded->coefficient();
  UInt128 limit = 1;
  for (int i = 0; i < type.precision; ++i) limit *= 10;
  const UInt128 magnitude = c < 0 ? -static_cast<UInt128>(c) : static_cast<UInt128>(c);
  return magnitude < limit ? rounded : std::nullopt;
}

bool append_parsed(ColumnBuilder& builder, std::string_view text, ParseError* error) {
  if (builder.type().is_array()) return append_parsed_array(builder, text, error);
  switch (builder.type().id) {
    case TypeId::kUnknown:
    case TypeId::kText: return parse_string(builder, text, error);
    case TypeId::kBpchar: return parse_padded(builder, text, error);
    case TypeId::kRecord: return append_parsed_record(builder, text, error);
    case TypeId::kEnum: return parse_label(builder, text, error);
    case TypeId::kInt2: return append_as<int16_t>(builder, text, error, parse_integer<int16_t>);
    case TypeId::kInt4: return append_as<int32_t>(builder, text, error, parse_integer<int32_t>);
    case TypeId::kInt8: return append_as<int64_t>(builder, text, error, parse_integer<int64_t>);
    case TypeId::kFloat4: return append_as<float>(builder, text, error, parse_float<float>);
    case TypeId::kFloat8: return append_as<double>(builder, text, error, parse_float<double>);
    case TypeId::kNumeric: return append_as<Decimal>(builder, text, error, parse_numeric);
    case TypeId::kUuid: return append_as<Uuid>(builder, text, error, parse_uuid);
    case TypeId::kDate: return append_as<int32_t>(builder, text, error, parse_date);
    case TypeId::kTime: return append_as<int64_t>(builder, text, error, parse_time);
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return append_as<int64_t>(builder, text, error, parse_timestamp);
    case TypeId::kInterval: return append_as<Interval>(builder, text, error, parse_interval);
    case TypeId::kBool: {
      bool value = false;
      if (!parse_bool(text, builder.type(), error, &value)) return false;
      builder.append_bool(value);
      return true;
    }
    case TypeId::kBytea: {
      std::string bytes;
      if (!parse_bytea(text, builder.type(), error, &bytes)) return false;
      builder.append_text(bytes);
      return true;
    }
    case TypeId::kJsonb: return parse_jsonb(builder, text, error);
  }
  return false;
}

Result<Value> parse_text_form(std::string_view text, Type type) {
  ColumnBuilder builder(type);
  ParseError error;
  if (!append_parsed(builder, text, &error)) {
    return Error(ErrorKind::kInvalidData, 1301, error.message).sqlstate(error.sqlstate);
  }
  return value_at(*builder.finish(), 0);
}

}  // namespace weir
