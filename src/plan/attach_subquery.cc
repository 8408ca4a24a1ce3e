// Pending answers become columns of the rows that ask: each sub-query is joined to them. How is
// told in bind_subquery.cc.
#include <fmt/core.h>

#include "expr/function.h"
#include "plan/build.h"
#include "plan/decorrelate.h"
#include "plan/over_binder.h"
#include "plan/projection.h"
#include "plan/rewrite.h"
#include "sql/parser.h"

namespace weir::plan {

using expr::Expr;
using expr::ExprKind;

namespace {

using Columns = std::vector<uint32_t>;

expr::ExprPtr literal_bool(bool v) { return expr::literal(Value::of(v)); }

// The node with another column behind its own.
NodePtr with_column(const NodePtr& node, const expr::ExprPtr& e, const std::string& name) {
  Projection projection(node);
  projection.keep_all().append(e, name);
  return projection.make();
}

// Each different row, with true behind it.
NodePtr flagged(const NodePtr& node) {
  return make_distinct(with_column(node, literal_bool(true), "found"));
}

// The other way round, where the level's columns are at hand.
expr::ExprPtr as_columns(const expr::ExprPtr& e, uint32_t level) {
  return expr::replace_leaves(e, [&](const Expr& leaf) -> expr::ExprPtr {
    if (leaf.kind != ExprKind::kOuter || leaf.level != level) return nullptr;
    return expr::column_ref(leaf.column, leaf.type);
  });
}

bool is_pending(const Expr& leaf) { return leaf.kind == ExprKind::kPending; }

AggregateCall count_where(std::optional<uint32_t> filter) {
  AggregateCall call;
  call.filter = filter;
  call.result = TypeId::kInt8;
  return call;
}

}  // namespace

// The columns of the rows that ask which an expression needs, those of its sub-queries too.
void Binder::collect_used(const ExprPtr& e, std::vector<uint32_t>& columns) const {
  if (!e) return;
  expr::any_leaf(*e, [&](const Expr& leaf) {
    if (leaf.kind == ExprKind::kColumn) columns.push_back(leaf.column);
    if (leaf.kind != ExprKind::kPending) return false;
    const Pending& pending = pending_[leaf.column];
    for (const uint32_t column : outer_columns(*pending.node, pending.level)) {
      if (column < kFirstComputed) columns.push_back(column);
    }
    collect_used(pending.left, columns);
    collect_used(pending.guard, columns);
    for (const ExprPtr& computed : pending.computed) collect_used(computed, columns);
    return false;
  });
}

Result<expr::ExprPtr> Binder::attach_all(NodePtr& node, const ExprPtr& e) {
  if (!e || !expr::any_leaf(*e, is_pending)) return e;
  std::map<uint32_t, ExprPtr> answers;
  Columns asked;
  expr::any_leaf(*e, [&](const Expr& leaf) {
    if (is_pending(leaf)) asked.push_back(leaf.column);
    return false;
  });
  for (const uint32_t id : asked) {
    // Set-returning functions wait for attach_rows().
    if (answers.contains(id) || pending_[id].kind == SubqueryKind::kRows) continue;
    answers[id] = TRY(attach(node, pending_[id]));
  }
  return expr::replace_leaves(
      e, [&](const Expr& leaf) { return is_pending(leaf) ? answers[leaf.column] : nullptr; });
}

Status Binder::attach_over(NodePtr& input, OverCalls& over) {
  const auto attach_to = [&](ExprPtr& e) -> Status {
    TRY_VOID(no_rows(e));
    e = TRY(attach_all(input, e));
    return {};
  };
  for (OverCalls::Window& window : over.windows) {
    for (ExprPtr& e : window.partition) TRY_VOID(attach_to(e));
    for (OverCalls::By& by : window.order) TRY_VOID(attach_to(by.expr));
  }
  for (OverCalls::Call& call : over.calls) {
    for (ExprPtr& e : call.arguments) TRY_VOID(attach_to(e));
    for (ExprPtr& e : call.aggregate.arguments) TRY_VOID(attach_to(e));
    for (Grouping::By& by : call.aggregate.order) TRY_VOID(attach_to(by.expr));
    TRY_VOID(attach_to(call.aggregate.filter));
    TRY_VOID(attach_to(call.start_limit));
    TRY_VOID(attach_to(call.end_limit));
  }
  return {};
}

Status Binder::no_rows(const ExprPtr& e, const char* where, int32_t location) const {
  const auto is_rows = [&](const Expr& leaf) {
    return is_pending(leaf) && pending_[leaf.column].kind == SubqueryKind::kRows;
  };
  if (!e || !expr::any_leaf(*e, is_rows)) return {};
  return error(1257, "0A000",
               fmt::format("set-returning functions are not allowed {}", where), location);
}

// What a GROUP BY and its aggregates ask of sub-queries, they ask of the rows before they are
// grouped.
Result<Grouping> Binder::attach_grouping(NodePtr& input, Grouping grouping) {
  for (ExprPtr& group : grouping.groups) {
    TRY_VOID(no_rows(group));
    group = TRY(attach_all(input, group));
  }
  for (Grouping::Call& call : grouping.calls) {
    for (ExprPtr& argument : call.arguments) {
      TRY_VOID(no_rows(argument));
      argument = TRY(attach_all(input, argument));
    }
    for (Grouping::By& by : call.order) by.expr = TRY(attach_all(input, by.expr));
    call.filter = TRY(attach_all(input, call.filter));
  }
  return grouping;
}

// What the sub-query is asked with gets columns, where it asks itself or is a window function's.
Status Binder::compute(NodePtr& node, Pending& pending) {
  const auto settled = [&](const ExprPtr& e) {
    return attach_all(node, over_places_ ? place_calls(e, *over_places_) : e);
  };
  if (pending.left) pending.left = TRY(settled(pending.left));
  if (pending.computed.empty()) return {};
  Columns places;
  for (const ExprPtr& e : pending.computed) {
    const ExprPtr value = TRY(settled(e));
    places.push_back(width(node));
    node = with_column(node, value, "value");
  }
  pending.node = replace_in_plan(pending.node, [&](const Expr& leaf) -> ExprPtr {
    const bool computed = leaf.kind == ExprKind::kOuter && leaf.level == pending.level &&
                          leaf.column >= kFirstComputed;
    if (!computed) return nullptr;
    return as_outer(expr::column_ref(places[leaf.column - kFirstComputed], leaf.type),
                    pending.level);
  });
  return {};
}

Result<Asking> Binder::asking(NodePtr& node, const Pending& pending, const NodePtr& sub) {
  Asking asking{node, outer_columns(*sub, pending.level), false};
  asking.strict = may_fail(*sub, pending.guard != nullptr) &&
                  (pending.guard || !asking.columns.empty());
  if (!asking.strict || !pending.guard) return asking;
  const ExprPtr guard = TRY(
      attach_all(node, over_places_ ? place_calls(pending.guard, *over_places_) : pending.guard));
  const uint32_t column = width(node);
  node = with_column(
      node, expr::make(ExprKind::kCoalesce, TypeId::kBool, {guard, literal_bool(false)}), "asks");
  asking.rows = push_filter(node, expr::column_ref(column, TypeId::kBool));
  asking.columns.push_back(column);
  return asking;
}

Result<expr::ExprPtr> Binder::attach(NodePtr& node, Pending pending) {
  TRY_VOID(compute(node, pending));
  Result<ExprPtr> answer = pending.kind == SubqueryKind::kValue    ? attach_value(node, pending)
                           : pending.kind == SubqueryKind::kExists ? attach_exists(node, pending)
                                                                   : attach_in(node, pending);
  if (answer) return answer;
  return std::move(answer).error().at(sql::place_of(text_, pending.location, start_));
}

namespace {

// A value over the calls of a global aggregate. Projections and HAVING above it become part of the
// value, which is computed behind the join: there a key without rows shows as counts of 0 and
// NULLs.
struct ValueOfAggregate {
  NodePtr aggregate;
  expr::ExprPtr value;
};

std::optional<ValueOfAggregate> find_aggregate(NodePtr sub, expr::ExprPtr value) {
  while (sub->kind == NodeKind::kProject || sub->kind == NodeKind::kFilter) {
    if (const auto* project = std::get_if<ProjectSpec>(&sub->spec)) {
      value = expr::replace_leaves(value, [&](const Expr& leaf) {
        return leaf.kind == ExprKind::kColumn ? project->exprs[leaf.column] : nullptr;
      });
    } else {
      value = expr::make(ExprKind::kCase, value->type,
                         {std::get<FilterSpec>(sub->spec).predicate, value,
                          expr::literal(Value::null(value->type))});
    }
    sub = sub->inputs[0];
  }
  const auto* spec = std::get_if<AggregateSpec>(&sub->spec);
  if (!spec || !spec->groups.empty()) return std::nullopt;
  return ValueOfAggregate{std::move(sub), std::move(value)};
}

// The only value of a sub-query that may have several: then an error.
ValueOfAggregate single_value(const NodePtr& sub, const expr::ExprPtr& value) {
  AggregateSpec single;
  single.calls.emplace_back();
  single.calls[0].kind = AggregateKind::kSingle;
  single.calls[0].arguments = {0};
  single.calls[0].result = value->type;
  return {make_aggregate(make_project(sub, {value}, {"value"}), std::move(single), {"value"}),
          expr::column_ref(0, value->type)};
}

}  // namespace

Result<expr::ExprPtr> Binder::attach_value(NodePtr& node, const Pending& pending) {
  std::optional<ValueOfAggregate> found = find_aggregate(pending.node, pending.value);
  if (!found) found = single_value(pending.node, pending.value);
  const NodePtr& sub = found->aggregate;
  const auto [rows, columns, strict] = TRY(asking(node, pending, sub));
  const auto& calls = std::get<AggregateSpec>(sub->spec).calls;
  const auto n = width(node);
  if (columns.empty()) {
    node = make_join(node, sub, {JoinKind::kInner, {}, {}, nullptr});
  } else {
    const Dependent grouped =
        TRY(decorrelate_aggregate(sub, {pending.level, rows, columns, strict}));
    const auto first = static_cast<uint32_t>(calls.size());
    node = make_join(node, grouped.node,
                     {JoinKind::kLeft, columns,
                      range(first, static_cast<uint32_t>(columns.size())), nullptr,
                      !grouped.never_null});
  }
  const ExprPtr value = expr::replace_leaves(found->value, [&](const Expr& leaf) {
    return leaf.kind == ExprKind::kColumn ? call_or_empty(calls[leaf.column], n + leaf.column)
                                          : nullptr;
  });
  return as_columns(value, pending.level);
}

Result<expr::ExprPtr> Binder::attach_exists(NodePtr& node, const Pending& pending) {
  const auto [rows, columns, strict] = TRY(asking(node, pending, pending.node));
  const auto k = static_cast<uint32_t>(columns.size());
  Dependent keys{make_project(pending.node, {}, {}), true};
  if (k > 0) keys = TRY(decorrelate(keys.node, {pending.level, rows, columns, strict}));
  const NodePtr found = flagged(keys.node);
  const auto n = width(node);
  node = make_join(node, found,
                   {JoinKind::kLeft, columns, range(0, k), nullptr, !keys.never_null});
  return expr::make(ExprKind::kIsNotNull, TypeId::kBool,
                    {expr::column_ref(n + k, TypeId::kBool)});
}

namespace {

// Of each value of the `keys` columns behind the first: how many rows there are, and how many of
// them have NULL in the first.
NodePtr count_values(const NodePtr& values, uint32_t keys) {
  const expr::ExprPtr value = expr::column_ref(0, values->schema.fields[0].type);
  std::vector<expr::ExprPtr> exprs{expr::make(ExprKind::kIsNull, TypeId::kBool, {value})};
  std::vector<std::string> names{"is_null"};
  AggregateSpec spec;
  for (uint32_t i = 0; i < keys; ++i) {
    exprs.push_back(expr::column_ref(1 + i, values->schema.fields[1 + i].type));
    names.push_back(fmt::format("outer{}", i + 1));
    spec.groups.push_back(1 + i);
  }
  spec.calls = {count_where({}), count_where(0)};
  std::vector<std::string> outputs(names.begin() + 1, names.end());
  outputs.insert(outputs.end(), {"rows", "nulls"});
  return make_aggregate(make_project(values, exprs, names), std::move(spec), outputs);
}

}  // namespace

// true where the value is there; NULL where it is NULL or a NULL is there, unless there is nothing.
Result<expr::ExprPtr> Binder::attach_in(NodePtr& node, const Pending& pending) {
  const auto [rows, columns, strict] = TRY(asking(node, pending, pending.node));
  const auto k = static_cast<uint32_t>(columns.size());
  const uint32_t left = width(node);
  node = with_column(node, pending.left, "value");
  Dependent values{pending.node, true};
  if (k > 0) values = TRY(decorrelate(values.node, {pending.level, rows, columns, strict}));

  const ExprPtr value = expr::column_ref(0, values.node->schema.fields[0].type);
  const NodePtr counts = count_values(values.node, k);
  const uint32_t counted = width(node) + k;
  node = make_join(node, counts,
                   {JoinKind::kLeft, columns, range(0, k), nullptr, !values.never_null});

  const ExprPtr present = expr::make(ExprKind::kIsNotNull, TypeId::kBool, {value});
  const NodePtr found = flagged(push_filter(values.node, present));
  Columns left_keys{left};
  left_keys.insert(left_keys.end(), columns.begin(), columns.end());
  const uint32_t flag = width(node) + 1 + k;
  node = make_join(node, found,
                   {JoinKind::kLeft, left_keys, range(0, 1 + k), nullptr, !values.never_null});

  const ExprPtr zero = expr::literal({TypeId::kInt8, int64_t{0}});
  const auto count_of = [&](uint32_t column) {
    return expr::make(ExprKind::kCoalesce, TypeId::kInt8,
                      {expr::column_ref(column, TypeId::kInt8), zero});
  };
  const ExprPtr nothing =
      TRY(bind_function("=", {count_of(counted), zero}, pending.location));
  const ExprPtr nulls =
      TRY(bind_function(">", {count_of(counted + 1), zero}, pending.location));
  const ExprPtr matched =
      expr::make(ExprKind::kIsNotNull, TypeId::kBool, {expr::column_ref(flag, TypeId::kBool)});
  const ExprPtr left_value = expr::column_ref(left, pending.left->type);
  const ExprPtr left_null = expr::make(ExprKind::kIsNull, TypeId::kBool, {left_value});
  const ExprPtr unknown = expr::make(ExprKind::kOr, TypeId::kBool, {left_null, nulls});
  return expr::make(ExprKind::kCase, TypeId::kBool,
                    {nothing, literal_bool(false), matched, literal_bool(true), unknown,
                     expr::literal(Value::null(TypeId::kBool)), literal_bool(false)});
}

// EXISTS and IN as a condition of their own: no column is needed.
Result<NodePtr> Binder::semi_join(NodePtr node, const Pending& pending, bool anti) {
  const auto [rows, columns, strict] = TRY(asking(node, pending, pending.node));
  const auto k = static_cast<uint32_t>(columns.size());
  JoinSpec spec{anti ? JoinKind::kAnti : JoinKind::kSemi, {}, {}, nullptr};
  Dependent right{pending.node, true};
  uint32_t first = 0;
  if (pending.kind == SubqueryKind::kIn) {
    spec.left_keys.push_back(width(node));
    spec.right_keys.push_back(first++);
    node = with_column(node, pending.left, "value");
  } else {
    right.node = make_project(right.node, {}, {});
  }
  if (k > 0) {
    Result<Dependent> tagged = decorrelate(right.node, {pending.level, rows, columns, strict});
    if (!tagged) {
      return std::move(tagged).error().at(sql::place_of(text_, pending.location, start_));
    }
    right = std::move(*tagged);
  }
  if (first == 0) {  // keys alone, and one row where there is no key
    if (k == 0) right.node = with_column(right.node, literal_bool(true), "found");
    right.node = make_distinct(right.node);
  }
  if (!right.never_null) {
    spec.nulls_match = true;
    if (first == 1) {
      const ExprPtr value = expr::column_ref(spec.left_keys[0], pending.left->type);
      spec.residual = expr::make(ExprKind::kIsNotNull, TypeId::kBool, {value});
    }
  }
  for (uint32_t i = 0; i < k; ++i) {
    spec.left_keys.push_back(columns[i]);
    spec.right_keys.push_back(first + i);
  }
  return make_join(std::move(node), right.node, std::move(spec));
}

Result<NodePtr> Binder::where(NodePtr node, const ExprPtr& predicate) {
  TRY_VOID(no_rows(predicate));
  std::vector<ExprPtr> conjuncts;
  expr::split_conjuncts(predicate, conjuncts);
  std::vector<ExprPtr> plain;
  std::vector<ExprPtr> others;
  for (const ExprPtr& conjunct : conjuncts) {
    (expr::any_leaf(*conjunct, is_pending) ? others : plain).push_back(conjunct);
  }
  if (!plain.empty())
    node = push_filter(std::move(node), expr::fold_constants(expr::conjunction(plain)));
  std::vector<ExprPtr> values;
  for (const ExprPtr& conjunct : others) {
    const bool negated = conjunct->kind == ExprKind::kNot;
    const Expr& asked = negated ? *conjunct->args[0] : *conjunct;
    if (asked.kind == ExprKind::kPending) {
      Pending pending = pending_[asked.column];
      const bool exists = pending.kind == SubqueryKind::kExists;
      if (exists || (pending.kind == SubqueryKind::kIn && !negated)) {
        TRY_VOID(compute(node, pending));
        node = TRY(semi_join(std::move(node), pending, negated));
        continue;
      }
    }
    values.push_back(conjunct);
  }
  for (const ExprPtr& conjunct : values) {
    const ExprPtr condition = TRY(attach_all(node, conjunct));
    node = push_filter(std::move(node), expr::fold_constants(condition));
  }
  return node;
}

}  // namespace weir::plan
