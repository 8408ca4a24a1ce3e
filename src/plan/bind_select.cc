#include <fmt/core.h>

#include "plan/build.h"
#include "plan/change_binder.h"
#include "plan/over_binder.h"
#include "plan/projection.h"
#include "plan/recursion_rules.h"
#include "plan/rewrite.h"
#include "plan/record_binder.h"

namespace weir::plan {

namespace {

// The name that PostgreSQL gives a column without an alias.
std::string column_name(const sql::Expr& e) {
  switch (e.kind) {
    case sql::ExprKind::kColumn: return e.names.back();
    case sql::ExprKind::kCall: {
      const size_t dot = e.name.rfind('.');
      return dot == std::string::npos ? e.name : e.name.substr(dot + 1);
    }
    case sql::ExprKind::kCast: {
      const std::string inner = column_name(*e.args[0]);
      if (inner != "?column?") return inner;
      return e.type_name.substr(0, e.type_name.find('('));
    }
    case sql::ExprKind::kCase: {
      const std::string inner = e.has_else ? column_name(*e.args.back()) : "?column?";
      return inner == "?column?" ? "case" : inner;
    }
    case sql::ExprKind::kSubscript: return column_name(*e.args[0]);
    case sql::ExprKind::kField: return e.name;
    case sql::ExprKind::kRow: return "row";
    case sql::ExprKind::kArray: return "array";
    case sql::ExprKind::kCoalesce: return "coalesce";
    case sql::ExprKind::kNullIf: return "nullif";
    case sql::ExprKind::kGrouping: return "grouping";
    case sql::ExprKind::kBool: return "bool";
    default: return "?column?";
  }
}

bool is_plain_integer(const sql::Expr& e) { return e.kind == sql::ExprKind::kInteger; }

}  // namespace

bool is_other_constant(const sql::Expr& e) {
  return e.kind == sql::ExprKind::kString || e.kind == sql::ExprKind::kDecimal ||
         e.kind == sql::ExprKind::kBool || e.kind == sql::ExprKind::kNull;
}

Status Binder::refuse_unsupported(const sql::Select& select) const {
  if (!select.locking) return {};
  const bool plain = select.op == sql::SetOp::kNone && select.values.empty() &&
                     !select.distinct && select.group_by.empty() && select.grouping.empty() &&
                     !select.having && select.windows.empty() &&
                     std::none_of(select.items.begin(), select.items.end(), [](const auto& item) {
                       return contains_aggregate(*item.expr) || contains_over(*item.expr);
                     });
  // Whoever runs a query of its own sees to it that its rows stay as they are.
  if (is_view_ || !common_tables_.empty() || !plain)
    return unsupported("FOR UPDATE in a view or sub-query, or of new rows", select.location);
  return {};
}

Result<NodePtr> Binder::renamed(NodePtr node, const sql::CommonTable& table) {
  if (table.columns.empty()) return node;
  if (table.columns.size() > node->schema.size()) {
    return error(1231, "42P10",
                 fmt::format("WITH query \"{}\" has {} columns available but {} columns specified",
                             table.name, node->schema.size(), table.columns.size()),
                 table.location);
  }
  Projection projection(node);
  for (uint32_t i = 0; i < width(node); ++i) {
    const Field& field = node->schema.fields[i];
    const bool named = i < table.columns.size();
    projection.append(expr::column_ref(i, field.type), named ? table.columns[i] : field.name);
  }
  return projection.make();
}

// `base UNION [ALL] step`, where the step reads the table itself.
Result<NodePtr> Binder::bind_recursive(const sql::CommonTable& table) {
  const sql::Select& select = *table.select;
  if (select.op != sql::SetOp::kUnion || select.limit || !select.order.empty()) {
    return error(1256, "42P19",
                 fmt::format("recursive query \"{}\" does not have the form non-recursive-term "
                             "UNION [ALL] recursive-term",
                             table.name),
                 table.location);
  }
  if (const std::string wrong = wrong_recursion(*select.right, table.name); !wrong.empty())
    return error(1276, "42P19", wrong, select.right->location);
  const NodePtr base = TRY(renamed(TRY(bind_query(*select.left)).node, table));
  const RecursiveSpec spec{fmt::format("{}#{}", table.name, ++last_level_), !select.all};
  std::vector<uint32_t> all(base->schema.size());
  for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  common_tables_.back()[table.name] = make_scan(spec.relation, base->schema, nullptr, all);
  NodePtr step = TRY(bind_query(*select.right)).node;
  if (step->schema.size() != base->schema.size()) {
    return error(1242, "42601", "each UNION query must have the same number of columns",
                 select.right->location);
  }
  std::vector<ExprPtr> exprs;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < all.size(); ++i) {
    const Type type = base->schema.fields[i].type;
    const Type other = step->schema.fields[i].type;
    if (type.id != other.id) {
      return error(1216, "42804",
                   fmt::format("recursive query \"{}\" column {} has type {} in non-recursive "
                               "term but type {} overall",
                               table.name, i + 1, type.name(), other.name()),
                   select.left->location);
    }
    exprs.push_back(TRY(coerce(expr::column_ref(i, other), type, select.right->location)));
    names.push_back(base->schema.fields[i].name);
  }
  step = make_project(std::move(step), std::move(exprs), std::move(names));
  return make_recursive(base, std::move(step), spec);
}

Result<Binder::Bound> Binder::bind_query(const sql::Select& select) {
  TRY_VOID(refuse_unsupported(select));
  common_tables_.emplace_back();
  const size_t base = query_base_;
  query_base_ = levels_.size();
  Result<Bound> bound = bind_with(select);
  query_base_ = base;
  common_tables_.pop_back();
  return bound;
}

Result<Binder::Bound> Binder::bind_with(const sql::Select& select) {
  TRY_VOID(bind_common_tables(select));
  return bind_core(select);
}

Status Binder::bind_common_tables(const sql::Select& select) {
  for (const sql::CommonTable& table : select.with) {
    if (!table.unsupported.empty()) return unsupported(table.unsupported, table.location);
    if (common_tables_.back().contains(table.name)) {
      return error(1247, "42712",
                   fmt::format("WITH query name \"{}\" specified more than once", table.name),
                   table.location);
    }
    const bool recursive = select.recursive && reads_relation(*table.select, table.name);
    NodePtr node = recursive ? TRY(bind_recursive(table))
                             : TRY(renamed(TRY(bind_query(*table.select)).node, table));
    common_tables_.back()[table.name] = std::move(node);
  }
  return {};
}

Result<NodePtr> Binder::bind_values(const sql::Select& select) {
  const size_t width = select.values[0].size();
  std::vector<std::vector<ExprPtr>> rows;
  for (const auto& row : select.values) {
    if (row.size() != width) {
      return error(1240, "42601", "VALUES lists must all be the same length",
                   row.empty() ? 0 : row[0]->location);
    }
    rows.push_back(TRY(bind_all(row, Scope(), nullptr)));
  }
  Schema schema;
  for (size_t c = 0; c < width; ++c) {
    std::vector<ExprPtr> column;
    for (const auto& row : rows) column.push_back(row[c]);
    const Type type = TRY(common_type(column, "VALUES", select.location));
    schema.fields.push_back({fmt::format("column{}", c + 1), type});
    for (size_t r = 0; r < rows.size(); ++r) {
      rows[r][c] =
          expr::fold_constants(TRY(coerce(rows[r][c], type, select.values[r][c]->location)));
    }
  }
  const auto is_literal = [](const ExprPtr& e) { return e->kind == expr::ExprKind::kLiteral; };
  std::vector<std::vector<Value>> values;
  for (const auto& row : rows) {
    if (!std::all_of(row.begin(), row.end(), is_literal)) return values_of(schema, rows);
    values.emplace_back();
    for (const ExprPtr& e : row) values.back().push_back(e->literal);
  }
  return make_values(std::move(schema), std::move(values));
}

// Rows that are computed: each a projection of one row.
Result<NodePtr> Binder::values_of(const Schema& schema,
                                  const std::vector<std::vector<ExprPtr>>& rows) {
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  std::vector<NodePtr> all;
  for (const auto& row : rows) {
    NodePtr one = one_row();
    std::vector<ExprPtr> exprs;
    for (const ExprPtr& e : row) {
      TRY_VOID(no_rows(e));
      exprs.push_back(TRY(attach_all(one, e)));
    }
    all.push_back(make_project(std::move(one), std::move(exprs), names));
  }
  return all.size() == 1 ? all[0] : make_union_all(std::move(all));
}

NodePtr Binder::one_row() {
  return make_values({{{"dummy", TypeId::kInt4}}}, {{Value{TypeId::kInt4, int64_t{0}}}});
}

namespace {

const char* name_of(sql::SetOp op) {
  return op == sql::SetOp::kUnion ? "UNION" : op == sql::SetOp::kIntersect ? "INTERSECT" : "EXCEPT";
}

}  // namespace

Result<NodePtr> Binder::bind_set_operation(const sql::Select& select) {
  const char* name = name_of(select.op);
  std::vector<NodePtr> sides{TRY(bind_side(*select.left)), TRY(bind_side(*select.right))};
  if (sides[0]->schema.size() != sides[1]->schema.size()) {
    return error(1242, "42601",
                 fmt::format("each {} query must have the same number of columns", name),
                 select.right->location);
  }
  std::vector<std::vector<ExprPtr>> columns(2);
  std::vector<std::string> names;
  for (uint32_t i = 0; i < sides[0]->schema.size(); ++i) {
    std::vector<ExprPtr> both;
    for (const NodePtr& side : sides)
      both.push_back(expr::column_ref(i, side->schema.fields[i].type));
    const Type type = TRY(common_type(both, name, select.right->location));
    for (size_t s = 0; s < 2; ++s) {
      // A literal of a plain SELECT has no type of its own: the other side gives it one.
      const bool unknown = both[s]->type.id == TypeId::kUnknown;
      const ExprPtr& value =
          unknown ? std::get<ProjectSpec>(sides[s]->spec).exprs[i] : both[s];
      columns[s].push_back(TRY(coerce(value, type, select.location)));
    }
    names.push_back(sides[0]->schema.fields[i].name);
  }
  for (size_t s = 0; s < 2; ++s)
    sides[s] = make_project(std::move(sides[s]), std::move(columns[s]), names);
  if (select.op != sql::SetOp::kUnion) {
    const auto kind = select.op == sql::SetOp::kIntersect ? SetOperationKind::kIntersect
                                                          : SetOperationKind::kExcept;
    return make_set_operation(std::move(sides[0]), std::move(sides[1]), {kind, select.all});
  }
  NodePtr all = make_union_all(std::move(sides));
  return select.all ? all : make_distinct(std::move(all));
}

// A side's columns without those that its own ORDER BY needs.
Result<NodePtr> Binder::bind_side(const sql::Select& select) {
  keeps_unknown_ = select.op == sql::SetOp::kNone && select.values.empty() && select.with.empty() &&
                   !select.distinct && select.order.empty() && !select.limit && !select.offset;
  Result<Bound> result = bind_query(select);
  keeps_unknown_ = false;
  Bound bound = TRY(std::move(result));
  return select_columns(bound.node, range(0, static_cast<uint32_t>(bound.visible)));
}

Result<std::vector<Binder::Item>> Binder::bind_items(const sql::Select& select, const Scope& scope,
                                                     Grouping* grouping) {
  const bool assigned = &select == assigned_;
  const bool keeps_unknown = std::exchange(keeps_unknown_, false) || assigned;
  std::vector<Item> items;
  for (const sql::SelectItem& item : select.items) {
    const bool star = item.expr->kind == sql::ExprKind::kColumn && item.expr->names.back() == "*";
    if (item.expr->kind == sql::ExprKind::kField && item.expr->name == "*") {
      for (Item& field : TRY(RecordBinder(*this, scope, grouping).all_fields(*item.expr))) {
        items.push_back(std::move(field));
      }
      continue;
    }
    if (!star) {
      ExprPtr bound = TRY(bind(*item.expr, scope, grouping));
      if (bound->type.id == TypeId::kUnknown && !keeps_unknown)
        bound = TRY(coerce(std::move(bound), TypeId::kText, item.expr->location));
      items.push_back({expr::fold_constants(bound),
                       item.alias.empty() ? column_name(*item.expr) : item.alias,
                       item.expr->location});
      continue;
    }
    std::string table;
    for (size_t i = 0; i + 1 < item.expr->names.size(); ++i)
      table += (i > 0 ? "." : "") + item.expr->names[i];
    bool any = false;
    for (const ScopeColumn& column : scope.columns) {
      if (table.empty() ? column.hidden : column.table != table) continue;
      any = true;
      sql::Expr reference;
      reference.kind = sql::ExprKind::kColumn;
      reference.location = item.expr->location;
      if (!column.table.empty()) reference.names.push_back(column.table);
      reference.names.push_back(column.name);
      ExprPtr bound = grouping ? TRY(bind(reference, scope, grouping))
                               : expr::column_ref(column.column, column.type);
      items.push_back({std::move(bound), column.name, item.expr->location});
    }
    if (!any) {
      return error(1213, "42P01",
                   table.empty() ? "SELECT * with no tables specified is not valid"
                                 : fmt::format("missing FROM-clause entry for table \"{}\"", table),
                   item.expr->location);
    }
  }
  if (assigned) TRY_VOID(ChangeBinder(*this).assign_items(items));
  return items;
}

// VALUES and UNION: ORDER BY sees the output's columns only.
Result<Binder::Bound> Binder::bind_combined(const sql::Select& select) {
  NodePtr node = select.values.empty() ? TRY(bind_set_operation(select)) : TRY(bind_values(select));
  Scope output;
  output.add("", node->schema);
  std::vector<SortColumn> order;
  for (const sql::SortItem& item : select.order) {
    uint32_t column = 0;
    if (is_plain_integer(*item.expr)) {
      column = static_cast<uint32_t>(std::stoul(item.expr->text)) - 1;
    } else {
      const ExprPtr by = TRY(bind(*item.expr, output));
      if (by->kind != expr::ExprKind::kColumn) {
        return unsupported("ORDER BY an expression over a UNION", item.expr->location);
      }
      column = by->column;
    }
    if (column >= node->schema.size()) return no_such_position(*item.expr, "ORDER BY");
    order.push_back({column, item.descending, item.nulls_first.value_or(item.descending)});
  }
  const size_t width = node->schema.size();
  return order_and_limit(select, {std::move(node), width, std::move(order)}, output);
}

Error Binder::no_such_position(const sql::Expr& e, const char* clause) const {
  return error(1243, "42P10", fmt::format("{} position {} is not in select list", clause, e.text),
               e.location);
}

// A position, a name of the output, or an expression, which becomes a hidden item where it is not
// one of the items already.
Result<uint32_t> Binder::bind_sort_place(const sql::Expr& e, SelectList& list,
                                         const char* clause) {
  std::vector<Item>& items = list.items;
  const size_t visible = list.visible;
  if (is_plain_integer(e)) {
    const size_t position = std::stoul(e.text);
    if (position < 1 || position > visible) return no_such_position(e, clause);
    return static_cast<uint32_t>(position - 1);
  }
  if (e.kind == sql::ExprKind::kColumn && e.names.size() == 1) {
    std::optional<uint32_t> found;
    for (uint32_t i = 0; i < visible; ++i) {
      if (items[i].name != e.names[0]) continue;
      if (found && !expr::equal(*items[*found].expr, *items[i].expr)) {
        return error(1212, "42702", fmt::format("{} \"{}\" is ambiguous", clause, items[i].name),
                     e.location);
      }
      if (!found) found = i;
    }
    if (found) return *found;
  }
  if (is_other_constant(e)) {
    return error(1248, "42601", fmt::format("non-integer constant in {}", clause), e.location);
  }
  ExprPtr by = TRY(bind(e, list.scope, list.grouping));
  if (by->type.id == TypeId::kUnknown) by = TRY(coerce(std::move(by), TypeId::kText, e.location));
  for (uint32_t i = 0; i < items.size(); ++i) {
    if (expr::equal(*items[i].expr, *by)) return i;
  }
  items.push_back({std::move(by), fmt::format("order{}", items.size()), e.location});
  return static_cast<uint32_t>(items.size() - 1);
}

Result<uint32_t> Binder::bind_sort_item(const sql::Select& select, const sql::SortItem& item,
                                        SelectList& list) {
  const size_t known = list.items.size();
  const uint32_t column = TRY(bind_sort_place(*item.expr, list, "ORDER BY"));
  if (select.distinct && select.distinct_on.empty() && column >= known) {
    return error(1246, "42P10",
                 "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                 item.expr->location);
  }
  return column;
}

Result<NodePtr> Binder::bind_where(const sql::Select& select, Source& source) {
  if (!select.where) return source.node;
  TRY_VOID(refuse_over(*select.where, "WHERE"));
  if (has_aggregate(*select.where, source.scope)) {
    return error(1224, "42803", "aggregate functions are not allowed in WHERE",
                 select.where->location);
  }
  const ExprPtr condition = TRY(bind_boolean(*select.where, source.scope, "WHERE"));
  return where(source.node, condition);
}

// DISTINCT ON: of the rows that are equal in these expressions the first by ORDER BY, which must
// begin with them.
Result<std::vector<uint32_t>> Binder::bind_distinct_on(const sql::Select& select,
                                                       const std::vector<SortColumn>& order,
                                                       SelectList& list) {
  std::vector<uint32_t> partition;
  for (const sql::ExprPtr& e : select.distinct_on) {
    partition.push_back(TRY(bind_sort_place(*e, list, "DISTINCT ON")));
  }
  const auto listed = [&](uint32_t c) {
    return std::find(partition.begin(), partition.end(), c) != partition.end();
  };
  std::vector<uint32_t> distinct = partition;
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (size_t i = 0; i < std::min(distinct.size(), order.size()); ++i) {
    if (listed(order[i].column)) continue;
    return error(1246, "42P10",
                 "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
                 select.distinct_on[0]->location);
  }
  return partition;
}

Result<Binder::Bound> Binder::bind_core(const sql::Select& select) {
  ++may_query_;
  OverCalls* const outer = std::exchange(over_, nullptr);  // a sub-query's are its own
  const size_t first = first_pending_;
  const auto* places = std::exchange(over_places_, nullptr);
  bool* const wants_groups = std::exchange(wants_groups_, nullptr);
  std::vector<ExprPtr> guards = std::exchange(guards_, {});
  Result<Bound> bound = !select.values.empty() || select.op != sql::SetOp::kNone
                            ? bind_combined(select)
                            : bind_plain(select);
  over_ = outer;
  first_pending_ = first;
  over_places_ = places;
  wants_groups_ = wants_groups;
  guards_ = std::move(guards);
  --may_query_;
  return bound;
}

// The clauses in the order in which they take effect: FROM, WHERE, GROUP BY, HAVING, SELECT,
// DISTINCT, ORDER BY, LIMIT. Expressions are bound before the nodes that they stand on are built.
Result<Binder::Bound> Binder::bind_plain(const sql::Select& select) {
  Source source;
  if (select.from.empty()) {
    source.node = one_row();
  } else {
    source = TRY(bind_from_list(select));
  }
  first_pending_ = pending_.size();
  source.node = TRY(bind_where(select, source));
  // A sub-query may turn out to name an aggregate of this query.
  bool wants_groups = false;
  const bool aggregated = is_aggregated(select, source.scope);
  if (!aggregated) wants_groups_ = &wants_groups;
  Result<Bound> bound = bind_selected(select, source, aggregated);
  if (bound || !wants_groups) return bound;
  wants_groups_ = nullptr;
  return bind_selected(select, source, true);
}

Result<Binder::Bound> Binder::bind_selected(const sql::Select& select, const Source& source,
                                            bool aggregated) {
  NodePtr node = source.node;
  Grouping grouping;
  Grouping* grouped = aggregated ? &grouping : nullptr;
  if (aggregated) TRY_VOID(bind_groups(select, source.scope, grouping));
  OverCalls over{&select, {}, {}};
  over_ = &over;
  TRY_VOID(OverBinder(*this, over, source.scope, grouped).check_windows());
  SelectList list{source.scope, grouped, TRY(bind_items(select, source.scope, grouped)), 0};
  list.visible = list.items.size();
  ExprPtr having;
  if (select.having) {
    TRY_VOID(refuse_over(*select.having, "HAVING"));
    having = TRY(bind_boolean(*select.having, source.scope, "HAVING", grouped));
  }
  std::vector<SortColumn> order;
  for (const sql::SortItem& item : select.order) {
    const uint32_t column = TRY(bind_sort_item(select, item, list));
    order.push_back({column, item.descending, item.nulls_first.value_or(item.descending)});
  }
  std::vector<uint32_t> distinct_on = TRY(bind_distinct_on(select, order, list));
  // HAVING alone makes one group; a group needs something to count.
  if (aggregated && grouping.groups.empty() && grouping.calls.empty()) {
    grouping.calls.emplace_back();
    grouping.calls.back().result = TypeId::kInt8;
  }
  if (aggregated) {
    grouping = TRY(attach_grouping(node, std::move(grouping)));
    node = build_groups(std::move(node), grouping);
    if (having) node = TRY(where(std::move(node), having));
  }
  over_ = nullptr;
  node = TRY(project_items(std::move(node), std::move(list.items), over));
  if (!distinct_on.empty()) {
    node = make_top_n(std::move(node), {order, 1, 0, std::move(distinct_on), false});
  } else if (select.distinct) {
    node = make_distinct(std::move(node));
  }
  return order_and_limit(select, {std::move(node), list.visible, std::move(order)}, source.scope);
}

// Window functions, then sub-queries, which may be asked of their results, then set-returning
// functions.
Result<NodePtr> Binder::project_items(NodePtr node, std::vector<Item> items, OverCalls& over) {
  TRY_VOID(attach_over(node, over));
  std::vector<uint32_t> places;
  node = build_over(std::move(node), over, places);
  const auto* around = std::exchange(over_places_, &places);
  Result<NodePtr> projected = project_placed(std::move(node), std::move(items));
  over_places_ = around;
  return projected;
}

Result<NodePtr> Binder::project_placed(NodePtr node, std::vector<Item> items) {
  for (Item& item : items)
    item.expr = TRY(attach_all(node, place_calls(item.expr, *over_places_)));
  TRY_VOID(attach_rows(node, items));
  std::vector<ExprPtr> exprs;
  std::vector<std::string> names;
  for (Item& item : items) {
    exprs.push_back(expr::fold_constants(item.expr));
    names.push_back(std::move(item.name));
  }
  return make_project(std::move(node), std::move(exprs), std::move(names));
}

}  // namespace weir::plan
