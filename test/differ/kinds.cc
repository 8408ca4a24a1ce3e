#include "differ/kinds.h"

#include <algorithm>
#include <cmath>

#include <fmt/core.h>

namespace weir::differ {

const char* sql_name(Kind kind) {
  switch (kind) {
    case Kind::kInt2: return "smallint";
    case Kind::kInt4: return "integer";
    case Kind::kInt8: return "bigint";
    case Kind::kNumeric: return "numeric";
    case Kind::kFloat8: return "double precision";
    case Kind::kText: return "text";
    case Kind::kBool: return "boolean";
    case Kind::kDate: return "date";
    case Kind::kTimestamp: return "timestamp without time zone";
    case Kind::kTimestamptz: return "timestamp with time zone";
    case Kind::kInterval: return "interval";
    case Kind::kJsonb: return "jsonb";
    case Kind::kInt4Array: return "integer[]";
    case Kind::kTextArray: return "text[]";
  }
  return "";
}

Kind random_kind(Random& random) {
  constexpr std::string_view kOften = "iiiiibnnftttto";
  const std::string_view from = random.chance(0.7) ? kOften : kKinds;
  return static_cast<Kind>(from[random.below(from.size())]);
}

Facts either(Kind kind, const Facts& a, const Facts& b) {
  Facts facts;
  facts.fixed = a.fixed == b.fixed ? a.fixed : -1;
  facts.canonical = a.canonical && b.canonical && (kind != Kind::kNumeric || facts.fixed >= 0);
  facts.scale = std::max(a.scale, b.scale);
  facts.finite = a.finite && b.finite;
  facts.exact = a.exact && b.exact;
  facts.bound = std::max(a.bound, b.bound);
  return facts;
}

double limit_of(Kind kind) {
  switch (kind) {
    case Kind::kInt2: return 32767;
    case Kind::kInt4: return 2147483647;
    case Kind::kInt8: return 9e18;
    default: return 1e30;
  }
}

namespace {

Facts whole(double bound) {
  Facts facts;
  facts.bound = bound;
  facts.fixed = 0;
  return facts;
}

Facts numeric(int fixed, int scale, double bound, bool finite) {
  Facts facts;
  facts.fixed = fixed;
  facts.scale = scale;
  facts.bound = bound;
  facts.finite = finite;
  return facts;
}

Facts floats(bool canonical, bool finite) {
  Facts facts;
  facts.canonical = canonical;
  facts.finite = finite;
  facts.bound = 1024;
  return facts;
}

Facts endless() {
  Facts facts;
  facts.finite = false;
  return facts;
}

std::vector<Pool> other_pools() {
  const std::string null = "\\N";
  return {
      {"boolean", Kind::kBool, {}, {null, "t", "f"}},
      {"date", Kind::kDate, {}, {null, "2024-01-31", "2024-02-29", "2024-03-01", "1999-12-31"}},
      {"date", Kind::kDate, endless(), {null, "2024-01-31", "infinity", "-infinity"}},
      {"timestamp", Kind::kTimestamp, {},
       {null, "2024-01-31 00:00:00", "2024-02-29 12:34:56.789", "2024-02-29 12:30:00",
        "1969-12-31 23:59:59.5"}},
      {"timestamptz", Kind::kTimestamptz, {},
       {null, "2024-01-31 00:00:00+00", "2024-02-29 12:34:56+02", "2024-02-29 10:30:00+00"}},
      {"timestamptz", Kind::kTimestamptz, endless(),
       {null, "2024-01-31 00:00:00+00", "infinity", "-infinity", "294246-06-30 23:59:59+00"}},
      {"interval", Kind::kInterval, {},
       {null, "00:00:00", "1 day", "02:30:00", "1 mon", "-3 days", "00:00:00.25"}},
      {"interval", Kind::kInterval, endless(),
       {null, "178956970 years 7 mons", "-178956970 years", "1 day", "2147483647 days"}},
      {"jsonb", Kind::kJsonb, {},
       {null, "1", "null", "\"a\"", "[1, 2]", "{\"a\": 1, \"b\": [true]}", "{\"a\": \"b\"}"}},
      {"integer[]", Kind::kInt4Array, whole(3), 
       {null, "{}", "{1}", "{1,2}", "{NULL,3}", "{2,1,2}"}},
      {"text[]", Kind::kTextArray, {}, {null, "{}", "{a}", "{a,b}", "{NULL,\"\"}", "{\"a b\",b}"}},
  };
}

std::vector<Pool> make_pools() {
  const std::string null = "\\N";
  std::vector<Pool> out = {
      {"integer", Kind::kInt4, whole(7), {null, "0", "1", "2", "3", "-1", "7"}},
      {"integer", Kind::kInt4, whole(2), {"0", "1", "2"}},
      {"integer", Kind::kInt4, whole(2147483648.0), {null, "1", "2", "2147483647", "-2147483648"}},
      {"bigint", Kind::kInt8, whole(10), {null, "0", "1", "2", "-3", "10"}},
      {"bigint", Kind::kInt8, whole(9.3e18),
       {null, "1", "3", "9223372036854775807", "-9223372036854775808", "4294967296"}},
      {"smallint", Kind::kInt2, whole(32768), {null, "0", "1", "2", "32767", "-32768"}},
      {"smallint", Kind::kInt2, whole(3), {null, "0", "1", "3"}},
      {"numeric", Kind::kNumeric, numeric(-1, 4, 1000, true),
       {null, "0", "1.1", "2.50", "-3.333", "7", "1000", "0.0001"}},
      {"numeric", Kind::kNumeric, numeric(-1, 2, 10, false),
       {null, "1", "2.5", "NaN", "Infinity", "-Infinity", "10"}},
      {"numeric(8,2)", Kind::kNumeric, numeric(2, 2, 1000, true),
       {null, "0.00", "1.10", "2.50", "999.99", "-0.01"}},
      {"double precision", Kind::kFloat8, floats(true, true),
       {null, "0", "1.5", "-2.25", "1024.125", "2", "0.5"}},
      {"double precision", Kind::kFloat8, floats(false, false),
       {null, "0", "-0", "1.5", "NaN", "Infinity", "-Infinity"}},
      {"text", Kind::kText, {}, {null, "", "a", "b", "A", "a b", "ab"}},
      {"text", Kind::kText, {}, {"a", "b", "c"}},
      {"text", Kind::kText, {},
       {null, "ä", "日本", "%", "x'y", "a longer text than twelve bytes", "1"}},
  };
  for (Pool& pool : other_pools()) out.push_back(std::move(pool));
  return out;
}

std::string quote(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

bool is_number(Kind kind) {
  return std::string_view("sibnf").find(static_cast<char>(kind)) != std::string_view::npos;
}

}  // namespace

const std::vector<Pool>& pools() {
  static const std::vector<Pool> kPools = make_pools();
  return kPools;
}

Expression random_literal(Random& random, Kind kind, bool bare) {
  std::vector<const Pool*> fitting;
  for (const Pool& pool : pools()) {
    if (pool.kind == kind) fitting.push_back(&pool);
  }
  const Pool& pool = *fitting[random.below(fitting.size())];
  const std::string& value = pool.values[random.below(pool.values.size())];
  Expression out{nullptr, kind, pool.facts};
  if (is_number(kind) && value != "\\N" && pool.facts.finite)
    out.facts.bound = std::abs(std::strtod(value.c_str(), nullptr));
  if (kind == Kind::kNumeric && pool.facts.fixed < 0) {
    const size_t point = value.find('.');
    out.facts.fixed =
        point == std::string::npos ? 0 : static_cast<int>(value.size() - point) - 1;
    if (value == "\\N") out.facts.fixed = 2;
    out.facts.scale = std::max(out.facts.fixed, 2);
  }
  const bool plain = bare && value != "\\N" && value[0] != '-' && pool.facts.finite;
  const std::string sort(1, static_cast<char>(kind));
  if (value == "\\N") {
    out.sql = word(fmt::format("null::{}", sql_name(kind)), sort);
  } else if (plain && (kind == Kind::kInt4 || kind == Kind::kNumeric) &&
             (kind == Kind::kInt4 || value.find('.') != std::string::npos)) {
    out.sql = word(value, sort);
  } else if (plain && kind == Kind::kText) {
    out.sql = word(quote(value), sort);
  } else {
    out.sql = word(fmt::format("{}::{}", quote(value), sql_name(kind)), sort);
  }
  return out;
}

}  // namespace weir::differ
