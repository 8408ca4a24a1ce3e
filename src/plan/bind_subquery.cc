// Sub-queries in expressions become joins. While expressions are bound, a sub-query is a pending
// answer; when the rows that it is asked of have a plan, attach() joins its answer to them:
//
//   EXISTS, IN as a condition of their own   semi join; NOT EXISTS: anti join
//   EXISTS elsewhere                         left join of the distinct keys; a match is true
//   IN elsewhere, NOT IN                     the same, with the counts of rows and of NULLs beside
//                                            it, since x NOT IN (..., NULL) is never true
//   a value                                  left join of an aggregate with at most one row a key
//   any other operator with ANY, ALL         a value: how often it holds, how often it is unknown
//
// What the sub-query takes from the outer rows is decorrelated (plan/decorrelate.h).
#include <fmt/core.h>

#include "data/array.h"
#include "expr/function.h"
#include "plan/build.h"
#include "plan/decorrelate.h"
#include "plan/over_binder.h"
#include "plan/projection.h"
#include "plan/record_binder.h"
#include "plan/rewrite.h"
#include "sql/parser.h"

namespace weir::plan {

using expr::Expr;
using expr::ExprKind;

namespace {

std::string dotted(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ".") + name;
  return all;
}

bool is_pending(const Expr& leaf) { return leaf.kind == ExprKind::kPending; }

AggregateCall count_where(std::optional<uint32_t> filter) {
  AggregateCall call;
  call.filter = filter;
  call.result = TypeId::kInt8;
  return call;
}

NodePtr count_rows(NodePtr node, const std::vector<expr::ExprPtr>& conditions) {
  AggregateSpec spec;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < conditions.size(); ++i) {
    spec.calls.push_back(count_where(i));
    names.push_back(fmt::format("call{}", i + 1));
  }
  return make_aggregate(make_project(std::move(node), conditions, names), std::move(spec), names);
}

// ARRAY(sub-query): all its values in its order, an empty array where there is none.
NodePtr array_of(const NodePtr& node, const std::vector<SortColumn>& order) {
  const Type type = node->schema.fields[0].type;
  AggregateSpec spec;
  spec.calls.emplace_back();
  AggregateCall& call = spec.calls[0];
  call.kind = AggregateKind::kArrayAgg;
  call.arguments = {0};
  call.order = order;
  call.result = type.is_array() ? type : type.array();
  return make_aggregate(node, std::move(spec), {"array"});
}

expr::ExprPtr or_empty_array(Type type) {
  Value none = Value::null(type);
  none.data = std::string(empty_array());
  return expr::make(ExprKind::kCoalesce, type,
                    {expr::column_ref(0, type), expr::literal(std::move(none))});
}

}  // namespace

// Column references of a query level, as a query inside of it names them.
expr::ExprPtr as_outer(const expr::ExprPtr& e, uint32_t level) {
  return expr::replace_leaves(e, [&](const Expr& leaf) -> expr::ExprPtr {
    if (leaf.kind != ExprKind::kColumn) return nullptr;
    Expr outer = leaf;
    outer.kind = ExprKind::kOuter;
    outer.level = level;
    return std::make_shared<const Expr>(std::move(outer));
  });
}

bool contains_subquery(const sql::Expr& e) {
  if (e.kind == sql::ExprKind::kSubquery) return true;
  return std::any_of(e.args.begin(), e.args.end(),
                     [](const auto& arg) { return contains_subquery(*arg); });
}

// A name that is not a column here may be one of a query around this one.
Result<expr::ExprPtr> Binder::bind_outer(const sql::Expr& e, bool& found) {
  for (auto level = levels_.rbegin(); level != levels_.rend(); ++level) {
    if (!level->visible) continue;
    const auto place = find_column(*level->scope, e.names);
    if (const NameError* wrong = std::get_if<NameError>(&place)) {
      if (wrong->code != 1212) continue;  // ambiguous there
      return error(wrong->code, wrong->sqlstate, wrong->message, e.location).hint(wrong->hint);
    }
    if (level->forbidden) {
      return error(1258, "42P10",
                   fmt::format("invalid reference to FROM-clause entry for \"{}\"",
                               comma_list(e.names)),
                   e.location)
          .detail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
    }
    found = true;
    const ScopeColumn& column = level->scope->columns[std::get<size_t>(place)];
    ExprPtr plain = expr::column_ref(column.column, column.type);
    const auto at = static_cast<size_t>(levels_.rend() - level) - 1;
    if (!level->grouping || at < ungrouped_levels_) return as_outer(plain, level->id);
    const auto& groups = level->grouping->groups;
    for (uint32_t i = 0; i < groups.size(); ++i) {
      if (expr::equal(*plain, *groups[i]))
        return as_outer(expr::column_ref(i, column.type), level->id);
    }
    if (const ExprPtr follows = dependent_column(column, *level->scope, *level->grouping))
      return as_outer(follows, level->id);
    return error(1219, "42803",
                 fmt::format("subquery uses ungrouped column \"{}\" from outer query",
                             dotted(e.names)),
                 e.location);
  }
  found = false;
  return expr::literal(Value::null(TypeId::kUnknown));
}

namespace {

bool all_equal(const std::vector<expr::ExprPtr>& a, const std::vector<expr::ExprPtr>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return expr::equal(*x, *y); });
}

bool equal_or_null(const expr::ExprPtr& a, const expr::ExprPtr& b) {
  return (!a && !b) || (a && b && expr::equal(*a, *b));
}

}  // namespace

// Two sub-queries of the same rows that mean the same: `group by (select ...)` finds its own.
bool Binder::same_question(const Pending& a, const Pending& b) const {
  const bool alike = a.scope && a.scope == b.scope && a.grouping == b.grouping &&
                     a.kind == b.kind && a.kind != SubqueryKind::kRows &&
                     equal_or_null(a.left, b.left) && equal_or_null(a.value, b.value) &&
                     equal_or_null(a.guard, b.guard) && all_equal(a.computed, b.computed);
  if (!alike) return false;
  const auto releveled = [&](const Expr& leaf) -> ExprPtr {
    if (leaf.kind != ExprKind::kOuter || leaf.level != b.level) return nullptr;
    Expr other = leaf;
    other.level = a.level;
    return std::make_shared<const Expr>(std::move(other));
  };
  return replace_in_plan(b.node, releveled)->hash == a.node->hash;
}

Result<expr::ExprPtr> Binder::pend(Pending pending, Type type) {
  size_t known = first_pending_;
  while (known < pending_.size() && !same_question(pending_[known], pending)) ++known;
  Expr e;
  e.kind = ExprKind::kPending;
  e.type = type;
  e.column = static_cast<uint32_t>(known);
  if (known == pending_.size()) pending_.push_back(std::move(pending));
  return std::make_shared<const Expr>(std::move(e));
}

Result<Asked> Binder::bind_asked(const sql::Expr& e, const Scope& scope,
                                         Grouping* grouping) {
  if (may_query_ == 0) return unsupported("a sub-query here", e.location);
  Pending pending;
  pending.level = ++last_level_;
  pending.location = e.location;
  pending.scope = &scope;
  pending.grouping = grouping;
  pending.guard = expr::conjunction(guards_);
  levels_.push_back({pending.level, &scope, grouping, grouping ? nullptr : wants_groups_});
  if (e.name == "array") listed_ = e.select.get();
  Result<Bound> bound = bind_query(*e.select);
  levels_.pop_back();
  if (!bound) return std::move(bound).error();
  // Columns that are there to order by only are not part of the answer.
  pending.node = width(bound->node) == bound->visible || bound->visible == 0
                     ? bound->node
                     : select_columns(bound->node, range(0, static_cast<uint32_t>(bound->visible)));
  return Asked{std::move(pending), std::move(*bound)};
}

Status Binder::check_width(const sql::Expr& e, const NodePtr& node, size_t columns) const {
  if (width(node) == columns) return {};
  const bool many = width(node) > columns;
  if (columns == 1)
    return error(1242, "42601", "subquery must return only one column", e.select->location);
  return error(1242, "42601", fmt::format("subquery has too {} columns", many ? "many" : "few"),
               e.select->location);
}

// (a, b) = (select c, d ...): each column a value of its own, of the one row.
Result<std::vector<expr::ExprPtr>> Binder::bind_row_of(const sql::Expr& e, const Scope& scope,
                                                       Grouping* grouping, size_t columns) {
  const Pending pending = TRY(bind_asked(e, scope, grouping)).pending;
  TRY_VOID(check_width(e, pending.node, columns));
  std::vector<ExprPtr> values;
  for (uint32_t i = 0; i < columns; ++i) {
    Pending one = pending;
    one.value = expr::column_ref(i, pending.node->schema.fields[i].type);
    values.push_back(TRY(pend(one, one.value->type)));
  }
  return values;
}

Result<expr::ExprPtr> Binder::bind_subquery(const sql::Expr& e, const Scope& scope,
                                            Grouping* grouping) {
  std::vector<ExprPtr> left;
  if (!e.args.empty()) left = TRY(bind_row(*e.args[0], scope, grouping));
  Asked asked = TRY(bind_asked(e, scope, grouping));
  Pending& pending = asked.pending;
  const Bound& bound = asked.bound;
  if (e.name == "exists") {
    pending.kind = SubqueryKind::kExists;
    return pend(std::move(pending), TypeId::kBool);
  }
  if (e.name == "array" && bound.visible == 1) {
    pending.node = array_of(bound.node, bound.order);
    pending.value = or_empty_array(pending.node->schema.fields[0].type);
    return pend(pending, pending.value->type);
  }
  if (e.name == "column") {
    if (static_cast<int32_t>(width(pending.node)) != e.columns)
      return error(1242, "42601", "number of columns does not match number of values", e.location);
    const auto column = static_cast<uint32_t>(e.number - 1);
    pending.value = expr::column_ref(column, pending.node->schema.fields[column].type);
    return pend(pending, pending.value->type);
  }
  TRY_VOID(check_width(e, pending.node, left.empty() ? 1 : left.size()));
  if (!left.empty()) return bind_quantified(e, std::move(left), std::move(pending));
  pending.value = expr::column_ref(0, pending.node->schema.fields[0].type);
  return pend(pending, pending.value->type);
}

// left <op> ANY (sub-query), left <op> ALL (sub-query).
Result<expr::ExprPtr> Binder::bind_quantified(const sql::Expr& e, std::vector<ExprPtr> left,
                                              Pending pending) {
  const bool any = e.name == "any";
  std::vector<ExprPtr> right;
  for (uint32_t i = 0; i < left.size(); ++i)
    right.push_back(expr::column_ref(i, pending.node->schema.fields[i].type));
  const bool in = left.size() == 1 && ((any && e.text == "=") || (!any && e.text == "<>"));
  if (in) {
    const ExprPtr equal = TRY(bind_function("=", {left[0], right[0]}, e.location));
    pending.kind = SubqueryKind::kIn;
    // Both sides as "=" takes them; other types than its own compare as values (below).
    if (equal->kind == ExprKind::kCall && equal->args[0]->type.id == equal->args[1]->type.id) {
      pending.left = equal->args[0];
      pending.node = make_project(pending.node, {equal->args[1]}, {"value"});
      ExprPtr answer = TRY(pend(std::move(pending), TypeId::kBool));
      if (any) return answer;
      return expr::make(ExprKind::kNot, TypeId::kBool, {std::move(answer)});
    }
  }
  for (ExprPtr& side : left) {
    if (expr::any_leaf(*side, is_pending) || contains_call(side)) {
      const auto column = static_cast<uint32_t>(kFirstComputed + pending.computed.size());
      pending.computed.push_back(side);
      side = expr::column_ref(column, side->type);
    }
    side = as_outer(side, pending.level);
  }
  const ExprPtr holds = TRY(compare_rows(e.text, left, right, e.location));
  if (holds->type.id != TypeId::kBool) {
    return error(1217, "42809", "op ANY/ALL (subquery) requires an operator that yields boolean",
                 e.location);
  }
  const ExprPtr decides =
      any ? holds : expr::make(ExprKind::kNot, TypeId::kBool, {holds});
  const ExprPtr unknown = expr::make(ExprKind::kIsNull, TypeId::kBool, {holds});
  pending.kind = SubqueryKind::kValue;
  pending.node = count_rows(pending.node, {decides, unknown});
  const ExprPtr zero = expr::literal({TypeId::kInt8, int64_t{0}});
  const auto some = [&](uint32_t call) {
    return bind_function(">", {expr::column_ref(call, TypeId::kInt8), zero}, e.location);
  };
  pending.value = expr::make(
      ExprKind::kCase, TypeId::kBool,
      {TRY(some(0)), expr::literal(Value::of(any)), TRY(some(1)),
       expr::literal(Value::null(TypeId::kBool)), expr::literal(Value::of(!any))});
  return pend(std::move(pending), TypeId::kBool);
}

}  // namespace weir::plan
