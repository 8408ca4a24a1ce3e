// Values. A rule is a pattern with the kinds of its arguments, and says what becomes of the facts;
// a rule whose result could overflow, or be one of several, is not used.
#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "differ/grammar.h"

namespace weir::differ {

namespace {

enum class Effect : uint8_t {
  kNew,       // facts of its own: bound, fixed
  kEither,    // one of the arguments (conditions aside)
  kFirst,     // no greater than the first argument
  kSum,       // of two
  kProduct,   // of two
  kQuotient,  // of two
  kCast,      // the first argument, if it fits
  kTime,      // times: finite as the arguments are; intervals that may look different
};

struct Rule {
  char result;
  const char* pattern;
  const char* arguments;
  Effect effect;
  double bound = 0;
  int fixed = 0;       // -1: any scale
  bool finite = false; // arguments must be
};

constexpr Rule kRules[] = {
    {'s', "$::smallint", "i", Effect::kCast},
    {'s', "($ + $)", "ss", Effect::kSum},
    {'s', "($ - $)", "ss", Effect::kSum},
    {'s', "($ * $)", "ss", Effect::kProduct},
    {'s', "abs($)", "s", Effect::kFirst},
    {'i', "($ + $)", "ii", Effect::kSum},
    {'i', "($ - $)", "ii", Effect::kSum},
    {'i', "($ * $)", "ii", Effect::kProduct},
    {'i', "($ + $)", "is", Effect::kSum},
    {'i', "($ / nullif($, 0))", "ii", Effect::kFirst},
    {'i', "($ \1 nullif($, 0))", "ii", Effect::kFirst},
    {'i', "mod($, nullif($, 0))", "ii", Effect::kFirst},
    {'i', "(- $)", "i", Effect::kFirst},
    {'i', "abs($)", "i", Effect::kFirst},
    {'i', "($ & $)", "ii", Effect::kSum},
    {'i', "($ | $)", "ii", Effect::kProduct},
    {'i', "($ # $)", "ii", Effect::kProduct},
    {'i', "(~ $)", "i", Effect::kSum},
    {'i', "gcd($, $)", "ii", Effect::kEither},
    {'i', "$::integer", "s", Effect::kCast},
    {'i', "$::integer", "b", Effect::kCast},
    {'i', "$::integer", "n", Effect::kCast, 0, 0, true},
    {'i', "$::integer", "f", Effect::kCast, 0, 0, true},
    {'i', "$::integer", "o", Effect::kNew, 1},
    {'i', "length($)", "t", Effect::kNew, 1e5},
    {'i', "octet_length($)", "t", Effect::kNew, 1e5},
    {'i', "strpos($, $)", "tt", Effect::kNew, 1e5},
    {'i', "position('a' in $)", "t", Effect::kNew, 1e5},
    {'i', "ascii($)", "t", Effect::kNew, 2e6},
    {'i', "cardinality($)", "I", Effect::kNew, 1e3},
    {'i', "cardinality($)", "T", Effect::kNew, 1e3},
    {'i', "array_length($, 1)", "I", Effect::kNew, 1e3},
    {'i', "array_position($, $)", "Ii", Effect::kNew, 1e3},
    {'i', "($)[1]", "I", Effect::kFirst},
    {'i', "($)[$]", "Ii", Effect::kFirst},
    {'i', "($ - $)", "dd", Effect::kNew, 1e7, 0, true},
    {'i', "extract(year from $)::integer", "d", Effect::kNew, 1e4, 0, true},
    {'i', "extract(dow from $)::integer", "m", Effect::kNew, 7, 0, true},
    {'b', "($ + $)", "bb", Effect::kSum},
    {'b', "($ - $)", "bi", Effect::kSum},
    {'b', "($ * $)", "ib", Effect::kProduct},
    {'b', "($ / nullif($, 0))", "bb", Effect::kFirst},
    {'b', "($ \1 nullif($, 0))", "bi", Effect::kFirst},
    {'b', "(- $)", "b", Effect::kFirst},
    {'b', "abs($)", "b", Effect::kFirst},
    {'b', "$::bigint", "i", Effect::kCast},
    {'b', "$::bigint", "s", Effect::kCast},
    {'b', "$::bigint", "n", Effect::kCast, 0, 0, true},
    {'b', "($ & $)", "bb", Effect::kSum},
    {'n', "($ + $)", "nn", Effect::kSum},
    {'n', "($ - $)", "nn", Effect::kSum},
    {'n', "($ * $)", "nn", Effect::kProduct},
    {'n', "($ + $)", "in", Effect::kSum},
    {'n', "($ * $)", "nb", Effect::kProduct},
    {'n', "($ / nullif($, 0))", "nn", Effect::kQuotient},
    {'n', "round($ / nullif($, 0), 4)", "nn", Effect::kQuotient},
    {'n', "($ \1 nullif($, 0))", "nn", Effect::kEither},
    {'n', "abs($)", "n", Effect::kFirst},
    {'n', "(- $)", "n", Effect::kFirst},
    {'n', "round($, 1)", "n", Effect::kCast, 0, 1},
    {'n', "round($)", "n", Effect::kCast, 0, 0},
    {'n', "trunc($, 2)", "n", Effect::kCast, 0, 2},
    {'n', "floor($)", "n", Effect::kCast, 0, 0},
    {'n', "ceil($)", "n", Effect::kCast, 0, 0},
    {'n', "sign($)", "n", Effect::kNew, 1, 0},
    {'n', "$::numeric", "i", Effect::kCast, 0, 0},
    {'n', "$::numeric", "b", Effect::kCast, 0, 0},
    {'n', "$::numeric(12,2)", "n", Effect::kCast, 1e9, 2, true},
    {'n', "extract(epoch from $)", "m", Effect::kNew, 1e13, 6, true},
    {'n', "extract(second from $)", "m", Effect::kNew, 60, 6, true},
    {'n', "extract(day from $)", "z", Effect::kNew, 31, 0, true},
    {'f', "($ + $)", "ff", Effect::kSum},
    {'f', "($ - $)", "ff", Effect::kSum},
    {'f', "($ * $)", "ff", Effect::kProduct},
    {'f', "($ + $)", "fi", Effect::kSum},
    {'f', "($ * $)", "if", Effect::kProduct},
    {'f', "($ / nullif($, 0))", "ff", Effect::kQuotient},
    {'f', "(- $)", "f", Effect::kFirst},
    {'f', "abs($)", "f", Effect::kFirst},
    {'f', "floor($)", "f", Effect::kFirst, 1},
    {'f', "round($)", "f", Effect::kFirst, 1},
    {'f', "sign($)", "f", Effect::kNew, 1},
    {'f', "sqrt(abs($))", "f", Effect::kQuotient},
    {'f', "$::double precision", "i", Effect::kCast},
    {'f', "$::double precision", "n", Effect::kQuotient},
    {'t', "($ || $)", "tt", Effect::kNew},
    {'t', "($ || $)", "ti", Effect::kNew},
    {'t', "upper($)", "t", Effect::kNew},
    {'t', "lower($)", "t", Effect::kNew},
    {'t', "initcap($)", "t", Effect::kNew},
    {'t', "reverse($)", "t", Effect::kNew},
    {'t', "left($, 2)", "t", Effect::kNew},
    {'t', "right($, 1)", "t", Effect::kNew},
    {'t', "substr($, 2)", "t", Effect::kNew},
    {'t', "substring($ from 2 for 1)", "t", Effect::kNew},
    {'t', "replace($, 'a', $)", "tt", Effect::kNew},
    {'t', "btrim($)", "t", Effect::kNew},
    {'t', "ltrim($, 'a')", "t", Effect::kNew},
    {'t', "lpad($, 3, '*')", "t", Effect::kNew},
    {'t', "rpad($, 3, 'xy')", "t", Effect::kNew},
    {'t', "repeat($, 2)", "t", Effect::kNew},
    {'t', "concat($, $, $)", "tio", Effect::kNew},
    {'t', "concat_ws('-', $, $)", "tn", Effect::kNew},
    {'t', "split_part($, ' ', 1)", "t", Effect::kNew},
    {'t', "translate($, 'ab', 'x')", "t", Effect::kNew},
    {'t', "$::text", "i", Effect::kNew},
    {'t', "$::text", "n", Effect::kNew},
    {'t', "$::text", "f", Effect::kNew},
    {'t', "$::text", "o", Effect::kNew},
    {'t', "$::text", "d", Effect::kNew},
    {'t', "$::text", "m", Effect::kNew},
    {'t', "$::text", "v", Effect::kNew},
    {'t', "$::text", "j", Effect::kNew},
    {'t', "$::text", "I", Effect::kNew},
    {'t', "($ ->> 'a')", "j", Effect::kNew},
    {'t', "jsonb_typeof($)", "j", Effect::kNew},
    {'t', "to_char($, 'YYYY-MM-DD')", "m", Effect::kNew, 0, 0, true},
    {'t', "array_to_string($, ',')", "T", Effect::kNew},
    {'t', "($)[1]", "T", Effect::kNew},
    {'t', "regexp_replace($, '[ab]', 'z')", "t", Effect::kNew},
    {'d', "($ + 1)", "d", Effect::kTime},
    {'d', "($ - 30)", "d", Effect::kTime},
    {'d', "$::date", "m", Effect::kTime},
    {'d', "date_trunc('month', $)::date", "m", Effect::kTime},
    {'m', "$::timestamp", "d", Effect::kTime},
    {'m', "($ + $)", "mv", Effect::kTime, 0, 0, true},
    {'m', "($ - $)", "mv", Effect::kTime, 0, 0, true},
    {'m', "date_trunc('hour', $)", "m", Effect::kTime},
    {'m', "($ at time zone 'UTC')", "z", Effect::kTime},
    {'m', "date_bin('15 minutes', $, timestamp '2000-01-01')", "m", Effect::kTime, 0, 0, true},
    {'z', "($ at time zone 'UTC')", "m", Effect::kTime},
    {'z', "($ + $)", "zv", Effect::kTime, 0, 0, true},
    {'z', "date_trunc('day', $)", "z", Effect::kTime},
    {'v', "($ - $)", "mm", Effect::kTime, 0, 0, true},
    {'v', "($ + $)", "vv", Effect::kTime, 0, 0, true},
    {'v', "(- $)", "v", Effect::kTime, 0, 0, true},
    {'v', "age($, $)", "mm", Effect::kTime, 0, 0, true},
    {'j', "to_jsonb($::text)", "t", Effect::kNew},
    {'j', "to_jsonb($)", "i", Effect::kNew},
    {'j', "to_jsonb($)", "o", Effect::kNew},
    {'j', "to_jsonb($)", "T", Effect::kNew},
    {'j', "($ -> 'a')", "j", Effect::kNew},
    {'j', "($ -> 0)", "j", Effect::kNew},
    {'j', "($ #> '{b,0}')", "j", Effect::kNew},
    {'I', "array[$, $]", "ii", Effect::kEither},
    {'I', "array_append($, $)", "Ii", Effect::kEither},
    {'I', "($ || $)", "II", Effect::kEither},
    {'I', "($)[1:2]", "I", Effect::kFirst},
    {'I', "array_remove($, $)", "Ii", Effect::kFirst},
    {'T', "array[$, $]", "tt", Effect::kNew},
    {'T', "($ || $)", "TT", Effect::kNew},
    {'T', "string_to_array($, ' ')", "t", Effect::kNew},
    {'T', "array_prepend($, $)", "tT", Effect::kNew},
};

// x stands for the kind that is wanted.
constexpr const char* kForAll[][2] = {
    {"coalesce($, $)", "xx"},
    {"nullif($, $)", "xx"},
    {"greatest($, $)", "xx"},
    {"least($, $)", "xx"},
    {"case when $ then $ else $ end", "oxx"},
    {"case when $ then $ when $ then $ end", "oxox"},
    {"case $ when $ then $ else $ end", "iixx"},
};

constexpr double kMany = 1e24;

Facts combined(const Rule& rule, const std::vector<Expression>& args) {
  const Kind kind = static_cast<Kind>(rule.result);
  Facts facts = args[0].facts;
  for (const Expression& arg : args) {
    facts = either(kind, facts, arg.facts);
  }
  return facts;
}

bool is_integer(Kind kind) {
  return kind == Kind::kInt2 || kind == Kind::kInt4 || kind == Kind::kInt8;
}

Facts product(const Rule& rule, const std::vector<Expression>& args) {
  Facts facts = combined(rule, args);
  facts.bound = (args[0].facts.bound + 1) * (args.back().facts.bound + 1);
  facts.scale = args[0].facts.scale + args.back().facts.scale;
  const int a = args[0].facts.fixed, b = args.back().facts.fixed;
  facts.fixed = a >= 0 && b >= 0 ? a + b : -1;
  facts.canonical = facts.fixed >= 0 && rule.result != 'f';
  return facts;
}

Facts quotient(const Rule& rule, const std::vector<Expression>& args) {
  Facts facts = combined(rule, args);
  const bool rounded = std::string_view(rule.pattern).substr(0, 5) == "round";
  facts.bound = args[0].facts.bound * std::pow(10, args.back().facts.scale) + 1;
  facts.scale = rounded ? 4 : 20;
  facts.fixed = rounded ? 4 : -1;
  facts.canonical = rounded;
  facts.exact = false;
  return facts;
}

Facts of_its_own(const Rule& rule) {
  Facts facts;
  facts.bound = rule.bound;
  facts.fixed = facts.scale = rule.fixed;
  facts.canonical = rule.result != 'f';
  return facts;
}

// What is known of the result; nothing where it might not fit.
std::optional<Facts> facts_of(const Rule& rule, const std::vector<Expression>& args) {
  const Kind kind = static_cast<Kind>(rule.result);
  for (const Expression& arg : args) {
    if (rule.finite && !arg.facts.finite) return std::nullopt;
  }
  Facts facts = combined(rule, args);
  switch (rule.effect) {
    case Effect::kNew: return of_its_own(rule);
    case Effect::kEither: break;
    case Effect::kFirst:
      facts = args[0].facts;
      facts.canonical = facts.canonical && rule.result != 'f';
      break;
    case Effect::kSum:
      facts.bound = args[0].facts.bound + args.back().facts.bound + 1;
      facts.fixed = args[0].facts.fixed >= 0 && args.back().facts.fixed >= 0
                        ? std::max(args[0].facts.fixed, args.back().facts.fixed)
                        : -1;
      facts.canonical = rule.result != 'f' && facts.fixed >= 0;
      break;
    case Effect::kProduct: facts = product(rule, args); break;
    case Effect::kQuotient: facts = quotient(rule, args); break;
    case Effect::kCast:
      facts.fixed = rule.fixed;
      facts.scale = std::max(rule.fixed, 0);
      facts.canonical = true;
      if (rule.result == 'n') facts.bound += 1;
      if (rule.bound > 0 && facts.bound > rule.bound) return std::nullopt;
      if (rule.result == 'f' && facts.bound > 1e6) facts.exact = false;
      break;
    case Effect::kTime: facts.canonical = rule.result != 'v'; break;
  }
  if (is_integer(kind)) facts.fixed = 0, facts.canonical = true;
  if (is_integer(kind) && facts.bound > limit_of(kind)) return std::nullopt;
  if (facts.bound * std::pow(10, facts.scale) > kMany) return std::nullopt;
  if (facts.bound > 1e9) facts.exact = false;
  return facts;
}

bool has_rule(Kind kind) { return kind != Kind::kBool; }

std::string sort_of(Kind kind) { return std::string(1, static_cast<char>(kind)); }

std::vector<std::string> simpler_values(Kind kind) {
  return {fmt::format("null::{}", sql_name(kind))};
}

}  // namespace

std::optional<Expression> Grammar::column(Kind kind, const Scope& scope) {
  std::vector<const Column*> fitting;
  for (const Column& column : scope.columns) {
    if (column.kind == kind) fitting.push_back(&column);
  }
  const bool outward = scope.outer && (fitting.empty() || random_.chance(0.25));
  if (outward && random_.chance(0.7)) {
    for (const Scope* outer = scope.outer; outer; outer = outer->outer) {
      for (const Column& column : outer->columns) {
        if (column.kind == kind && column.plain) fitting.push_back(&column);
      }
    }
  }
  if (fitting.empty()) return std::nullopt;
  const Column& column = *pick(fitting);
  return Expression{word(column.ref, sort_of(kind)), kind, column.facts};
}

Expression Grammar::leaf(Kind kind, int depth, const Scope& scope, bool bare) {
  if (random_.chance(0.85)) {
    if (const auto named = column(kind, scope)) return *named;
    if (depth > -2 && random_.chance(0.5)) {
      if (auto made = by_rule(kind, depth - 1, scope)) return *made;
    }
  }
  return random_literal(random_, kind, bare);
}

Expression Grammar::argument(Kind kind, int depth, const Scope& scope) {
  if (kind == Kind::kBool) return {form("($)", {condition(depth, scope)}), kind, {}};
  if (depth <= 0) return leaf(kind, depth, scope, true);
  return random_.chance(0.4) ? leaf(kind, depth, scope, true) : expression(kind, depth, scope);
}

std::optional<Expression> Grammar::by_rule(Kind kind, int depth, const Scope& scope) {
  std::vector<const Rule*> fitting;
  for (const Rule& rule : kRules) {
    if (static_cast<Kind>(rule.result) == kind) fitting.push_back(&rule);
  }
  Rule rule{static_cast<char>(kind), "", "", Effect::kEither};
  std::string arguments;
  if (!has_rule(kind) || (depth > 0 && random_.chance(0.25))) {
    const auto& chosen = kForAll[random_.below(std::size(kForAll))];
    rule.pattern = chosen[0];
    arguments = chosen[1];
    std::replace(arguments.begin(), arguments.end(), 'x', static_cast<char>(kind));
  } else {
    rule = *pick(fitting);
    arguments = rule.arguments;
  }
  std::vector<PartPtr> parts;
  std::vector<Expression> values;
  for (const char letter : arguments) {
    Expression e = argument(static_cast<Kind>(letter), depth - 1, scope);
    parts.push_back(e.sql);
    const bool asks = rule.effect == Effect::kEither && letter != static_cast<char>(kind) &&
                      arguments.find(static_cast<char>(kind)) != std::string::npos;
    if (!asks) values.push_back(std::move(e));
  }
  if (values.empty()) return std::nullopt;
  const auto facts = facts_of(rule, values);
  if (!facts) return std::nullopt;
  note("expression");
  return Expression{form(rule.pattern, parts, sort_of(kind), simpler_values(kind)), kind, *facts};
}

Expression Grammar::expression(Kind kind, int depth, const Scope& scope) {
  if (kind == Kind::kBool) {
    return {form("($)", {condition(depth, scope)}, sort_of(kind), simpler_values(kind)), kind, {}};
  }
  if (depth > 0 && scope.inputs && random_.chance(0.6)) {
    if (auto made = aggregate(kind, depth - 1, *scope.inputs, false)) return *made;
  }
  if (depth > 0 && scope.over && random_.chance(0.4)) {
    if (auto made = over(kind, depth - 1, scope)) return *made;
  }
  if (depth > 0 && scope.outer && random_.chance(0.25)) {
    if (auto made = outer_aggregate(kind, depth - 1, scope)) return *made;
  }
  if (depth > 1 && plain_ == 0 && random_.chance(0.12)) return scalar_subquery(kind, depth, scope);
  if (depth > 0 && random_.chance(0.55)) {
    if (auto made = by_rule(kind, depth, scope)) return *made;
  }
  return leaf(kind, depth, scope, false);
}

Expression Grammar::canonical(Expression e, const Scope& scope) {
  if (e.facts.canonical) return e;
  if (e.kind == Kind::kNumeric) {
    e.sql = form("round($, 2)", {e.sql}, "n", simpler_values(e.kind));
    e.facts.fixed = e.facts.scale = 2;
    e.facts.bound += 1;
  } else if (e.kind == Kind::kFloat8) {
    e.sql = form("($ + 0::double precision)", {e.sql}, "f", simpler_values(e.kind));
  } else {
    Scope none;
    for (int i = 0; i < 5 && !e.facts.canonical; ++i) e = leaf(e.kind, -2, scope, false);
    if (!e.facts.canonical) e = leaf(e.kind, -2, none, false);
  }
  e.facts.canonical = true;
  return e;
}

Expression Grammar::key(Kind kind, int depth, const Scope& scope) {
  ++plain_;
  Expression out = canonical(expression(kind, depth, scope), scope);
  --plain_;
  return out;
}

Expression Grammar::sort_key(int depth, const Scope& scope) {
  const Kind kind = random_kind(random_);
  if (plain_ > 0 || !random_.chance(0.1)) return key(kind, depth, scope);
  note("sub-query as a key");
  return canonical(scalar_subquery(kind, 2, scope), scope);
}

// One row at most: an aggregate of all, or the first in an order.
Expression Grammar::scalar_subquery(Kind kind, int depth, const Scope& scope) {
  note(scope.columns.empty() ? "scalar sub-query" : "scalar sub-query in a scope");
  const Context context{std::min(depth - 1, 1), &scope, true};
  Relation inner = from(context);
  const Scope within{inner.columns, &scope, nullptr, false, true};
  std::vector<PartPtr> parts{nullptr, inner.sql};
  std::optional<Expression> value = aggregate(kind, 1, within, false);
  const bool grouped = value && random_.chance(0.6);
  if (!grouped) value = key(kind, 1, within);
  parts[0] = value->sql;
  parts.push_back(random_.chance(0.6) ? clause(" where $", {condition(1, within)}) : word(""));
  parts.push_back(grouped ? word("") : word(" order by 1 limit 1"));
  return {form("(select $ from $$$)", parts, sort_of(kind), simpler_values(kind)), kind,
          value->facts};
}

}  // namespace weir::differ
