// Calls of aggregates: which function, over which columns, with FILTER, DISTINCT, ORDER BY and
// WITHIN GROUP. A call becomes a column behind the groups; equal calls are one.
#include <fmt/core.h>

#include "plan/build.h"
#include "plan/over_binder.h"
#include "plan/projection.h"
#include "sql/parser.h"

namespace weir::plan {

namespace {

using expr::AggregateForm;
using expr::AggregateKind;

bool is_hypothetical_name(std::string_view name) {
  return name == "rank" || name == "dense_rank" || name == "percent_rank" || name == "cume_dist";
}

// Aggregates of PostgreSQL whose results are of types that are not there.
bool is_missing_aggregate(std::string_view name) {
  return name == "xmlagg" || name == "range_agg" || name == "range_intersect_agg";
}

bool equal_or_null(const expr::ExprPtr& a, const expr::ExprPtr& b) {
  return (!a && !b) || (a && b && expr::equal(*a, *b));
}

bool same_call(const Grouping::Call& a, const Grouping::Call& b) {
  const auto same_exprs = [](const auto& x, const auto& y) { return expr::equal(*x, *y); };
  const auto same_order = [](const Grouping::By& x, const Grouping::By& y) {
    return x.descending == y.descending && x.nulls_first == y.nulls_first &&
           expr::equal(*x.expr, *y.expr);
  };
  return !a.dependent && !a.grouping_of && a.kind == b.kind && a.distinct == b.distinct &&
         a.direct == b.direct && a.result == b.result && equal_or_null(a.filter, b.filter) &&
         std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(),
                    b.arguments.end(), same_exprs) &&
         std::equal(a.order.begin(), a.order.end(), b.order.begin(), b.order.end(), same_order);
}

// Results that are one of the arguments keep its length or precision.
bool answers_an_argument(AggregateKind kind) {
  return kind == AggregateKind::kMin || kind == AggregateKind::kMax ||
         kind == AggregateKind::kMode || kind == AggregateKind::kPercentileDisc;
}

}  // namespace

bool is_aggregate_name(std::string_view name) {
  return expr::is_aggregate(name) || is_missing_aggregate(name);
}

bool is_aggregate_call(const sql::Expr& e) {
  return e.kind == sql::ExprKind::kCall && !e.has_over &&
         (is_aggregate_name(e.name) || (e.within_group && is_hypothetical_name(e.name)));
}

bool contains_aggregate(const sql::Expr& e) {
  const auto in_expr = [](const sql::ExprPtr& arg) { return contains_aggregate(*arg); };
  const auto in_item = [](const sql::SortItem& item) { return contains_aggregate(*item.expr); };
  if (e.over && (std::any_of(e.over->partition.begin(), e.over->partition.end(), in_expr) ||
                 std::any_of(e.over->order.begin(), e.over->order.end(), in_item)))
    return true;
  return is_aggregate_call(e) || e.kind == sql::ExprKind::kGrouping ||
         std::any_of(e.args.begin(), e.args.end(), in_expr);
}

Status Binder::refuse_nesting(const sql::Expr& e, const Scope& scope) {
  const auto nested = [&](const sql::ExprPtr& arg) { return has_aggregate(*arg, scope); };
  if (std::any_of(e.args.begin(), e.args.end(), nested) ||
      std::any_of(e.order.begin(), e.order.end(),
                  [&](const sql::SortItem& by) { return nested(by.expr); })) {
    return error(1227, "42803", "aggregate function calls cannot be nested", e.location);
  }
  const auto window = [](const sql::ExprPtr& arg) { return contains_over(*arg); };
  if (std::any_of(e.args.begin(), e.args.end(), window) ||
      std::any_of(e.order.begin(), e.order.end(),
                  [&](const sql::SortItem& by) { return window(by.expr); })) {
    return error(1227, "42803", "aggregate function calls cannot contain window function calls",
                 e.location);
  }
  if (e.filter) TRY_VOID(refuse_over(*e.filter, "FILTER"));
  if (e.filter && has_aggregate(*e.filter, scope)) {
    return error(1224, "42803", "aggregate functions are not allowed in FILTER",
                 e.filter->location);
  }
  return {};
}

Status Binder::refuse_form(const sql::Expr& e, const expr::AggregateFunction& function) const {
  const bool ordered = function.form != AggregateForm::kPlain;
  if (ordered && !e.within_group) {
    return error(1225, "42809",
                 fmt::format("WITHIN GROUP is required for ordered-set aggregate {}", e.name),
                 e.location);
  }
  if (!ordered && e.within_group) {
    return error(1225, "42809",
                 fmt::format("{} is not an ordered-set aggregate, so it cannot have WITHIN GROUP",
                             e.name),
                 e.location);
  }
  return {};
}

Result<std::vector<Grouping::By>> Binder::bind_inner_order(const sql::Expr& e,
                                                           const Scope& scope) {
  std::vector<Grouping::By> order;
  for (const sql::SortItem& item : e.order) {
    ExprPtr by = TRY(bind(*item.expr, scope));
    if (by->type.id == TypeId::kUnknown) {
      by = TRY(coerce(std::move(by), TypeId::kText, item.expr->location));
    }
    order.push_back({std::move(by), item.descending, item.nulls_first.value_or(item.descending)});
  }
  return order;
}

// A constant or a column of the group.
Result<DirectArgument> Binder::bind_direct(const sql::Expr& e, Type type, const Scope& scope,
                                           Grouping& grouping) {
  ExprPtr bound = TRY(bind(e, scope, &grouping));
  bound = expr::fold_constants(TRY(coerce(std::move(bound), type, e.location)));
  DirectArgument direct;
  if (bound->kind == expr::ExprKind::kLiteral) {
    direct.value = bound->literal;
    direct.value.type = type;
    return direct;
  }
  if (bound->kind != expr::ExprKind::kColumn || bound->column >= grouping.groups.size()) {
    return unsupported("a direct argument other than a constant or a grouped column", e.location);
  }
  direct.group = bound->column;
  return direct;
}

// f(direct) WITHIN GROUP (ORDER BY ...): the ordered expressions are its arguments.
Status Binder::bind_ordered_set(const sql::Expr& e, const Scope& scope, Grouping& grouping,
                                Grouping::Call& call) {
  call.order = TRY(bind_inner_order(e, scope));
  std::vector<Type> types;
  std::vector<ExprPtr> direct = TRY(bind_all(e.args, scope, nullptr));
  for (const ExprPtr& arg : direct) types.push_back(arg->type.plain());
  for (const Grouping::By& by : call.order) types.push_back(by.expr->type.plain());
  expr::ResolvedAggregate resolved = TRY(resolve_call(e, types));
  TRY_VOID(refuse_form(e, *resolved.function));
  const bool hypothetical = resolved.function->form == AggregateForm::kHypothetical;
  if (hypothetical && direct.size() != call.order.size()) {
    return error(1226, "42883",
                 fmt::format("{} takes as many arguments as WITHIN GROUP has columns", e.name),
                 e.location);
  }
  for (size_t i = 0; i < call.order.size(); ++i) {
    Type type = resolved.arg_types[direct.size() + i];
    if (hypothetical) {
      type = TRY(common_type({call.order[i].expr, direct[i]}, "WITHIN GROUP", e.location));
      resolved.arg_types[i] = type;
    }
    ExprPtr& by = call.order[i].expr;
    if (by->type.id != type.id) by = TRY(coerce(std::move(by), type, e.location));
    call.arguments.push_back(by);
  }
  for (size_t i = 0; i < direct.size(); ++i) {
    call.direct.push_back(
        TRY(bind_direct(*e.args[i], resolved.arg_types[i].plain(), scope, grouping)));
  }
  call.kind = resolved.function->kind;
  const bool several = !direct.empty() && resolved.arg_types[0].is_array();
  call.result = !answers_an_argument(call.kind) ? resolved.result
                : several                       ? call.arguments[0]->type.array()
                                                : call.arguments[0]->type;
  return {};
}

Result<expr::ResolvedAggregate> Binder::resolve_call(const sql::Expr& e,
                                                     const std::vector<Type>& types) const {
  Result<expr::ResolvedAggregate> resolved = expr::resolve_aggregate(e.name, types);
  if (!resolved) return std::move(resolved).error().at(sql::place_of(text_, e.location, start_));
  return resolved;
}

Status Binder::bind_plain_aggregate(const sql::Expr& e, const Scope& scope, Grouping::Call& call) {
  if (e.args.empty() && e.name == "count") {
    return error(1225, "42809", "count(*) must be used to call a parameterless aggregate function",
                 e.location);
  }
  call.arguments = TRY(bind_all(e.args, scope, nullptr));
  std::vector<Type> types;
  for (const ExprPtr& arg : call.arguments) types.push_back(arg->type.plain());
  const expr::ResolvedAggregate resolved = TRY(resolve_call(e, types));
  TRY_VOID(refuse_form(e, *resolved.function));
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    ExprPtr& arg = call.arguments[i];
    if (arg->type.is_same_kind(resolved.arg_types[i])) continue;
    arg = TRY(coerce(std::move(arg), resolved.arg_types[i], e.location));
  }
  call.kind = resolved.function->kind;
  call.result = answers_an_argument(call.kind) ? call.arguments[0]->type : resolved.result;
  call.distinct = e.distinct && call.kind != AggregateKind::kMin &&
                  call.kind != AggregateKind::kMax;
  const bool lists = call.kind == AggregateKind::kStringAgg ||
                     call.kind == AggregateKind::kArrayAgg ||
                     call.kind == AggregateKind::kJsonbAgg ||
                     call.kind == AggregateKind::kJsonbObjectAgg;
  std::vector<Grouping::By> order = TRY(bind_inner_order(e, scope));
  for (const Grouping::By& by : order) {
    const bool known = std::any_of(call.arguments.begin(), call.arguments.end(),
                                   [&](const ExprPtr& arg) { return expr::equal(*arg, *by.expr); });
    if (e.distinct && !known) {
      return error(1246, "42P10",
                   "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument "
                   "list",
                   e.location);
    }
  }
  if (lists) call.order = std::move(order);  // the others do not depend on it
  return {};
}

Result<expr::ExprPtr> Binder::bind_aggregate(const sql::Expr& e, const Scope& scope,
                                             Grouping& grouping) {
  if (is_missing_aggregate(e.name)) {
    return unsupported(fmt::format("the aggregate {}", e.name), e.location);
  }
  TRY_VOID(refuse_nesting(e, scope));
  std::vector<ExprPtr> guards = std::exchange(guards_, {});  // it is computed whatever the branch
  Result<Grouping::Call> bound = bind_aggregate_call(e, scope, grouping);
  guards_ = std::move(guards);
  Grouping::Call call = TRY(std::move(bound));
  const auto known =
      std::find_if(grouping.calls.begin(), grouping.calls.end(),
                   [&](const Grouping::Call& other) { return same_call(other, call); });
  const auto index = static_cast<uint32_t>(known - grouping.calls.begin());
  const Type result = call.result;
  if (known == grouping.calls.end()) grouping.calls.push_back(std::move(call));
  return expr::column_ref(static_cast<uint32_t>(grouping.groups.size()) + index, result);
}

Result<Grouping::Call> Binder::bind_aggregate_call(const sql::Expr& e, const Scope& scope,
                                                   Grouping& grouping) {
  Grouping::Call call;
  call.result = TypeId::kInt8;
  if (e.star) {
    if (e.name != "count")
      return error(1226, "42883", fmt::format("function {}() does not exist", e.name), e.location);
    call.kind = AggregateKind::kCountStar;
  } else if (e.within_group) {
    TRY_VOID(bind_ordered_set(e, scope, grouping, call));
  } else {
    TRY_VOID(bind_plain_aggregate(e, scope, call));
  }
  if (e.filter) call.filter = TRY(bind_boolean(*e.filter, scope, "FILTER"));
  return call;
}

namespace {

// The columns that groups and calls need, each once.
class Below {
 public:
  explicit Below(const Node& input) : input_(input) {}
  uint32_t column(const expr::ExprPtr& e) {
    for (uint32_t i = 0; i < exprs.size(); ++i) {
      if (expr::equal(*exprs[i], *e)) return i;
    }
    exprs.push_back(e);
    const bool column = e->kind == expr::ExprKind::kColumn;
    names.push_back(column ? input_.schema.fields[e->column].name
                           : fmt::format("expr{}", exprs.size()));
    return static_cast<uint32_t>(exprs.size() - 1);
  }
  AggregateCall call(const Grouping::Call& bound) {
    AggregateCall out;
    out.kind = bound.kind;
    // What FILTER keeps out is not evaluated.
    const auto filtered = [&](const expr::ExprPtr& e) {
      return bound.filter && expr::may_fail(*e) ? expr::only_where(bound.filter, e) : e;
    };
    for (const expr::ExprPtr& arg : bound.arguments) out.arguments.push_back(column(filtered(arg)));
    if (bound.filter) out.filter = column(bound.filter);
    out.distinct = bound.distinct;
    for (const Grouping::By& by : bound.order) {
      out.order.push_back({column(filtered(by.expr)), by.descending, by.nulls_first});
    }
    out.direct = bound.direct;
    out.result = bound.result;
    return out;
  }
  std::vector<expr::ExprPtr> exprs;
  std::vector<std::string> names;

 private:
  const Node& input_;
};

}  // namespace

// Columns that the groups determine are groups of the aggregate, and then stand among the calls.
NodePtr Binder::build_dependent(NodePtr input, const Grouping& grouping) {
  Grouping plain;
  plain.groups = grouping.groups;
  for (const Grouping::Call& call : grouping.calls) {
    if (call.dependent) plain.groups.push_back(call.dependent);
    else plain.calls.push_back(call);
  }
  const auto groups = static_cast<uint32_t>(grouping.groups.size());
  std::vector<uint32_t> order = range(0, groups);
  uint32_t next_group = groups;
  auto next_call = static_cast<uint32_t>(plain.groups.size());
  for (const Grouping::Call& call : grouping.calls)
    order.push_back(call.dependent ? next_group++ : next_call++);
  return select_columns(build_aggregate(std::move(input), plain), order);
}

// Project what groups and calls need, then aggregate.
NodePtr Binder::build_aggregate(NodePtr input, const Grouping& grouping) {
  if (std::any_of(grouping.calls.begin(), grouping.calls.end(),
                  [](const Grouping::Call& call) { return call.dependent != nullptr; }))
    return build_dependent(std::move(input), grouping);
  Below below(*input);
  AggregateSpec spec;
  std::vector<std::string> names;
  for (const ExprPtr& group : grouping.groups) {
    spec.groups.push_back(below.column(group));
    names.push_back(below.names[spec.groups.back()]);
  }
  for (const Grouping::Call& call : grouping.calls) {
    spec.calls.push_back(below.call(call));
    names.push_back(fmt::format("call{}", spec.calls.size()));
  }
  if (spec.groups.empty() && spec.calls.empty()) {  // a row has to have a column
    spec.calls.emplace_back();
    spec.calls.back().result = TypeId::kInt8;
    names.emplace_back("rows");
  }
  return make_aggregate(
      make_project(std::move(input), std::move(below.exprs), std::move(below.names)),
      std::move(spec), std::move(names));
}

}  // namespace weir::plan
