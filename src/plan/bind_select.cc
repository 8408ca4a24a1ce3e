#include <fmt/core.h>

#include "plan/binder.h"
#include "plan/build.h"
#include "plan/rewrite.h"

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
    case sql::ExprKind::kArray: return "array";
    case sql::ExprKind::kCoalesce: return "coalesce";
    case sql::ExprKind::kNullIf: return "nullif";
    case sql::ExprKind::kBool: return "bool";
    default: return "?column?";
  }
}

bool is_plain_integer(const sql::Expr& e) { return e.kind == sql::ExprKind::kInteger; }

}  // namespace

Status Binder::refuse_unsupported(const sql::Select& select) const {
  if (select.recursive) return unsupported("WITH RECURSIVE", select.location);
  if (select.distinct_on) return unsupported("DISTINCT ON", select.location);
  if (select.grouping_sets) return unsupported("GROUPING SETS, ROLLUP and CUBE", select.location);
  if (select.has_windows) return unsupported("WINDOW", select.location);
  if (select.with_ties) return unsupported("WITH TIES", select.location);
  if (select.locking) return unsupported("FOR UPDATE", select.location);
  if (select.op == sql::SetOp::kIntersect) return unsupported("INTERSECT", select.location);
  if (select.op == sql::SetOp::kExcept) return unsupported("EXCEPT", select.location);
  return {};
}

Result<Binder::Bound> Binder::bind_query(const sql::Select& select) {
  TRY_VOID(refuse_unsupported(select));
  common_tables_.emplace_back();
  for (const sql::CommonTable& table : select.with) {
    if (!table.select) return unsupported("a change inside WITH", table.location);
    NodePtr node = TRY(bind_query(*table.select)).node;
    if (!table.columns.empty()) {
      std::vector<expr::ExprPtr> exprs;
      std::vector<std::string> names;
      for (uint32_t i = 0; i < node->schema.size(); ++i) {
        exprs.push_back(expr::column_ref(i, node->schema.fields[i].type));
        names.push_back(i < table.columns.size() ? table.columns[i] : node->schema.fields[i].name);
      }
      node = make_project(std::move(node), std::move(exprs), std::move(names));
    }
    common_tables_.back()[table.name] = std::move(node);
  }
  Result<Bound> bound = bind_core(select);
  common_tables_.pop_back();
  return bound;
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
  std::vector<std::vector<Value>> values;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::vector<Value> row;
    for (size_t c = 0; c < width; ++c) {
      if (rows[r][c]->kind != expr::ExprKind::kLiteral) {
        Batch one;
        one.rows = 1;
        const expr::Evaluated evaluated = expr::evaluate(*rows[r][c], one, {});
        if (!evaluated.errors.empty()) {
          return error(1241, evaluated.errors[0].sqlstate, evaluated.errors[0].message,
                       select.values[r][c]->location);
        }
        return unsupported("this expression in VALUES", select.values[r][c]->location);
      }
      row.push_back(rows[r][c]->literal);
    }
    values.push_back(std::move(row));
  }
  return make_values(std::move(schema), std::move(values));
}

Result<NodePtr> Binder::bind_set_operation(const sql::Select& select) {
  std::vector<NodePtr> sides{TRY(bind_query(*select.left)).node,
                             TRY(bind_query(*select.right)).node};
  if (sides[0]->schema.size() != sides[1]->schema.size()) {
    return error(1242, "42601", "each UNION query must have the same number of columns",
                 select.right->location);
  }
  std::vector<std::vector<ExprPtr>> columns(2);
  std::vector<std::string> names;
  for (uint32_t i = 0; i < sides[0]->schema.size(); ++i) {
    std::vector<ExprPtr> both;
    for (const NodePtr& side : sides)
      both.push_back(expr::column_ref(i, side->schema.fields[i].type));
    const Type type = TRY(common_type(both, "UNION", select.right->location));
    for (size_t s = 0; s < 2; ++s)
      columns[s].push_back(TRY(coerce(both[s], type, select.location)));
    names.push_back(sides[0]->schema.fields[i].name);
  }
  for (size_t s = 0; s < 2; ++s)
    sides[s] = make_project(std::move(sides[s]), std::move(columns[s]), names);
  NodePtr all = make_union_all(std::move(sides));
  return select.all ? all : make_distinct(std::move(all));
}

Result<std::vector<Binder::Item>> Binder::bind_items(const sql::Select& select, const Scope& scope,
                                                     Grouping* grouping) {
  std::vector<Item> items;
  for (const sql::SelectItem& item : select.items) {
    const bool star = item.expr->kind == sql::ExprKind::kColumn && item.expr->names.back() == "*";
    if (!star) {
      ExprPtr bound = TRY(bind(*item.expr, scope, grouping));
      if (bound->type.id == TypeId::kUnknown)
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
  return items;
}

Result<std::vector<expr::ExprPtr>> Binder::bind_groups(const sql::Select& select,
                                                       const Scope& scope) {
  std::vector<ExprPtr> groups;
  for (const sql::ExprPtr& e : select.group_by) {
    const sql::Expr* target = e.get();
    if (is_plain_integer(*e)) {
      const size_t position = std::stoul(e->text);
      if (position < 1 || position > select.items.size()) {
        return error(1243, "42P10",
                     fmt::format("GROUP BY position {} is not in select list", e->text),
                     e->location);
      }
      target = select.items[position - 1].expr.get();
    } else if (e->kind == sql::ExprKind::kColumn && e->names.size() == 1 &&
               !std::holds_alternative<size_t>(find_column(scope, e->names))) {
      for (const sql::SelectItem& item : select.items) {  // an alias of the select list
        if (item.alias == e->names[0]) target = item.expr.get();
      }
    }
    if (contains_aggregate(*target))
      return error(1224, "42803", "aggregate functions are not allowed in GROUP BY", e->location);
    ExprPtr bound = TRY(bind(*target, scope));
    if (bound->type.id == TypeId::kUnknown)
      bound = TRY(coerce(std::move(bound), TypeId::kText, e->location));
    const bool known = std::any_of(groups.begin(), groups.end(),
                                   [&](const ExprPtr& g) { return expr::equal(*g, *bound); });
    if (!known) groups.push_back(std::move(bound));
  }
  return groups;
}

// Project what groups and calls need, then aggregate.
NodePtr Binder::build_aggregate(NodePtr input, const Grouping& grouping) {
  std::vector<ExprPtr> exprs;
  std::vector<std::string> below;
  const auto column_for = [&](const ExprPtr& e) {
    for (uint32_t i = 0; i < exprs.size(); ++i) {
      if (expr::equal(*exprs[i], *e)) return i;
    }
    exprs.push_back(e);
    const bool column = e->kind == expr::ExprKind::kColumn;
    below.push_back(column ? input->schema.fields[e->column].name
                           : fmt::format("expr{}", exprs.size()));
    return static_cast<uint32_t>(exprs.size() - 1);
  };
  AggregateSpec spec;
  std::vector<std::string> names;
  for (const ExprPtr& group : grouping.groups) {
    spec.groups.push_back(column_for(group));
    names.push_back(below[spec.groups.back()]);
  }
  for (const Grouping::Call& call : grouping.calls) {
    AggregateCall out{call.kind, 0, {}, call.distinct, call.result};
    if (call.argument) out.argument = column_for(call.argument);
    if (call.filter) out.filter = column_for(call.filter);
    spec.calls.push_back(out);
    names.push_back(fmt::format("call{}", spec.calls.size()));
  }
  return make_aggregate(make_project(std::move(input), std::move(exprs), std::move(below)),
                        std::move(spec), std::move(names));
}

Result<std::optional<uint64_t>> Binder::bind_count(const sql::ExprPtr& e, const char* what) {
  if (!e || e->kind == sql::ExprKind::kNull) return std::optional<uint64_t>();
  const ExprPtr bound =
      expr::fold_constants(TRY(coerce(TRY(bind(*e, Scope())), TypeId::kInt8, e->location, true)));
  if (bound->kind != expr::ExprKind::kLiteral)
    return error(1244, "42P10", fmt::format("argument of {} must be a constant", what),
                 e->location);
  if (bound->literal.is_null()) return std::optional<uint64_t>();
  const int64_t n = std::get<int64_t>(bound->literal.data);
  if (n < 0) return error(1245, "2201W", fmt::format("{} must not be negative", what), e->location);
  return std::optional<uint64_t>(static_cast<uint64_t>(n));
}

// `node` has `visible` columns to show and perhaps more to order by.
Result<Binder::Bound> Binder::order_and_limit(const sql::Select& select, NodePtr node,
                                              size_t visible, std::vector<SortColumn> order) {
  const std::optional<uint64_t> limit = TRY(bind_count(select.limit, "LIMIT"));
  const std::optional<uint64_t> offset = TRY(bind_count(select.offset, "OFFSET"));
  if (limit || offset.value_or(0) > 0) {
    node = make_top_n(std::move(node), {order, limit, offset.value_or(0)});
  }
  const bool outermost = common_tables_.size() == 1 && !is_view_;
  if (outermost || node->schema.size() == visible) {
    return Bound{std::move(node), outermost ? std::move(order) : std::vector<SortColumn>(),
                 visible};
  }
  std::vector<ExprPtr> exprs;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < visible; ++i) {
    exprs.push_back(expr::column_ref(i, node->schema.fields[i].type));
    names.push_back(node->schema.fields[i].name);
  }
  return Bound{make_project(std::move(node), std::move(exprs), std::move(names)), {}, visible};
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
    if (column >= node->schema.size()) return no_such_position(item);
    order.push_back({column, item.descending, item.nulls_first.value_or(item.descending)});
  }
  const size_t width = node->schema.size();
  return order_and_limit(select, std::move(node), width, std::move(order));
}

Error Binder::no_such_position(const sql::SortItem& item) const {
  return error(1243, "42P10",
               fmt::format("ORDER BY position {} is not in select list", item.expr->text),
               item.expr->location);
}

// A position, a name of the output, or an expression, which becomes a hidden item where it is not
// one of the items already.
Result<uint32_t> Binder::bind_sort_item(const sql::Select& select, const sql::SortItem& item,
                                        const Scope& scope, Grouping* grouped,
                                        std::vector<Item>& items, size_t visible) {
  if (is_plain_integer(*item.expr)) {
    const size_t position = std::stoul(item.expr->text);
    if (position < 1 || position > visible) return no_such_position(item);
    return static_cast<uint32_t>(position - 1);
  }
  if (item.expr->kind == sql::ExprKind::kColumn && item.expr->names.size() == 1) {
    for (uint32_t i = 0; i < visible; ++i) {
      if (items[i].name == item.expr->names[0]) return i;
    }
  }
  ExprPtr by = TRY(bind(*item.expr, scope, grouped));
  if (by->type.id == TypeId::kUnknown) {
    by = TRY(coerce(std::move(by), TypeId::kText, item.expr->location));
  }
  for (uint32_t i = 0; i < items.size(); ++i) {
    if (expr::equal(*items[i].expr, *by)) return i;
  }
  if (select.distinct) {
    return error(1246, "42P10",
                 "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                 item.expr->location);
  }
  items.push_back({std::move(by), fmt::format("order{}", items.size()), item.expr->location});
  return static_cast<uint32_t>(items.size() - 1);
}

Result<NodePtr> Binder::bind_where(const sql::Select& select, Source& source) {
  if (!select.where) return source.node;
  if (contains_aggregate(*select.where)) {
    return error(1224, "42803", "aggregate functions are not allowed in WHERE",
                 select.where->location);
  }
  const ExprPtr where = TRY(bind_boolean(*select.where, source.scope, "WHERE"));
  return push_filter(source.node, expr::fold_constants(where));
}

namespace {

bool is_aggregated(const sql::Select& select) {
  const auto aggregates = [](const auto& item) { return contains_aggregate(*item.expr); };
  return !select.group_by.empty() || select.having != nullptr ||
         std::any_of(select.items.begin(), select.items.end(), aggregates) ||
         std::any_of(select.order.begin(), select.order.end(), aggregates);
}

}  // namespace

Result<Binder::Bound> Binder::bind_core(const sql::Select& select) {
  if (!select.values.empty() || select.op != sql::SetOp::kNone) return bind_combined(select);
  Source source;
  if (select.from.empty()) {
    source.node = make_values({{{"dummy", TypeId::kInt4}}}, {{Value{TypeId::kInt4, int64_t{0}}}});
  } else {
    source = TRY(bind_from_list(select));
  }
  NodePtr node = TRY(bind_where(select, source));
  const bool aggregated = is_aggregated(select);
  Grouping grouping;
  Grouping* grouped = aggregated ? &grouping : nullptr;
  if (aggregated) grouping.groups = TRY(bind_groups(select, source.scope));
  std::vector<Item> items = TRY(bind_items(select, source.scope, grouped));
  const size_t visible = items.size();
  ExprPtr having;
  if (select.having) {
    having = expr::fold_constants(
        TRY(bind_boolean(*select.having, source.scope, "HAVING", grouped)));
  }
  std::vector<SortColumn> order;
  for (const sql::SortItem& item : select.order) {
    const uint32_t column =
        TRY(bind_sort_item(select, item, source.scope, grouped, items, visible));
    order.push_back({column, item.descending, item.nulls_first.value_or(item.descending)});
  }
  if (aggregated) {
    node = build_aggregate(std::move(node), grouping);
    if (having) node = push_filter(std::move(node), having);
  }
  std::vector<ExprPtr> exprs;
  std::vector<std::string> names;
  for (Item& item : items) {
    exprs.push_back(std::move(item.expr));
    names.push_back(std::move(item.name));
  }
  node = make_project(std::move(node), std::move(exprs), std::move(names));
  if (select.distinct) node = make_distinct(std::move(node));
  return order_and_limit(select, std::move(node), visible, std::move(order));
}

}  // namespace weir::plan
