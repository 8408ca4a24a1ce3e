#include <fmt/core.h>

#include "sql/tree_reader_internal.h"

namespace weir::sql {

namespace {

void read_alias(From& from, Json body) {
  Json alias;
  if (body["alias"].get(alias)) return;
  from.alias = text_at(alias, "aliasname");
  each(alias, "colnames", [&](Json name) { from.column_aliases.push_back(string_of(name)); });
}

int32_t location_of(Json body) { return static_cast<int32_t>(number_at(body, "location")); }

From read_function(Json body) {
  From from;
  from.kind = FromKind::kFunction;
  from.lateral = true;  // a function sees the items to its left in any case
  from.ordinality = flag_at(body, "ordinality");
  each(body, "functions", [&](Json list) {
    simdjson::dom::array items;
    if (tagged(list).body["items"].get(items)) return;
    for (const Json item : items) {  // the function, then its column definitions
      if (!tagged(item).tag.empty()) from.calls.push_back(read_expr(item));
      break;
    }
  });
  each(body, "coldeflist", [&](Json node) {
    from.column_definitions.push_back(read_field(tagged(node).body));
  });
  const Expr* only = from.calls.size() == 1 ? from.calls[0].get() : nullptr;
  const bool plain = only && only->kind == ExprKind::kCall && only->arg_names.empty();
  if (plain && !only->variadic) {
    from.name = from.calls[0]->name;
    from.args = std::move(from.calls[0]->args);
    from.location = from.calls[0]->location;
    from.calls.clear();
  } else if (!from.calls.empty()) {
    from.location = from.calls[0]->location;
  }
  read_alias(from, body);
  return from;
}

From read_join(Json body) {
  From from;
  from.kind = FromKind::kJoin;
  from.natural = flag_at(body, "isNatural");
  const std::string_view type = text_at(body, "jointype");
  from.join = type == "JOIN_LEFT"    ? JoinKind::kLeft
              : type == "JOIN_RIGHT" ? JoinKind::kRight
              : type == "JOIN_FULL"  ? JoinKind::kFull
                                     : JoinKind::kInner;
  from.left = std::make_unique<From>(read_from(body["larg"].value_unsafe()));
  from.right = std::make_unique<From>(read_from(body["rarg"].value_unsafe()));
  from.location = from.right->location;
  each(body, "usingClause", [&](Json name) { from.using_columns.push_back(string_of(name)); });
  Json quals;
  if (!body["quals"].get(quals)) from.on = read_expr(quals);
  if (from.join == JoinKind::kInner && !from.on && from.using_columns.empty())
    from.join = JoinKind::kCross;
  read_alias(from, body);
  Json merged;
  if (!body["join_using_alias"].get(merged)) from.using_alias = text_at(merged, "aliasname");
  return from;
}

// (a, b) stands for both.
std::vector<ExprPtr> read_group_list(Json node) {
  std::vector<ExprPtr> list;
  if (tagged(node).tag == "RowExpr") {
    each(tagged(node).body, "args", [&](Json e) { list.push_back(read_expr(e)); });
  } else {
    list.push_back(read_expr(node));
  }
  return list;
}

GroupingItem read_grouping_item(Json node) {
  GroupingItem item;
  const Tagged t = tagged(node);
  item.location = location_of(t.body);
  if (t.tag != "GroupingSet") {
    item.lists.push_back(read_group_list(node));
    return item;
  }
  const std::string_view kind = text_at(t.body, "kind");
  item.kind = kind == "GROUPING_SET_ROLLUP" ? GroupingKind::kRollup
              : kind == "GROUPING_SET_CUBE" ? GroupingKind::kCube
              : kind == "GROUPING_SET_SETS" ? GroupingKind::kSets
                                            : GroupingKind::kEmpty;
  each(t.body, "content", [&](Json part) {
    if (item.kind == GroupingKind::kSets) {
      item.items.push_back(read_grouping_item(part));
    } else {
      item.lists.push_back(read_group_list(part));
    }
  });
  return item;
}

void read_groups(Select& select, Json body) {
  bool sets = false;
  each(body, "groupClause", [&](Json node) { sets = sets || tagged(node).tag == "GroupingSet"; });
  select.group_distinct = flag_at(body, "groupDistinct");
  each(body, "groupClause", [&](Json node) {
    if (sets) {
      select.grouping.push_back(read_grouping_item(node));
    } else {
      for (ExprPtr& e : read_group_list(node)) select.group_by.push_back(std::move(e));
    }
  });
}

void read_core(Select& select, Json body) {
  each(body, "distinctClause", [&](Json item) {
    select.distinct = true;
    if (!tagged(item).tag.empty()) select.distinct_on.push_back(read_expr(item));
  });
  select.items = read_items(body, "targetList");
  each(body, "fromClause", [&](Json node) { select.from.push_back(read_from(node)); });
  Json clause;
  if (!body["whereClause"].get(clause)) select.where = read_expr(clause);
  if (!body["havingClause"].get(clause)) select.having = read_expr(clause);
  read_groups(select, body);
  each(body, "windowClause",
       [&](Json node) { select.windows.push_back(read_window(tagged(node).body)); });
  each(body, "valuesLists", [&](Json node) {
    std::vector<ExprPtr> row;
    each(tagged(node).body, "items", [&](Json item) { row.push_back(read_expr(item)); });
    select.values.push_back(std::move(row));
  });
}

}  // namespace

From read_from(Json node) {
  const Tagged t = tagged(node);
  if (t.tag == "JoinExpr") return read_join(t.body);
  if (t.tag == "RangeFunction") return read_function(t.body);
  From from;
  from.location = location_of(t.body);
  if (t.tag == "RangeSubselect") {
    from.kind = FromKind::kSubquery;
    from.lateral = flag_at(t.body, "lateral");
    from.select = read_select(tagged(t.body["subquery"].value_unsafe()).body);
    from.location = from.select->location;
  } else if (t.tag == "RangeVar") {
    from.kind = FromKind::kTable;
    from.schema = text_at(t.body, "schemaname");
    from.name = text_at(t.body, "relname");
  } else {
    from.kind = FromKind::kFunction;
    const bool sample = t.tag == "RangeTableSample";
    from.calls.push_back(
        unsupported(t.body, sample ? "TABLESAMPLE" : fmt::format("{} in FROM", t.tag)));
  }
  read_alias(from, t.body);
  return from;
}

void read_with(Select& select, Json body) {
  Json with;
  if (body["withClause"].get(with)) return;
  select.recursive = flag_at(with, "recursive");
  each(with, "ctes", [&](Json node) {
    const Json cte = tagged(node).body;
    CommonTable table;
    table.name = text_at(cte, "ctename");
    table.location = location_of(cte);
    each(cte, "aliascolnames", [&](Json name) { table.columns.push_back(string_of(name)); });
    if (has(cte, "search_clause")) table.unsupported = "SEARCH";
    if (has(cte, "cycle_clause")) table.unsupported = "CYCLE";
    const Tagged query = tagged(cte["ctequery"].value_unsafe());
    if (query.tag != "SelectStmt") table.unsupported = "a change inside WITH";
    if (query.tag == "SelectStmt") table.select = read_select(query.body);
    select.with.push_back(std::move(table));
  });
}

std::vector<SelectItem> read_items(Json body, const char* key) {
  std::vector<SelectItem> items;
  each(body, key, [&](Json node) {
    const Json target = tagged(node).body;
    SelectItem item;
    item.alias = text_at(target, "name");
    item.expr = read_expr(target["val"].value_unsafe());
    items.push_back(std::move(item));
  });
  return items;
}

SortItem read_sort(Json node) {
  const Json body = tagged(node).body;
  SortItem item;
  item.expr = read_expr(body["node"].value_unsafe());
  item.descending = text_at(body, "sortby_dir") == "SORTBY_DESC";
  if (text_at(body, "sortby_dir") == "SORTBY_USING") {
    std::string by;
    each(body, "useOp", [&](Json part) { by = string_of(part); });
    item.descending = by == ">";
    if (by != ">" && by != "<") item.expr = unsupported(body, "ORDER BY USING " + by);
  }
  const std::string_view nulls = text_at(body, "sortby_nulls");
  if (nulls == "SORTBY_NULLS_FIRST") item.nulls_first = true;
  if (nulls == "SORTBY_NULLS_LAST") item.nulls_first = false;
  return item;
}

SelectPtr read_select(Json body, bool may_store) {
  auto select = std::make_unique<Select>();
  read_with(*select, body);
  read_core(*select, body);
  if (!may_store && has(body, "intoClause"))
    select->where = unsupported(body, "SELECT INTO inside of a statement");
  const std::string_view op = text_at(body, "op");
  select->op = op == "SETOP_UNION"       ? SetOp::kUnion
               : op == "SETOP_INTERSECT" ? SetOp::kIntersect
               : op == "SETOP_EXCEPT"    ? SetOp::kExcept
                                         : SetOp::kNone;
  select->all = flag_at(body, "all");
  Json side;
  if (select->op != SetOp::kNone) {
    if (!body["larg"].get(side)) select->left = read_select(side, may_store);
    if (!body["rarg"].get(side)) select->right = read_select(side);
  }
  each(body, "sortClause", [&](Json node) { select->order.push_back(read_sort(node)); });
  Json bound;
  if (!body["limitCount"].get(bound)) select->limit = read_expr(bound);
  if (!body["limitOffset"].get(bound)) select->offset = read_expr(bound);
  select->with_ties = text_at(body, "limitOption") == "LIMIT_OPTION_WITH_TIES";
  select->locking = has(body, "lockingClause");
  if (!select->items.empty()) select->location = select->items[0].expr->location;
  if (!select->values.empty() && !select->values[0].empty())
    select->location = select->values[0][0]->location;
  if (select->left) select->location = select->left->location;
  return select;
}

}  // namespace weir::sql
