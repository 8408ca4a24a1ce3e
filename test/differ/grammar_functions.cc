// Calls straight from weir's table of functions, so that a new one is tried on the day it is there:
// over the columns of one table, with literals that functions of its kind take, and extreme ones.
// Nothing guards them: where PostgreSQL fails over the rows, so must weir, and only there.
#include <algorithm>

#include <fmt/core.h>

#include "differ/grammar.h"
#include "expr/function.h"
#include "expr/parameters.h"

namespace weir::differ {

namespace {

using Texts = std::vector<std::string>;

// Not called, and why. README.md has the list for people.
bool is_left_out(const expr::Function& function) {
  static const Texts kNames = {
      "random", "gen_random_uuid", "clock_timestamp",           // no two answers alike
      "statement_timestamp", "transaction_timestamp",
      "[]", "[:]", "array", "overlaps", "extract", "position",  // have a syntax of their own
      "pg_typeof", "to_json", "array_to_json",                  // of types that weir has not
      "factorial", "power", "pow", "^", "exp", "array_fill",    // numbers without end
      "numeric_power", "numeric_exp", "dpow", "dexp",           // the same by other names
      "width_bucket",                           // of floats: overflows, and says nothing
      "age",                                    // subtracts infinities as numbers (docs/sql.md)
      "like_escape", "similar_to_escape"};
  const std::string_view name = function.name;
  const bool of_a_server = function.group == "session" || function.group == "catalogue";
  return of_a_server || std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         name.substr(0, 5) == "json_" || name.substr(0, 3) == "is ";
}

// PostgreSQL writes these as other calls, and folds what is constant in them before it sees a row.
bool is_inlined(std::string_view name, const std::vector<Type>& types) {
  if (name == "date_part") return types[1].id == TypeId::kDate || types[1].id == TypeId::kTime;
  return name == "substring" && types.size() == 3 && types[1].id == TypeId::kText;
}

struct Hint {
  std::string_view name;  // or its beginning
  size_t argument;
  Texts texts;
};

const Texts kFields = {"year",    "month",      "day",          "hour",         "minute",
                       "second",  "quarter",    "week",         "dow",          "isodow",
                       "doy",     "epoch",      "decade",       "century",      "isoyear",
                       "nonsense", "millennium", "milliseconds", "microseconds"};
const Texts kRegexes = {"a", "^a", "[ab]+", "(a)(b)?", "a|b", ".", "\\w+", "(", "b$", ""};
const Texts kPaths = {"$",          "$.a",       "$[*]",   "$.b[0]",
                      "$.*",        "$ ? (@ > 1)", "$.a.size()", "strict $.a",
                      "$.type()",   "$[last]"};
const Texts kFormats = {"YYYY-MM-DD", "HH24:MI:SS.US", "Day DD Mon", "FMMonth FMDD",
                        "IYYY-IW",    "Q J DDD",       "AM HH12",    "CC BC"};
const Texts kNumbers = {"999.99", "FM9990.00", "S0999", "9.9EEEE", "RN", "L999", "999,999PR"};
const Texts kEncodings = {"hex", "base64", "escape", "rot13"};
const Texts kZones = {"UTC", "Europe/Berlin", "+02", "America/New_York", "nowhere"};
const Texts kCharsets = {"UTF8", "LATIN1"};

// Which literals go with a name; the first that fits.
const std::vector<Hint> kHints = {
    {"date_part", 0, kFields},
    {"date_trunc", 0, kFields},
    {"regexp_replace", 3, {"g", "i", "gi", "z"}},
    {"regexp_", 1, kRegexes},
    {"regexp_", 2, {"i", "g", "x", "q"}},
    {"~", 1, kRegexes},
    {"!~", 1, kRegexes},
    {"substring", 1, kRegexes},
    {"jsonb_path", 1, kPaths},
    {"@?", 1, kPaths},
    {"@@", 1, kPaths},
    {"timezone", 0, kZones},
    {"date_trunc", 2, kZones},
    {"make_timestamptz", 6, kZones},
    {"encode", 1, kEncodings},
    {"decode", 1, kEncodings},
    {"convert", 1, kCharsets},
    {"convert", 2, kCharsets},
    {"length", 1, kCharsets},
    {"format", 0, {"%s", "%I.%L", "%2$s", "%-5s|", "%%", "%q"}},
    {"to_number", 1, kNumbers},
    {"to_char", 1, kFormats},
    {"unistr", 0, {"\\0061", "x\\+000062", "\\u00e4", "\\zz"}},
    {"parse_ident", 0, {"a.b", "\"A b\".c", "1", "a."}}};

const Texts* texts_for(std::string_view name, size_t argument) {
  for (const Hint& hint : kHints) {
    if (name.substr(0, hint.name.size()) == hint.name && hint.argument == argument)
      return &hint.texts;
  }
  return nullptr;
}

// Values at the ends of types, and of types that no column has.
Texts extremes(Type type) {
  if (type.is_array()) return {};
  switch (type.id) {
    case TypeId::kInt2: return {"32767", "-32768", "0"};
    case TypeId::kInt4: return {"2147483647", "-2147483648", "0", "-1", "3"};
    case TypeId::kInt8: return {"9223372036854775807", "-9223372036854775808", "0", "62"};
    case TypeId::kFloat4: return {"0", "1.5", "-2.25", "NaN", "3.4e38", "-Infinity"};
    case TypeId::kFloat8: return {"0", "-0", "1e308", "5e-324", "NaN", "Infinity", "0.5", "-1"};
    case TypeId::kNumeric: return {"0", "NaN", "Infinity", "-1.50", "0.0000001", "123456789012.5"};
    case TypeId::kBytea: return {"\\x", "\\x00ff", "\\x6162", "\\xc3a4"};
    case TypeId::kTime: return {"00:00", "23:59:59.999999", "24:00"};
    case TypeId::kDate:
      return {"infinity", "-infinity", "5874897-12-31", "4714-11-24 BC", "2000-02-29"};
    case TypeId::kTimestamp:
      return {"infinity", "294240-12-31 23:59:59", "4714-11-24 BC", "2000-02-29"};
    case TypeId::kTimestamptz: return {"-infinity", "294240-12-31 00:00+00", "2024-03-31 01:30+00"};
    case TypeId::kInterval:
      return {"178956970 years", "-1 mon", "00:15", "0", "-178956970 years", "1 day"};
    case TypeId::kUuid: return {"6ba7b810-9dad-11d1-80b4-00c04fd430c8"};
    case TypeId::kText: return {"", "a", "ä", "ab", " a b ", "1"};
    case TypeId::kJsonb: return {"{}", "[]", "[1, [2]]", "{\"a\": {\"b\": null}}", "1e20", "\"x\""};
    default: return {};
  }
}

std::optional<Kind> kind_of(Type type) {
  for (const char letter : kKinds) {
    const auto kind = static_cast<Kind>(letter);
    if (parse_type(sql_name(kind)).value().id == type.id) return kind;
  }
  return std::nullopt;
}

// What fills memory, has more than 38 digits or wraps around in PostgreSQL where a number is large.
bool counts(std::string_view name, Type type) {
  static const Texts kNames = {"repeat", "lpad", "rpad", "round", "trunc", "make_interval"};
  return type.id == TypeId::kInt4 && std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Of a type of its own in PostgreSQL, that literals have and columns have not; or names of zones,
// which numbers are in PostgreSQL, too.
bool is_literal(std::string_view name, size_t argument) {
  const bool zone = (name == "timezone" && argument == 0) ||
                    (name == "date_trunc" && argument == 2) ||
                    (name == "make_timestamptz" && argument == 6);
  const bool path = name.substr(0, 10) == "jsonb_path" || name == "@?" || name == "@@";
  return zone || (path && argument == 1);
}

bool is_symbol(std::string_view name) {
  return name.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
}

std::string quote(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

// Polymorphic ones become arrays or values of one type.
Type concrete(Type type, Type element) {
  const bool any = type == Type(kAnyElement) || type == Type(kAnyNonArray) ||
                   type == Type(kAnyCompatible) || type.id == TypeId::kUnknown;
  if (any) return element;
  const bool array = type.is_array() && (type.element() == Type(kAnyElement) ||
                                         type.element() == Type(kAnyCompatible));
  return array ? element.array() : type;
}

}  // namespace

PartPtr Grammar::call_argument(std::string_view name, size_t at, Type type, const Scope& scope,
                               bool of_column) {
  if (of_column && !is_literal(name, at)) {
    std::vector<std::string> fitting;
    for (const Column& column : scope.columns) {
      const Type of = parse_type(sql_name(column.kind)).value();
      if (of.id == type.id && !counts(name, type)) fitting.push_back(column.ref);
    }
    if (!fitting.empty()) return word(pick(fitting));
  }
  const Texts* hints = type.id == TypeId::kText ? texts_for(name, at) : nullptr;
  if (hints && (is_literal(name, at) || random_.chance(0.85))) return word(quote(pick(*hints)));
  if (counts(name, type)) return word(std::to_string(random_.between(-1, 5)));
  const std::optional<Kind> kind = kind_of(type);
  const Texts ends = extremes(type);
  if (kind && (ends.empty() || random_.chance(0.5)))
    return random_literal(random_, *kind, false).sql;
  return ends.empty() ? nullptr : word(fmt::format("{}::{}", quote(pick(ends)), type.name()));
}

// f(a, c => 1, b => 2): from some argument on by name, in any order; those with a default may go.
std::vector<PartPtr> Grammar::by_name(std::string_view function, std::vector<PartPtr> arguments) {
  const std::vector<expr::Parameter> parameters =
      expr::parameters_of(function, arguments.size());
  if (parameters.empty() || !random_.chance(0.6)) return arguments;
  note("arguments by name");
  const size_t first = random_.below(arguments.size() + 1);
  const auto at = arguments.begin() + static_cast<std::ptrdiff_t>(first);
  std::vector<PartPtr> named;
  for (size_t i = first; i < arguments.size(); ++i) {
    const bool of_column = render(*arguments[i]).substr(0, 1) == "q";
    if (parameters[i].value && !of_column && random_.chance(0.4)) continue;
    const std::string name = fmt::format("\"{}\"", parameters[i].name);
    named.push_back(form(name + one_of({" => $", " := $"}), {arguments[i]}));
  }
  for (size_t i = named.size(); i > 1; --i) std::swap(named[i - 1], named[random_.below(i)]);
  arguments.erase(at, arguments.end());
  arguments.insert(arguments.end(), named.begin(), named.end());
  return arguments;
}

// One call, with a column in it: PostgreSQL folds constants, and their errors come without a row.
PartPtr Grammar::function_call(const Scope& scope) {
  const std::span<const expr::Function> all = expr::all_functions();
  const expr::Function& function = all[random_.below(all.size())];
  if (is_left_out(function) || function.args.empty()) return nullptr;
  const Type element = random_.chance(0.5) ? Type(TypeId::kInt4) : Type(TypeId::kText);
  std::vector<Type> types;
  for (const Type type : function.args) types.push_back(concrete(type, element));
  for (size_t i = 0; function.variadic && i < random_.below(3); ++i) types.push_back(types.back());
  if (is_inlined(function.name, types)) return nullptr;
  const size_t column = random_.below(types.size());
  std::vector<PartPtr> arguments;
  bool named = false;
  for (size_t i = 0; i < types.size(); ++i) {
    const PartPtr e =
        call_argument(function.name, i, types[i], scope, i == column || random_.chance(0.6));
    if (!e) return nullptr;
    arguments.push_back(e);
    named = named || render(*e).substr(0, 1) == "q";
  }
  if (!named) return nullptr;
  note("function");
  std::string name(function.name);
  const size_t spread = name.find(" variadic");
  if (spread != std::string::npos) {
    note("variadic");
    arguments.back() = form("variadic $", {arguments.back()});
    name.erase(spread);
  }
  if (!is_symbol(name)) {
    arguments = by_name(function.name, std::move(arguments));
    if (function.group == "casts") name = "\"" + name + "\"";  // a type's name is a keyword
    return form(name + "($)", {list(arguments, ", ")});
  }
  std::replace(name.begin(), name.end(), '%', '\1');
  if (arguments.size() == 1) return form("(" + name + " $)", arguments);
  return arguments.size() == 2 ? form("($ " + name + " $)", arguments) : nullptr;
}

PartPtr Grammar::cast_call(const Scope& scope) {
  static const Texts kTargets = {"smallint", "integer",  "bigint",      "numeric", "numeric(4,1)",
                                 "real",     "text",     "varchar(2)",  "boolean", "date",
                                 "time",     "timestamp", "timestamptz", "jsonb",   "interval",
                                 "uuid",     "bytea",    "double precision"};
  note("cast");
  const Column& column = pick(scope.columns);
  if (std::string_view("jIT").find(static_cast<char>(column.kind)) != std::string_view::npos)
    return nullptr;  // punctuation around the fields of a time
  // Both refuse most pairs of types; a text goes everywhere.
  return form(column.kind == Kind::kText || random_.chance(0.5) ? "$::" + one_of(kTargets)
                                                                : "$::text::" + one_of(kTargets),
              {word(column.ref)});
}

PartPtr Grammar::calls() {
  std::vector<NamedRelation> tables = relations_;
  std::erase_if(tables, [](const NamedRelation& relation) { return relation.name[0] != 't'; });
  const NamedRelation& table = pick(tables);
  Scope scope{table.columns};
  for (Column& column : scope.columns) column.ref = "q1." + column.name;
  std::vector<PartPtr> items;
  const uint64_t count = 1 + random_.below(3);
  for (int i = 0; i < 40 && items.size() < count; ++i) {
    const PartPtr call = random_.chance(0.1) ? cast_call(scope) : function_call(scope);
    if (call) items.push_back(form(fmt::format("$ as c{}", items.size() + 1), {call}));
  }
  if (items.empty()) items.push_back(word("1 as c1"));
  return form("select $ from $", {list(items, ", "), word(table.name + " q1")}, "query");
}

}  // namespace weir::differ
