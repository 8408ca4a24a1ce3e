#include "data/type.h"

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/interval_fields.h"
#include "data/string_ref.h"
#include "data/type_detail.h"

namespace weir {

namespace {

struct TypeName {
  std::string_view name;
  TypeId id;
};
// The first name of an id is the one that is printed.
constexpr TypeName kNames[] = {
    {"unknown", TypeId::kUnknown},
    {"boolean", TypeId::kBool},
    {"bool", TypeId::kBool},
    {"smallint", TypeId::kInt2},
    {"int2", TypeId::kInt2},
    {"integer", TypeId::kInt4},
    {"int", TypeId::kInt4},
    {"int4", TypeId::kInt4},
    {"bigint", TypeId::kInt8},
    {"int8", TypeId::kInt8},
    {"real", TypeId::kFloat4},
    {"float4", TypeId::kFloat4},
    {"double precision", TypeId::kFloat8},
    {"float8", TypeId::kFloat8},
    {"float", TypeId::kFloat8},
    {"double", TypeId::kFloat8},
    {"numeric", TypeId::kNumeric},
    {"decimal", TypeId::kNumeric},
    {"text", TypeId::kText},
    {"character varying", TypeId::kText},
    {"varchar", TypeId::kText},
    {"string", TypeId::kText},
    {"name", TypeId::kText},
    {"bytea", TypeId::kBytea},
    {"date", TypeId::kDate},
    {"time without time zone", TypeId::kTime},
    {"time", TypeId::kTime},
    {"timestamp without time zone", TypeId::kTimestamp},
    {"timestamp", TypeId::kTimestamp},
    {"timestamp with time zone", TypeId::kTimestamptz},
    {"timestamptz", TypeId::kTimestamptz},
    {"interval", TypeId::kInterval},
    {"uuid", TypeId::kUuid},
    {"jsonb", TypeId::kJsonb},
    {"json", TypeId::kJsonb},
    {"record", TypeId::kRecord},
    {"character", TypeId::kBpchar},
    {"char", TypeId::kBpchar},
    {"bpchar", TypeId::kBpchar},
    {"anyenum", kAnyEnum},
    {"anynonarray", kAnyNonArray},
    {"anycompatible", kAnyCompatible},
    {"anyelement", kAnyElement},
};

std::string lower_single_spaced(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : lower(c);
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

// "numeric(10, 2)" -> "numeric", {10, 2}. False: not of that shape.
bool split_arguments(std::string& text, std::vector<int>& arguments) {
  const size_t open = text.find('(');
  if (open == std::string::npos) return true;
  const size_t close = text.find(')', open);
  if (close == std::string::npos) return false;
  std::string inside = text.substr(open + 1, close - open - 1);
  std::erase(inside, ' ');
  const char* at = inside.data();
  const char* end = at + inside.size();
  while (at < end) {
    int value = 0;
    const auto parsed = std::from_chars(at, end, value);
    if (parsed.ec != std::errc()) return false;
    arguments.push_back(value);
    at = parsed.ptr;
    if (at < end && *at++ != ',') return false;
  }
  text = lower_single_spaced(text.substr(0, open) + " " + text.substr(close + 1));
  return !arguments.empty();
}

constexpr std::string_view kFieldNames[] = {"second", "minute", "hour", "day", "month", "year"};

// "year to month" -> the fields from year down to month; 0: not that.
int16_t fields_of(std::string_view text) {
  const auto field = [](std::string_view name) {
    const auto* at = std::find(std::begin(kFieldNames), std::end(kFieldNames), name);
    return at == std::end(kFieldNames) ? 0 : 1 << (at - std::begin(kFieldNames));
  };
  const size_t to = text.find(" to ");
  const int first = field(text.substr(0, to));
  const int last = to == std::string_view::npos ? first : field(text.substr(to + 4));
  return first == 0 || last == 0 || last > first ? 0 : static_cast<int16_t>(2 * first - last);
}

std::string fields_name(int fields) {
  std::string first;
  std::string last;
  for (int i = 5; i >= 0; --i) {
    if ((fields & 1 << i) == 0) continue;
    if (first.empty()) first = kFieldNames[i];
    last = kFieldNames[i];
  }
  return first == last ? first : first + " to " + last;
}

Result<Type> apply_arguments(TypeId id, const std::vector<int>& arguments, std::string_view text) {
  const auto bad = [&] {
    return Error(ErrorKind::kInvalidStatement, 1310,
                 fmt::format("invalid type modifier in \"{}\"", text))
        .sqlstate("22023");
  };
  if (arguments.empty()) return Type(id);
  if ((id == TypeId::kText || id == TypeId::kBpchar) && arguments.size() == 1 && arguments[0] > 0) {
    return Type(id, static_cast<int16_t>(std::min(arguments[0], 32767)), -1);
  }
  if (id == TypeId::kNumeric && arguments.size() <= 2) {
    const int scale = arguments.size() == 2 ? arguments[1] : 0;
    if (arguments[0] < 1 || arguments[0] > 38 || scale < 0 || scale > arguments[0]) return bad();
    return Type(id, static_cast<int16_t>(arguments[0]), static_cast<int16_t>(scale));
  }
  const bool has_fraction = id == TypeId::kTime || id == TypeId::kTimestamp ||
                            id == TypeId::kTimestamptz || id == TypeId::kInterval ||
                            id == TypeId::kFloat8;
  if (has_fraction && arguments.size() == 1) {
    if (id == TypeId::kFloat8) return Type(arguments[0] <= 24 ? TypeId::kFloat4 : id);
    if (arguments[0] < 0) return bad();
    return arguments[0] >= 6 ? Type(id) : Type(id, static_cast<int16_t>(arguments[0]), -1);
  }
  return bad();
}

// enum('low', 'high'): the labels; empty: not of that shape.
std::vector<std::string> labels_of(std::string_view text) {
  std::vector<std::string> labels;
  const size_t open = text.find('(');
  const size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  size_t at = open + 1;
  const auto skip = [&] { while (at < close && text[at] == ' ') ++at; };
  while (at < close) {
    skip();
    const bool quoted = at < close && text[at] == '\'';
    std::string label;
    for (at += quoted; at < close; ++at) {
      if (quoted && text[at] == '\'' && text[++at] != '\'') break;
      if (!quoted && (text[at] == ',' || text[at] == ' ')) break;
      label += text[at];
    }
    labels.push_back(std::move(label));
    skip();
    if (at < close && text[at++] != ',') return {};
  }
  return labels;
}

Result<Type> enum_of(std::string_view text) {
  const std::vector<std::string> labels = labels_of(text);
  if (labels.empty()) {
    return Error(ErrorKind::kInvalidStatement, 1346,
                 fmt::format("invalid list of labels in \"{}\"", text))
        .hint("write enum('low', 'high')")
        .sqlstate("42601");
  }
  return enum_by_labels(labels);
}

}  // namespace

// The numbers mean nothing, as in PostgreSQL.
bool strip_array(std::string& name) {
  bool stripped = false;
  for (;; stripped = true) {
    const size_t open = name.find_last_of('[');
    const bool bracket = open != std::string::npos && name.ends_with(']') &&
                         name.find_first_not_of("0123456789 ", open + 1) == name.size() - 1;
    if (bracket) {
      name.resize(open);
    } else if (name.ends_with(" array")) {
      name.resize(name.size() - 6);
    } else {
      return stripped;
    }
    while (name.ends_with(' ')) name.pop_back();
  }
}

std::string Type::name() const {
  if (is_array()) return element().name() + "[]";
  if (detail) return detail->name;
  if (id == TypeId::kEnum) return "anyenum";
  if (id == TypeId::kBpchar && precision >= 0) return fmt::format("character({})", precision);
  if (id == TypeId::kBpchar) return "bpchar";
  if (id == TypeId::kText && precision >= 0) return fmt::format("character varying({})", precision);
  if (id == TypeId::kNumeric && precision >= 0) {
    return fmt::format("numeric({},{})", precision, scale);
  }
  std::string base = "unknown";
  for (const TypeName& entry : kNames) {
    if (entry.id != id) continue;
    base = entry.name;
    break;
  }
  if (id == TypeId::kInterval && scale >= 0) base += " " + fields_name(scale);
  if (precision < 0 || id == TypeId::kText || id == TypeId::kNumeric) return base;
  const size_t word = id == TypeId::kInterval ? base.size() : std::min(base.find(' '), base.size());
  return base.insert(word, fmt::format("({})", precision));
}

Result<Type> parse_type(std::string_view text) {
  std::string name = lower_single_spaced(text);
  const bool is_array = strip_array(name);
  if (name.starts_with("enum(") || name.starts_with("enum (")) {
    const Type type = TRY(enum_of(text));
    return is_array ? type.array() : type;
  }
  std::vector<int> arguments;
  const bool shaped = split_arguments(name, arguments);
  if (name.starts_with("pg_catalog.")) name = name.substr(11);
  if (shaped && name.starts_with("interval ")) {
    const int16_t fields = fields_of(std::string_view(name).substr(9));
    Type type = TRY(apply_arguments(TypeId::kInterval, arguments, text));
    type.scale = fields;
    if (fields != 0 && (arguments.empty() || fields & kSecondField)) return type;
  }
  for (const TypeName& entry : kNames) {
    if (!shaped || entry.name != name || entry.id == TypeId::kRecord || entry.id >= kAnyEnum) {
      continue;
    }
    Type type = TRY(apply_arguments(entry.id, arguments, text));
    const bool one = type.id == TypeId::kBpchar && type.precision < 0 && name != "bpchar";
    if (one) type.precision = 1;  // char is char(1)
    return is_array ? type.array() : type;
  }
  return Error(ErrorKind::kInvalidStatement, 1312, fmt::format("type \"{}\" does not exist", text))
      .detail("Types are boolean, smallint, integer, bigint, real, double precision, numeric(p,s), "
              "text, varchar(n), bytea, date, time, timestamp, timestamptz, interval, uuid, jsonb, "
              "char(n), enum('a', 'b') and arrays of them (text[]).")
      .sqlstate("42704");
}

size_t Type::width() const {
  if (is_array()) return sizeof(StringRef);
  switch (id) {
    case TypeId::kUnknown:
    case TypeId::kBool: return 1;
    case TypeId::kInt2: return 2;
    case TypeId::kInt4:
    case TypeId::kFloat4:
    case TypeId::kDate: return 4;
    case TypeId::kInt8:
    case TypeId::kFloat8:
    case TypeId::kTime:
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return 8;
    case TypeId::kText:
    case TypeId::kBytea:
    case TypeId::kJsonb:
    case TypeId::kEnum:
    case TypeId::kRecord:
    case TypeId::kBpchar:
    case TypeId::kInterval:
    case TypeId::kUuid: return 16;
    case TypeId::kNumeric: return 24;
  }
  return 1;
}

}  // namespace weir
