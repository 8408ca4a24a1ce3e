// Aggregates and window functions.
#include <algorithm>

#include <fmt/core.h>

#include "differ/grammar.h"

namespace weir::differ {

namespace {

struct Call {
  char result;
  const char* pattern;
  char argument;          // 0: none
  double times = 1;       // the result may be so many times the argument's bound
  bool canonical = true;  // the argument must be: it is shown
  int fixed = -2;         // of a numeric; -2: as the argument
  bool plain = true;      // may be called over a window
};

constexpr double kRows = 1000;

constexpr Call kCalls[] = {
    {'b', "count(*)", 0, kRows, false, 0},
    {'b', "count($)", 'i', kRows, false, 0},
    {'b', "count($)", 't', kRows, false, 0},
    {'b', "count(distinct $)", 'i', kRows, false, 0, false},
    {'b', "count(distinct $)", 'n', kRows, false, 0, false},
    {'b', "count(distinct $)", 't', kRows, false, 0, false},
    {'b', "sum($)", 'i', kRows, false, 0},
    {'b', "sum($)", 's', kRows, false, 0},
    {'b', "sum(distinct $)", 'i', kRows, false, 0, false},
    {'i', "min($)", 'i'},
    {'i', "max($)", 'i'},
    {'i', "bit_and($)", 'i', 2},
    {'i', "bit_or($)", 'i', 2},
    {'i', "bit_xor($)", 'i', 2},
    {'i', "count(*)::integer", 0, kRows, false, 0, false},
    {'i', "mode() within group (order by $)", 'i', 1, true, -2, false},
    {'i', "percentile_disc(0.5) within group (order by $)", 'i', 1, true, -2, false},
    {'s', "min($)", 's'},
    {'s', "max($)", 's'},
    {'b', "min($)", 'b'},
    {'b', "max($)", 'b'},
    {'b', "bit_or($)", 'b', 2},
    {'n', "sum($)", 'b', kRows, false, 0},
    {'n', "sum($)", 'n', kRows, false},
    {'n', "sum(distinct $)", 'n', kRows, true, -2, false},
    {'n', "avg($)", 'i', 1, false, -1},
    {'n', "avg($)", 'b', 1, false, -1},
    {'n', "avg($)", 'n', 1, false, -1},
    {'n', "round(avg($), 3)", 'n', 1, false, 3, false},
    {'n', "min($)", 'n'},
    {'n', "max($)", 'n'},
    {'n', "round(variance($), 4)", 's', 1e10, false, 4, false},
    {'n', "round(stddev_pop($), 4)", 's', 1e10, false, 4, false},
    {'f', "sum($)", 'f', kRows},
    {'f', "avg($)", 'f'},
    {'f', "min($)", 'f'},
    {'f', "max($)", 'f'},
    {'t', "min($)", 't'},
    {'t', "max($)", 't'},
    {'t', "string_agg($, ',' order by %)", 't', 1, true, -2, false},
    {'t', "string_agg($, '' order by % desc nulls last)", 't', 1, true, -2, false},
    {'t', "string_agg(distinct $, '-')", 't', 1, true, -2, false},
    {'t', "string_agg($::text, ';' order by %)", 'i', 1, true, -2, false},
    {'t', "mode() within group (order by $ desc)", 't', 1, true, -2, false},
    {'o', "bool_and($)", 'o'},
    {'o', "bool_or($)", 'o'},
    {'d', "min($)", 'd'},
    {'d', "max($)", 'd'},
    {'m', "min($)", 'm'},
    {'m', "max($)", 'm'},
    {'z', "min($)", 'z'},
    {'z', "max($)", 'z'},
    {'v', "min($)", 'v'},
    {'v', "sum($)", 'v', 1, false},
    {'v', "avg($)", 'v', 1, false},
    {'j', "jsonb_agg($ order by %)", 'i', 1, true, -2, false},
    {'j', "jsonb_agg($ order by %)", 't', 1, true, -2, false},
    {'j', "jsonb_object_agg($, % order by %)", 't', 1, true, -2, false},
    {'j', "jsonb_agg(distinct $)", 'n', 1, true, -2, false},
    {'I', "array_agg($ order by %)", 'i', 1, true, -2, false},
    {'I', "array_agg(distinct $)", 'i', 1, true, -2, false},
    {'I', "array_agg($ order by % desc nulls first)", 'i', 1, true, -2, false},
    {'T', "array_agg($ order by %)", 't', 1, true, -2, false},
    {'T', "array_agg(distinct $ order by % desc)", 't', 1, true, -2, false},
    {'I', "percentile_disc(array[0, 0.5, 1]) within group (order by $)", 'i', 1, true, -2, false},
    {'f', "percentile_cont(0.25) within group (order by $)", 'i', 1, true, -2, false},
    {'v', "percentile_disc(0.3) within group (order by $ desc)", 'v', 1, true, -2, false},
    {'d', "mode() within group (order by $)", 'd', 1, true, -2, false},
    {'n', "avg(distinct $)", 'i', 1, false, -1, false},
    {'b', "count(distinct $)", 'j', kRows, true, 0, false},
    {'b', "count(distinct $)", 'I', kRows, true, 0, false},
    {'b', "regr_count($, %::double precision)", 'f', kRows, false, 0, false},
    {'b', "rank(1) within group (order by $)", 'i', kRows, false, 0, false},
    {'b', "dense_rank('b') within group (order by $ desc)", 't', kRows, false, 0, false},
    {'o', "every($)", 'o'},
};

struct OverCall {
  char result;
  const char* pattern;
  char argument;
  bool total;   // answers differ between peers
  bool frame;
};

constexpr OverCall kOverCalls[] = {
    {'b', "row_number()", 0, true, false}, {'b', "rank()", 0, false, false},
    {'b', "dense_rank()", 0, false, false}, {'f', "percent_rank()", 0, false, false},
    {'f', "cume_dist()", 0, false, false}, {'i', "ntile(3)", 0, true, false},
    {'x', "lag($)", 'x', true, false},     {'x', "lead($)", 'x', true, false},
    {'x', "lag($, 2)", 'x', true, false},  {'x', "lead($, 1, %)", 'x', true, false},
    {'x', "first_value($)", 'x', true, true}, {'x', "last_value($)", 'x', true, true},
    {'x', "nth_value($, 2)", 'x', true, true},
};

std::optional<Facts> facts_of(const Call& call, const Facts& of) {
  Facts facts = of;
  facts.bound = (of.bound + 1) * call.times;
  if (call.argument == 0) facts.bound = kRows * 100;
  if (call.result == 'b' && std::string_view(call.pattern).substr(0, 5) == "count") {
    facts = Facts{};
    facts.bound = 1e5;
  }
  if (call.argument == 'i' && call.result == 'f') facts.exact = facts.canonical = false;
  const bool ranks = std::string_view(call.pattern).find("rank(") != std::string_view::npos ||
                     std::string_view(call.pattern).substr(0, 10) == "regr_count";
  if (ranks) facts = Facts{}, facts.bound = 1e5;
  const bool average = call.fixed == -1;
  if (call.fixed != -2) facts.fixed = call.fixed;
  if (average) facts.scale = 20;
  if (call.fixed >= 0) facts.scale = call.fixed;
  const bool picks = call.times == 1 && call.canonical;
  if (call.result == 'n' && !picks) facts.canonical = facts.fixed >= 0;
  if (call.result == 'v' || call.result == 'f') facts.canonical = picks;
  if (std::string_view(call.pattern) == "avg($)" && call.result == 'f') facts.exact = false;
  if (std::string_view("sib").find(call.result) != std::string_view::npos) {
    if (facts.bound > limit_of(static_cast<Kind>(call.result)) && !picks) return std::nullopt;
    facts.fixed = 0;
  }
  if (facts.bound > 1e20) return std::nullopt;
  return facts;
}

std::string sort_of(Kind kind) { return std::string(1, static_cast<char>(kind)); }

// Sums of infinities and of floats that are not exact depend on the order of rows.
bool refused(const Call& call, const Facts& facts) {
  const std::string_view pattern = call.pattern;
  if (call.argument == 'f' && call.times > 1) return !facts.exact;
  if (call.argument == 'f' && pattern == "avg($)") return !facts.exact;
  if (pattern.find("variance") != std::string_view::npos) return facts.bound > 1e6;
  if (call.argument == 'v') return !facts.finite;
  if (pattern.substr(0, 15) == "percentile_cont") return facts.bound > 1e6;
  return false;
}

}  // namespace

std::optional<Expression> Grammar::aggregate(Kind kind, int depth, const Scope& inputs,
                                             bool over) {
  std::vector<const Call*> fitting;
  for (const Call& call : kCalls) {
    if (static_cast<Kind>(call.result) == kind && (!over || call.plain)) fitting.push_back(&call);
  }
  if (fitting.empty()) return std::nullopt;
  const Call& call = *pick(fitting);
  Scope local = inputs;
  local.outer = nullptr;
  local.over = false;
  if (!over) local.inputs = nullptr;
  std::vector<PartPtr> parts;
  Facts facts;
  if (call.argument != 0) {
    if (local.columns.empty()) return std::nullopt;
    Expression e = expression(static_cast<Kind>(call.argument), std::min(depth, 1), local);
    if (call.canonical) e = canonical(e, local);
    if (refused(call, e.facts)) return std::nullopt;
    facts = e.facts;
    parts.push_back(e.sql);
  }
  if (std::string_view(call.pattern).find("object_agg") != std::string_view::npos)
    parts[0] = form("coalesce($, '')", {parts[0]});
  const auto result = facts_of(call, facts);
  if (!result) return std::nullopt;
  note(over ? "aggregate over a window" : "aggregate");
  PartPtr sql = form(call.pattern, parts, sort_of(kind),
                     {fmt::format("null::{}", sql_name(kind))});
  const bool cast = std::string_view(call.pattern).find("::integer") != std::string_view::npos ||
                    std::string_view(call.pattern).substr(0, 5) == "round";
  if (!over && !cast && random_.chance(0.2)) {
    note("filter");
    sql = form("$$", {sql, clause(" filter (where $)", {condition(1, local)})}, sort_of(kind));
  }
  return Expression{sql, kind, *result};
}

// Of a query around, over columns of its FROM: there it is computed, and the sub-query names it.
std::optional<Expression> Grammar::outer_aggregate(Kind kind, int depth, const Scope& scope) {
  const Scope* outer = scope.outer;
  while (outer && !outer->inputs) outer = outer->outer;
  if (!outer) return std::nullopt;
  Scope own{outer->inputs->columns};
  std::erase_if(own.columns, [](const Column& column) { return !column.plain; });
  ++plain_;
  const auto made = aggregate(kind, depth, own, false);
  --plain_;
  if (!made) return std::nullopt;
  const std::string text = render(*made->sql);
  // Without a column it would be one of the sub-query.
  const bool names = std::any_of(
      own.columns.begin(), own.columns.end(),
      [&](const Column& column) { return text.find(column.ref) != std::string::npos; });
  if (!names) return std::nullopt;
  note("aggregate of an outer query");
  return *made;
}

// All columns of the scope: rows that tie are the same to everyone.
PartPtr Grammar::total_order(const Scope& scope) {
  std::vector<PartPtr> items;
  std::vector<const Column*> columns;
  for (const Column& column : scope.columns) columns.push_back(&column);
  for (size_t i = columns.size(); i > 1; --i) std::swap(columns[i - 1], columns[random_.below(i)]);
  for (const Column* column : columns) {
    items.push_back(form("$$", {word(column->ref), direction()}));
    if (!column->facts.canonical) items.push_back(word(column->ref + "::text"));
  }
  return word(render(*list(items, ", ")));  // one piece: with a part of it ties would matter
}

std::string Grammar::frame(bool ordered, bool rows) {
  note("frame");
  const std::string mode = !ordered ? "range" : rows ? one_of({"rows", "groups"})
                                                     : one_of({"range", "groups"});
  const std::string begin = one_of({"unbounded preceding", "2 preceding", "current row"});
  const std::string end = one_of({"current row", "1 following", "unbounded following"});
  const bool offsets = mode != "range";
  return fmt::format(" {} between {} and {}{}", mode,
                     offsets || begin[0] != '2' ? begin : "unbounded preceding",
                     offsets || end[0] != '1' ? end : "unbounded following",
                     one_of({"", "", " exclude current row", " exclude ties", " exclude group"}));
}

PartPtr Grammar::window(const Scope& scope, bool total, bool may_frame) {
  const Scope within{scope.columns};
  const auto partition = [&] {
    if (!random_.chance(0.6)) return word("");
    return clause("partition by $ ", {sort_key(1, within).sql});
  };
  const bool frames = may_frame && random_.chance(0.6);
  if (scope.total_window && (total || (scope.total && random_.chance(0.4)))) {
    PartPtr& shared = *scope.total_window;
    if (!shared) {
      const PartPtr by = partition();
      shared = whole(*form("$order by $", {by, total_order(scope)}));
    }
    return form("$$", {shared, frames ? clause(frame(true, true), {}) : word("")});
  }
  const PartPtr by = partition();
  const bool ordered = random_.chance(0.8);
  const PartPtr order =
      ordered ? form("order by $$", {sort_key(1, within).sql, direction()})
              : word("");
  return form("$$$", {by, order, frames ? clause(frame(ordered, false), {}) : word("")});
}

std::optional<Expression> Grammar::over(Kind kind, int depth, const Scope& scope) {
  Scope within = scope;
  within.over = false;
  if (scope.columns.empty()) return std::nullopt;
  if (random_.chance(0.5)) {
    const auto call = aggregate(kind, depth, within, true);
    if (!call) return std::nullopt;
    return Expression{form("$ over ($)", {call->sql, window(within, false, true)}, sort_of(kind)),
                      kind, call->facts};
  }
  std::vector<const OverCall*> fitting;
  for (const OverCall& call : kOverCalls) {
    if (static_cast<Kind>(call.result) == kind || call.result == 'x') fitting.push_back(&call);
  }
  const OverCall& call = *pick(fitting);
  if (call.total && !(scope.total && scope.total_window)) return std::nullopt;
  Facts facts;
  facts.bound = 1e5;
  facts.fixed = 0;
  std::vector<PartPtr> parts;
  if (call.argument != 0) {
    const Expression e = expression(kind, std::min(depth, 1), within);
    facts = e.facts;
    parts.push_back(e.sql);
  }
  if (kind == Kind::kFloat8) facts.exact = false, facts.canonical = call.argument == 0;
  note("window function");
  return Expression{form("$ over ($)",
                         {form(call.pattern, parts), window(within, call.total, call.frame)},
                         sort_of(kind), {fmt::format("null::{}", sql_name(kind))}),
                    kind, facts};
}

}  // namespace weir::differ
