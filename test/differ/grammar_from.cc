// What stands in FROM: relations by name, sub-queries, VALUES, functions, and joins of them.
#include <algorithm>

#include <fmt/core.h>

#include "differ/grammar.h"

namespace weir::differ {

namespace {

constexpr double kMostRows = 300;

std::vector<Column> qualified(const std::vector<Column>& columns, const std::string& alias) {
  std::vector<Column> out = columns;
  for (Column& column : out) {
    column.ref = alias + "." + column.name;
    column.plain = true;
  }
  return out;
}

}  // namespace

Relation Grammar::named() {
  const bool common = !common_tables_.empty() && random_.chance(0.5);
  const NamedRelation& named = pick(common ? common_tables_ : relations_);
  if (common) note("common table");
  const std::string alias = this->alias();
  std::vector<Column> columns = qualified(named.columns, alias);
  for (Column& column : columns) column.row_of = named.keyed ? alias : "";
  return {word(fmt::format("{} {}", named.name, alias), "from"), std::move(columns), named.rows};
}

Relation Grammar::derived(const Context& context, bool lateral) {
  note(lateral ? "lateral" : "sub-query in from");
  const Relation inner = any_query(random_kinds(), context);
  const std::string alias = this->alias();
  return {form(fmt::format("{}($) {}", lateral ? "lateral " : "", alias), {inner.sql}),
          qualified(inner.columns, alias), inner.rows};
}

Relation Grammar::function(const Context& context, bool lateral) {
  const std::string alias = this->alias();
  const bool ordinality = random_.chance(0.3);
  const Scope scope{{}, lateral ? context.outer : nullptr};
  Column element{alias + ".v", "v", Kind::kInt4, {}};
  element.facts.bound = 1e6;
  element.facts.fixed = 0;
  PartPtr call;
  if (random_.chance(0.4)) {
    note("generate_series");
    const PartPtr start = word(std::to_string(random_.between(-1, 2)));
    call = form("generate_series($, $)", {start, word(std::to_string(random_.between(0, 4)))});
  } else {
    note("unnest");
    const bool text = random_.chance(0.4);
    element.kind = text ? Kind::kText : Kind::kInt4;
    const Kind array = text ? Kind::kTextArray : Kind::kInt4Array;
    const Expression e = expression(array, 1, scope);
    element.facts = e.facts;
    call = form("unnest($)", {e.sql});
  }
  std::vector<Column> columns{element};
  if (ordinality) {
    columns.push_back({alias + ".o", "o", Kind::kInt8, {}});
    columns.back().facts.bound = 1e4;
    columns.back().facts.fixed = 0;
  }
  const std::string pattern = fmt::format("${} {}(v{})", ordinality ? " with ordinality" : "",
                                          alias, ordinality ? ", o" : "");
  return {form(pattern, {call}), columns, 4};
}

Relation Grammar::relation(const Context& context, bool lateral) {
  const uint64_t kind = random_.below(20);
  const Context inner{context.depth - 1, context.outer, false};
  if (kind < 4 && context.depth > 0) return derived(inner, lateral);
  if (kind == 4) return function(context, lateral);
  if (kind == 6 || kind == 7) {
    if (auto window = time_window()) return *window;
  }
  if (kind == 5) {
    const std::string alias = this->alias();
    const Relation rows = values(random_kinds(), inner);
    std::string names;
    std::vector<Column> columns = qualified(rows.columns, alias);
    for (const Column& column : columns) names += (names.empty() ? "" : ", ") + column.name;
    return {form(fmt::format("($) {}({})", alias, names), {rows.sql}), columns, rows.rows};
  }
  return named();
}

PartPtr Grammar::join_condition(const Relation& left, const Relation& right,
                                const Context& context, bool equal) {
  Scope both{left.columns, context.outer};
  both.columns.insert(both.columns.end(), right.columns.begin(), right.columns.end());
  std::vector<PartPtr> parts;
  std::vector<std::pair<const Column*, const Column*>> pairs;
  for (const Column& a : left.columns) {
    for (const Column& b : right.columns) {
      if (a.kind == b.kind) pairs.push_back({&a, &b});
    }
  }
  if (equal && !pairs.empty()) {
    for (uint64_t i = 1 + random_.below(2); i-- > 0;) {
      const auto& [a, b] = pick(pairs);
      parts.push_back(form("$ = $", {word(a->ref), word(b->ref)}, "?", {"true"}));
    }
    if (random_.chance(0.3)) parts.push_back(condition(1, both));
  } else {
    parts.push_back(condition(1, both));
  }
  return list(parts, " and ");
}

// USING and NATURAL: the columns that both have, once.
std::optional<PartPtr> Grammar::shared_columns(const Relation& left, const Relation& right,
                                               std::vector<Column>& columns) {
  std::vector<Column> shared;
  std::map<std::string, int> seen;
  for (const Column& column : columns) ++seen[column.name];
  for (const Column& a : left.columns) {
    for (const Column& b : right.columns) {
      if (a.name != b.name) continue;
      if (a.kind != b.kind || seen[a.name] != 2) return std::nullopt;
      Column merged = a;
      merged.ref = a.name;
      merged.facts = either(a.kind, a.facts, b.facts);
      merged.plain = false;  // of a full join an expression, which no sub-query may name
      merged.row_of.clear();
      shared.push_back(merged);
    }
  }
  if (shared.empty()) return std::nullopt;
  columns.insert(columns.end(), shared.begin(), shared.end());
  if (random_.chance(0.4)) return word("natural ");
  std::vector<PartPtr> names;
  for (const Column& column : shared) names.push_back(word(column.name));
  return form(" using ($)", {list(names, ", ")});
}

// The last row of a table up to a time: an asof join, where it is written as one.
std::optional<Relation> Grammar::asof(const Relation& left) {
  const NamedRelation& right = pick(relations_);
  std::vector<std::pair<const Column*, const Column*>> times, keys;
  constexpr std::string_view kTimes = "ibdmz";
  for (const Column& a : left.columns) {
    for (const Column& b : right.columns) {
      if (a.kind != b.kind) continue;
      keys.push_back({&a, &b});
      if (kTimes.find(static_cast<char>(a.kind)) != std::string_view::npos)
        times.push_back({&a, &b});
    }
  }
  if (times.empty()) return std::nullopt;
  note("asof join");
  const auto& time = pick(times);
  const auto& key = pick(keys);
  const std::string inner = alias(), outer = alias();
  std::vector<PartPtr> order;
  for (const Column& column : right.columns) {  // total: which of several at one time it is
    order.push_back(word(inner + "." + column.name));
    if (!column.facts.canonical) order.push_back(word(inner + "." + column.name + "::text"));
  }
  const bool equal = random_.chance(0.7);
  const bool left_join = random_.chance(0.6);
  const std::string pattern = fmt::format(
      "($ {} lateral (select * from {} {} where {}{}.{} <= {} order by {}.{} desc, $ limit 1) {} "
      "on true)",
      left_join ? "left join" : "join", right.name, inner,
      equal ? fmt::format("{}.{} = {} and ", inner, key.second->name, key.first->ref) : "", inner,
      time.second->name, time.first->ref, inner, time.second->name, outer);
  Relation out{form(pattern, {left.sql, list(order, ", ")}), left.columns, left.rows};
  for (Column& column : qualified(right.columns, outer)) out.columns.push_back(column);
  return out;
}

Relation Grammar::join(Relation left, const Context& context) {
  const Scope visible{left.columns, context.outer};
  const bool lateral = random_.chance(0.35);
  const Context inner{context.depth, lateral ? &visible : context.outer, false};
  const Relation right = relation(inner, lateral);
  Relation out{nullptr, left.columns, left.rows * right.rows};
  out.columns.insert(out.columns.end(), right.columns.begin(), right.columns.end());
  const bool may_cross = out.rows <= kMostRows;
  static const std::vector<std::string> kJoins = {"join", "left join", "right join", "full join"};
  const std::string kind = lateral ? one_of({"join", "left join"}) : one_of(kJoins);
  if (may_cross && random_.chance(0.15)) {
    note("cross join");
    out.sql = form("($ cross join $)", {left.sql, right.sql}, "from");
    return out;
  }
  note(kind);
  if (!lateral && random_.chance(0.25)) {
    if (const auto shared = shared_columns(left, right, out.columns)) {
      const std::string text = render(**shared);
      note(text[0] == 'n' ? "natural join" : "join using");
      out.sql = text[0] == 'n'
                    ? form("($ natural " + kind + " $)", {left.sql, right.sql}, "from")
                    : form("($ " + kind + " $$)", {left.sql, right.sql, *shared}, "from");
      out.rows /= 2;
      return out;
    }
  }
  const bool equal = !may_cross || kind == "full join" || random_.chance(0.75);
  if (!equal) note("join without equality");
  const Context condition_context{1, lateral ? context.outer : nullptr, false};
  out.sql = form("($ " + kind + " $ on $)",
                 {left.sql, right.sql, join_condition(left, right, condition_context, equal)},
                 "from");
  out.rows = std::max(equal ? out.rows / 3 : out.rows, left.rows);
  return out;
}

Relation Grammar::from(const Context& context) {
  Relation out = relation(context, context.outer != nullptr && random_.chance(0.3));
  bool bare = false;
  while (out.rows < kMostRows && !bare && random_.chance(0.4)) {
    std::optional<Relation> versions;
    if (random_.chance(0.08)) versions = asof(out);
    out = versions ? *versions : join(std::move(out), context);
    // A merged column has no table's name: with another of its name it would mean two.
    bare = std::any_of(out.columns.begin(), out.columns.end(),
                       [](const Column& column) { return column.ref == column.name; });
  }
  if (!bare && out.rows < 20 && random_.chance(0.1)) {
    note("comma in from");
    const Relation more = relation(context, false);
    out.sql = form("$, $", {out.sql, more.sql});
    out.columns.insert(out.columns.end(), more.columns.begin(), more.columns.end());
    out.rows *= more.rows;
  }
  return out;
}

}  // namespace weir::differ
