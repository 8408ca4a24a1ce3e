// Whole queries: SELECT with its clauses, set operations, VALUES, WITH and WITH RECURSIVE.
#include <algorithm>

#include <fmt/core.h>

#include "differ/grammar.h"

namespace weir::differ {

namespace {

constexpr double kMostRows = 300;
constexpr int kWhole = 2;  // the depth of whole queries, whose columns nobody counts

std::string name_of(size_t column) { return fmt::format("c{}", column + 1); }

}  // namespace

Grammar::Kinds Grammar::random_kinds() {
  Kinds kinds(1 + random_.below(3));
  for (Kind& kind : kinds) kind = random_kind(random_);
  return kinds;
}

PartPtr Grammar::direction() {
  return word(one_of({"", "", " desc", " nulls first", " desc nulls last"}));
}

PartPtr Grammar::order_by_all(const Relation& query) {
  std::vector<PartPtr> items;
  for (size_t i = 0; i < query.columns.size(); ++i) {
    items.push_back(form("$$", {word(std::to_string(i + 1)), direction()}));
  }
  return word(render(*list(items, ", ")));
}

// A number of rows, as text or by a sub-query.
PartPtr Grammar::row_count(uint64_t most, const Scope& scope) {
  if (plain_ > 0 || !random_.chance(0.2)) return word(std::to_string(most));
  note("limit by a sub-query");
  const Relation source = named();
  const Scope within{source.columns, scope.outer};
  ++plain_;
  const PartPtr where = clause(" where $", {condition(1, within)});
  --plain_;
  return form(fmt::format("(select least(count(*), {}) from $$)", most), {source.sql, where}, "",
              {std::to_string(most)});
}

// LIMIT of an order that is total by all columns; WITH TIES of one that need not be.
PartPtr Grammar::order_and_limit(Relation& query, const Scope& scope, bool hidden) {
  note("order by and limit");
  const uint64_t count = 1 + random_.below(5);
  query.rows = std::min(query.rows, static_cast<double>(count));
  if (random_.chance(0.15)) {
    note("with ties");
    query.rows = std::max(query.rows, 20.0);
    const std::string by = std::to_string(1 + random_.below(query.columns.size()));
    return clause(fmt::format(" order by {}$ fetch first $ rows with ties", by),
                  {direction(), row_count(count, scope)});
  }
  PartPtr first = word("");
  if (hidden && random_.chance(0.3))
    first = form("$$, ", {sort_key(1, scope).sql, direction()}, "", {""});
  PartPtr limit = clause(" limit $", {row_count(count, scope)});
  if (random_.chance(0.3)) {
    note("offset");
    limit = form("$$", {limit, clause(" offset $", {row_count(random_.below(4), scope)})});
  }
  return clause(" order by $$$", {first, order_by_all(query), limit});
}

// A key that is always there, sets of the others, one set times another.
PartPtr Grammar::mixed_sets(std::vector<PartPtr> items) {
  const PartPtr first = items[0];
  items.erase(items.begin());
  std::vector<PartPtr> parts{random_.chance(0.5) ? first : form("rollup ($)", {first})};
  if (!items.empty()) {
    const std::string sets = one_of({"cube", "rollup", "grouping sets"});
    parts.push_back(form(sets + " ($)", {list(std::move(items), ", ")}));
  }
  if (random_.chance(0.3)) parts.push_back(form("grouping sets (($), ())", {first}));
  return form(" group by $", {list(std::move(parts), ", ")});
}

// Rows of the time around now, as they are or counted: they come and go without a change.
PartPtr Grammar::recent() {
  std::vector<std::pair<const NamedRelation*, const Column*>> times;
  for (const NamedRelation& relation : relations_) {
    for (const Column& column : relation.columns) {
      if (column.kind == Kind::kTimestamptz && column.facts.canonical)
        times.push_back({&relation, &column});
    }
  }
  if (times.empty()) return nullptr;
  note("condition on now()");
  const auto& [table, time] = pick(times);
  static const std::vector<std::string> kSpans = {"0", "1 hour", "1 day", "3 days", "40 days"};
  std::vector<PartPtr> bounds;
  const std::string lower = one_of({" > now() - interval '", " >= now() - interval '"});
  const std::string upper = one_of({" <= now() + interval '", " < now() + interval '"});
  if (random_.chance(0.8)) bounds.push_back(word("q1." + time->name + lower + pick(kSpans) + "'"));
  if (bounds.empty() || random_.chance(0.6))
    bounds.push_back(word("q1." + time->name + upper + pick(kSpans) + "'"));
  Scope scope{table->columns};
  for (Column& column : scope.columns) column.ref = "q1." + column.name;
  ++plain_;
  if (random_.chance(0.3)) bounds.push_back(condition(1, scope));
  const Expression by = key(random_kind(random_), 1, scope);
  const Expression value = expression(random_kind(random_), 1, scope);
  --plain_;
  const PartPtr rows = form("$ q1 where $", {word(table->name), list(bounds, " and ")});
  return random_.chance(0.5)
             ? form("select $ as c1, $ as c2 from $", {by.sql, value.sql, rows}, "query")
             : form("select s.c1, count(*) as n, count(s.c2) as m from (select $ as c1, $ as c2 "
                    "from $) s group by s.c1",
                    {by.sql, value.sql, rows}, "query");
}

// A column, an expression of columns, or a sub-query, which is known again by its text.
Expression Grammar::grouping_key(const Scope& scope) {
  const Scope own{scope.columns};
  if (plain_ == 0 && random_.chance(0.08)) {
    note("sub-query as a key");
    ++one_text_;
    const Scope within{scope.columns, scope.outer};
    Expression e = canonical(scalar_subquery(random_kind(random_), 2, within), own);
    --one_text_;
    return e;
  }
  const auto named = random_.chance(0.7) ? column(random_kind(random_), own) : std::nullopt;
  return named ? canonical(*named, own) : key(random_kind(random_), 1, own);
}

// Who groups by a table's primary key may name its other columns.
void Grammar::add_dependents(const Scope& scope, Grouped& grouped) {
  for (const Column& key : scope.columns) {
    const bool is_key = !key.row_of.empty() && key.name == "a" && key.plain;
    const bool grouped_by =
        is_key && std::any_of(grouped.keys.begin(), grouped.keys.end(),
                              [&](const Column& other) { return other.ref == key.ref; });
    if (!grouped_by || random_.chance(0.3)) continue;
    note("columns that follow from a grouped key");
    for (const Column& column : scope.columns) {
      if (column.row_of == key.row_of && column.name != "a") grouped.keys.push_back(column);
    }
  }
}

Grammar::Grouped Grammar::group(const Scope& scope) {
  Grouped out;
  std::vector<PartPtr> items;
  std::string kind;
  if (random_.chance(0.25)) kind = one_of({"rollup", "cube", "grouping sets", "mix"});
  for (uint64_t i = random_.chance(0.1) ? 0 : 1 + random_.below(3); i-- > 0;) {
    const Expression e = grouping_key(scope);
    const std::string text = render(*e.sql);
    const bool plain = std::any_of(scope.columns.begin(), scope.columns.end(),
                                   [&](const Column& column) {
                                     return column.ref == text && column.plain;
                                   });
    const bool constant =
        text.find("(select ") == std::string::npos &&
        std::none_of(scope.columns.begin(), scope.columns.end(), [&](const Column& column) {
          return text.find(column.ref) != std::string::npos;
        });
    // Of sets plain columns only: PostgreSQL 15 folds other keys before it looks for them.
    if (constant || (!kind.empty() && !plain)) continue;
    out.keys.push_back({text, "", e.kind, e.facts, plain});
    items.push_back(e.sql);
  }
  out.having = word("");
  out.sql = word("");
  if (items.empty()) return out;
  if (kind.empty()) {
    note("group by");
    out.sql = form(" group by $", {list(items, ", ")});
    add_dependents(scope, out);
    return out;
  }
  out.sets = true;
  out.sql = sets_of(kind, std::move(items));
  return out;
}

PartPtr Grammar::sets_of(const std::string& kind, std::vector<PartPtr> items) {
  note(kind);
  if (kind == "mix") return mixed_sets(std::move(items));
  if (kind == "grouping sets") {
    for (PartPtr& item : items) item = form("($)", {item});
    if (random_.chance(0.6)) items.push_back(word("()"));
  }
  return form(" group by " + kind + " ($)", {list(items, ", ")});
}

// The rows of each key that are first in an order of everything that is shown.
PartPtr Grammar::distinct_on(Relation& query, const Scope& scope, PartPtr& order) {
  note("distinct on");
  const PartPtr on = sort_key(1, scope).sql;
  order = form(" order by $$, $", {on, direction(), order_by_all(query)});
  return form("distinct on ($) ", {on});
}

// Rows from the select list: as many as the longer of two lists, which are in step.
void Grammar::show_rows(const Scope& scope, std::vector<PartPtr>& items, Relation& out) {
  note("set-returning function in the select list");
  for (uint64_t i = 1 + random_.below(2); i-- > 0;) {
    const std::string name = name_of(items.size());
    const Kind array = random_.chance(0.5) ? Kind::kInt4Array : Kind::kTextArray;
    const Kind kind = array == Kind::kInt4Array ? Kind::kInt4 : Kind::kText;
    if (random_.chance(0.4)) {
      const PartPtr end = word(std::to_string(random_.between(0, 3)));
      items.push_back(form("generate_series(1, $) as " + name, {end}));
      out.columns.push_back({name, name, Kind::kInt4, {true, 0, 0, true, true, 10}});
      continue;
    }
    const Expression e = expression(array, 1, Scope{scope.columns, scope.outer});
    items.push_back(form("unnest($) as " + name, {e.sql}));
    out.columns.push_back({name, name, kind, e.facts});
  }
  out.rows *= 3;
}

std::vector<PartPtr> Grammar::show(const Kinds& kinds, const Scope& scope, bool canonical,
                                   Relation& out) {
  std::vector<PartPtr> items;
  for (const Kind kind : kinds) {
    Expression e = expression(kind, 2, scope);
    if (canonical) e = this->canonical(std::move(e), scope);
    const std::string name = name_of(items.size());
    items.push_back(form("$ as " + name, {e.sql}));
    out.columns.push_back({name, name, kind, e.facts});
  }
  if (render(*list(items, ",")).find(" over (") != std::string::npos) note("query with windows");
  return items;
}

Relation Grammar::select(const Kinds& kinds, const Context& context) {
  Relation source;
  if (random_.chance(0.97)) source = from({context.depth, context.outer, false});
  return select_from(source, kinds, context);
}

Relation Grammar::select_from(const Relation& source, const Kinds& kinds,
                              const Context& context) {
  Scope scope{source.columns, context.outer};
  const PartPtr where = source.sql && random_.chance(0.6)
                            ? clause(" where $", {condition(2, scope)}) : word("");
  Scope shown = scope;
  Grouped grouped{{}, word(""), word(""), false};
  const bool groups = source.sql && random_.chance(0.35);
  Relation out{nullptr, {}, source.sql ? source.rows : 1};
  if (groups) {
    grouped = group(scope);
    shown = Scope{grouped.keys, context.outer, &scope, false, !grouped.sets};
    if (random_.chance(0.3)) {
      note("having");
      grouped.having = clause(" having $", {condition(1, shown)});
    }
    if (grouped.keys.empty()) out.rows = 1;
  }
  const uint64_t end = random_.below(10);  // 0: DISTINCT; 1: DISTINCT ON; 2, 3: LIMIT
  shown.over = source.sql && random_.chance(0.3);
  PartPtr total_window;
  shown.total_window = &total_window;
  std::vector<PartPtr> items = show(kinds, shown, context.canonical || end <= 3, out);
  const bool rows = context.depth == kWhole && source.sql && !groups && !shown.over && end > 3 &&
                    random_.chance(0.15);
  if (rows) show_rows(scope, items, out);
  PartPtr order = word(""), distinct = word(end == 0 ? "distinct " : "");
  if (end == 0) note("distinct");
  shown.over = false;
  if (end == 1 && source.sql) distinct = distinct_on(out, shown, order);
  if (end == 2 || end == 3) order = order_and_limit(out, shown, true);
  out.sql = form("select $$$$$$$", {distinct, list(items, ", "),
                                    source.sql ? form(" from $", {source.sql}) : word(""), where,
                                    grouped.sql, grouped.having, order},
                 "query");
  return out;
}

Relation Grammar::set_operation(const Kinds& kinds, const Context& context) {
  const std::string op = one_of({"union", "union all", "intersect", "intersect all", "except",
                                 "except all", "union all"});
  note(op);
  const Context inner{context.depth - 1, context.outer, op != "union all" || context.canonical};
  const Relation a = any_query(kinds, inner);
  const Relation b = any_query(kinds, inner);
  Relation out{form("($) " + op + " ($)", {a.sql, b.sql}, "query"), a.columns, a.rows + b.rows};
  for (size_t i = 0; i < kinds.size(); ++i)
    out.columns[i].facts = either(kinds[i], a.columns[i].facts, b.columns[i].facts);
  // Numbers of two scales may be equal and look different: which of them stays is left open.
  const bool open = std::any_of(out.columns.begin(), out.columns.end(),
                                [](const Column& column) { return !column.facts.canonical; });
  if (!open && random_.chance(0.15)) {
    const PartPtr end = order_and_limit(out, {}, false);
    out.sql = form("$$", {out.sql, end}, "query");
  }
  if ((context.canonical || op != "union all") && open) return select(kinds, context);
  return out;
}

Relation Grammar::values(const Kinds& kinds, const Context& context) {
  note("values");
  const Scope scope{{}, context.outer};
  Relation out;
  std::vector<PartPtr> rows;
  out.rows = static_cast<double>(1 + random_.below(3));
  for (int row = 0; row < static_cast<int>(out.rows); ++row) {
    std::vector<PartPtr> row_parts;
    for (size_t i = 0; i < kinds.size(); ++i) {
      Expression e = expression(kinds[i], 0, scope);
      if (context.canonical) e = canonical(std::move(e), scope);
      row_parts.push_back(e.sql);
      const std::string name = fmt::format("column{}", i + 1);
      if (row == 0) out.columns.push_back({name, name, kinds[i], e.facts});
      else out.columns[i].facts = either(kinds[i], out.columns[i].facts, e.facts);
    }
    rows.push_back(form("($)", {list(row_parts, ", ")}));
  }
  out.sql = form("values $", {list(rows, ", ")}, "query");
  const bool open = std::any_of(out.columns.begin(), out.columns.end(),
                                [](const Column& column) { return !column.facts.canonical; });
  if (context.canonical && open) return select(kinds, context);
  return out;
}

// Counts up to a number, along with a column that a step may take from a table.
NamedRelation Grammar::recursive(std::vector<PartPtr>& definitions, const Context& context) {
  note("with recursive");
  NamedRelation out{fmt::format("r{}", ++aliases_), {}, 40};
  const Kind kind = random_kind(random_);
  const Relation start = select({kind}, {std::min(context.depth, 1), nullptr, true});
  const Facts steps{true, 0, 0, true, true, 10};
  const Column counter{"n", "n", Kind::kInt4, steps};
  Column value{"v", "v", kind, start.columns[0].facts};
  value.facts.bound = std::max(value.facts.bound, 10.0);
  const Relation beside = named();
  Scope scope{beside.columns};
  std::optional<Expression> taken = column(kind, scope);
  const bool joins = taken && taken->facts.canonical && start.rows * beside.rows < kMostRows / 4 &&
                     either(kind, taken->facts, value.facts).canonical;
  if (joins) value.facts = either(kind, taken->facts, value.facts);
  const std::string all = one_of({"union", "union all"});
  const std::string from = joins ? fmt::format("{} r, $", out.name) : fmt::format("{} r", out.name);
  std::vector<PartPtr> parts{start.sql};
  if (joins) parts.push_back(taken->sql);
  if (joins) parts.push_back(beside.sql);
  definitions.push_back(form(
      fmt::format("{}(n, v) as (select 0, s.c1 from ($) s {} select r.n + 1, {} from {} where r.n "
                  "< {}{})",
                  out.name, all, joins ? "$" : "r.v", from, 1 + random_.below(joins ? 2 : 4),
                  joins ? " and r.v is distinct from " + render(*taken->sql) : std::string()),
      parts));
  out.columns = {counter, value};
  out.rows = start.rows * (joins ? beside.rows : 5);
  return out;
}

Relation Grammar::with(const Kinds& kinds, const Context& context) {
  note("with");
  const size_t before = common_tables_.size();
  std::vector<PartPtr> definitions;
  bool recurses = false;
  for (uint64_t i = 1 + random_.below(2); i-- > 0;) {
    if (random_.chance(0.3)) {
      recurses = true;
      common_tables_.push_back(recursive(definitions, context));
      continue;
    }
    const Relation query = any_query(random_kinds(), {context.depth - 1, nullptr, false});
    const std::string name = fmt::format("w{}", ++aliases_);
    definitions.push_back(form(name + " as ($)", {query.sql}));
    common_tables_.push_back({name, query.columns, query.rows});
  }
  Relation out = select(kinds, context);
  out.sql = form(std::string(recurses ? "with recursive $ $" : "with $ $"),
                 {list(definitions, ", "), out.sql}, "query");
  common_tables_.resize(before);
  return out;
}

Relation Grammar::any_query(const Kinds& kinds, const Context& context) {
  const uint64_t kind = random_.below(20);
  if (context.depth > 0 && kind < 3) return set_operation(kinds, context);
  if (context.depth > 0 && kind == 3) return with(kinds, context);
  if (kind == 4 && random_.chance(0.3)) return values(kinds, context);
  return select(kinds, context);
}

Relation Grammar::query() {
  aliases_ = 0;
  Kinds kinds(1 + random_.below(4));
  for (Kind& kind : kinds) kind = random_kind(random_);
  note("query");
  return any_query(kinds, {2, nullptr, false});
}

std::vector<PartPtr> Grammar::family() {
  aliases_ = 0;
  note("queries that share");
  const Context context{1, nullptr, false};
  const Relation hub = random_.chance(0.7) ? named() : from(context);
  const Column key = pick(hub.columns);
  const bool one_source = !hub.columns[0].row_of.empty() && random_.chance(0.3);
  std::vector<PartPtr> out;
  for (uint64_t i = 2 + random_.below(3); i-- > 0;) {
    const Relation other = random_.chance(0.7) ? named() : relation(context, false);
    Relation source = hub;
    const auto fits = [&](const Column& column) { return column.kind == key.kind; };
    const auto match = std::find_if(other.columns.begin(), other.columns.end(), fits);
    if (!one_source && match != other.columns.end()) {
      const std::string kind = one_of({"join", "left join", "right join", "full join", "join"});
      source.columns.insert(source.columns.end(), other.columns.begin(), other.columns.end());
      source.rows = std::max(hub.rows * other.rows / 3, hub.rows);
      source.sql = form("($ " + kind + " $ on $ = $)",
                        {hub.sql, other.sql, word(key.ref), word(match->ref)}, "from");
    }
    out.push_back(select_from(source, random_kinds(), context).sql);
  }
  return out;
}

std::vector<PartPtr> Grammar::partition() {
  aliases_ = 0;
  note("partition by a condition");
  const Relation source = from({1, nullptr, false});
  const Scope scope{source.columns};
  const PartPtr by = condition(2, scope);
  std::vector<PartPtr> items;
  for (const Kind kind : random_kinds()) {
    items.push_back(form(fmt::format("$ as {}", name_of(items.size())),
                         {expression(kind, 1, scope).sql}));
  }
  std::vector<PartPtr> out;
  const PartPtr shown = list(items, ", ");
  for (const char* tail : {"", " where $", " where not ($)", " where ($) is null"}) {
    out.push_back(form(std::string("select $ from $") + tail, {shown, source.sql, by}, "query"));
  }
  return out;
}

}  // namespace weir::differ
