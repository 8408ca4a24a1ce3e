// Sub-queries in the ON of an outer join. Such a condition decides for each pair of rows, and rows
// without a partner stay, so it can be neither a filter behind the join nor one of a side. Instead
// the pairs are found first, of values, not of rows:
//
//   pairs = distinct(left columns that ON names) x distinct(right ones), where ON
//   answer = left outer join (right join pairs on its values) on the left values
//
// Both of these joins compare by equality in which NULLs match. In a full join right rows without a
// pair come along, with nothing in `found`, so that no left row matches them.
//
// What asks of the left side alone is a column of it; in a left join what asks of the right side
// alone is a filter of it.
#include "plan/build.h"
#include "plan/decorrelate.h"
#include "plan/binder.h"
#include "plan/projection.h"
#include "sql/parser.h"

namespace weir::plan {

using expr::Expr;
using expr::ExprKind;

namespace {

using Columns = std::vector<uint32_t>;
using Places = std::map<uint32_t, uint32_t>;

bool asks(const expr::ExprPtr& e) {
  return expr::any_leaf(*e, [](const Expr& leaf) { return leaf.kind == ExprKind::kPending; });
}

expr::ExprPtr column_of(const NodePtr& node, uint32_t column) {
  return expr::column_ref(column, node->schema.fields[column].type);
}

// Its distinct values of these columns, or one row where there are none.
NodePtr distinct_values(const NodePtr& node, const Columns& columns) {
  if (!columns.empty()) return make_distinct(select_columns(node, columns));
  return make_values({{{"dummy", TypeId::kInt4}}}, {{Value{TypeId::kInt4, int64_t{0}}}});
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

// The same asked of other rows, which have those columns at other places.
Result<expr::ExprPtr> Binder::moved(const ExprPtr& e, const Places& places) {
  std::map<uint32_t, ExprPtr> asked;
  Columns ids;
  expr::any_leaf(*e, [&](const Expr& leaf) {
    if (leaf.kind == ExprKind::kPending) ids.push_back(leaf.column);
    return false;
  });
  for (const uint32_t id : ids) {
    Pending pending = pending_[id];
    pending.scope = nullptr;
    if (pending.left) pending.left = TRY(moved(pending.left, places));
    if (pending.guard) pending.guard = TRY(moved(pending.guard, places));
    for (ExprPtr& computed : pending.computed) computed = TRY(moved(computed, places));
    pending.node = replace_in_plan(pending.node, [&](const Expr& leaf) -> ExprPtr {
      const bool ours = leaf.kind == ExprKind::kOuter && leaf.level == pending.level &&
                        leaf.column < kFirstComputed;
      if (!ours) return nullptr;
      Expr other = leaf;
      other.column = places.at(leaf.column);
      return std::make_shared<const Expr>(std::move(other));
    });
    asked[id] = TRY(pend(std::move(pending), {}));
  }
  return expr::replace_leaves(e, [&](const Expr& leaf) -> ExprPtr {
    if (leaf.kind == ExprKind::kColumn)
      return expr::column_ref(places.at(leaf.column), leaf.type);
    if (leaf.kind != ExprKind::kPending) return nullptr;
    Expr other = leaf;
    other.column = asked[leaf.column]->column;
    return std::make_shared<const Expr>(std::move(other));
  });
}

Result<NodePtr> Binder::ask_sides(Source& left, Source& right, Joining& joining) {
  const uint32_t a = width(left.node);
  std::vector<ExprPtr> rest;
  std::vector<ExprPtr> of_left;
  Places to_right;
  for (uint32_t i = 0; i < width(right.node); ++i) to_right[a + i] = i;
  for (const ExprPtr& conjunct : joining.conjuncts) {
    Columns used;
    if (asks(conjunct)) collect_used(conjunct, used);
    const auto in_left = [&](uint32_t column) { return column < a; };
    if (!asks(conjunct)) {
      rest.push_back(conjunct);
    } else if (std::all_of(used.begin(), used.end(), in_left)) {
      of_left.push_back(conjunct);
    } else if (joining.kind == JoinKind::kLeft &&
               std::none_of(used.begin(), used.end(), in_left)) {
      right.node = TRY(where(right.node, TRY(moved(conjunct, to_right))));
      right.node = select_columns(right.node, range(0, static_cast<uint32_t>(to_right.size())));
    } else {
      rest.push_back(conjunct);
    }
  }
  joining.conjuncts = std::move(rest);
  if (of_left.empty()) return nullptr;
  NodePtr node = left.node;
  const ExprPtr holds = TRY(attach_all(node, expr::conjunction(std::move(of_left))));
  Projection flagged(node);
  flagged.keep(0, a).append(holds, "holds");
  return flagged.make();
}

Result<NodePtr> Binder::matching_pairs(const PairSides& sides, const Joining& joining) {
  const uint32_t first_right = std::max<uint32_t>(1, static_cast<uint32_t>(sides.left_columns.size()));
  Places places;
  for (uint32_t i = 0; i < sides.left_columns.size(); ++i) places[sides.left_columns[i]] = i;
  JoinSpec spec{JoinKind::kInner, {}, {}, nullptr, true};
  for (uint32_t i = 0; i < sides.right_columns.size(); ++i) {
    const uint32_t column = sides.right_columns[i];
    places[width(sides.left) + column] = first_right + i;
    for (size_t k = 0; k < sides.keys.right_keys.size(); ++k) {
      if (sides.keys.right_keys[k] != column) continue;
      spec.left_keys.push_back(places.at(sides.keys.left_keys[k]));
      spec.right_keys.push_back(i);
    }
  }
  std::vector<ExprPtr> conjuncts;
  for (const ExprPtr& e : joining.conjuncts) conjuncts.push_back(TRY(moved(e, places)));
  NodePtr pairs = make_join(distinct_values(sides.left, sides.left_columns),
                            distinct_values(sides.right, sides.right_columns), std::move(spec));
  if (!conjuncts.empty())
    pairs = TRY(where(std::move(pairs), expr::conjunction(std::move(conjuncts))));
  Projection answer(pairs);
  answer.keep(0, static_cast<uint32_t>(sides.left_columns.size()));
  answer.keep(first_right, static_cast<uint32_t>(sides.right_columns.size()));
  answer.append(expr::literal(Value::of(true)), "found");
  return answer.make();
}

// A join on conditions without sub-queries, and on the column behind the left side's own.
Result<NodePtr> Binder::join_flagged(Source& left, Source& right, Joining& joining,
                                     const NodePtr& flagged) {
  const uint32_t a = width(left.node);
  const uint32_t b = width(right.node);
  const uint32_t added = width(flagged) - a;
  Columns map = range(0, a);
  for (uint32_t i = 0; i < b; ++i) map.push_back(a + added + i);
  for (ExprPtr& e : joining.conjuncts) e = expr::remap_columns(e, map);
  if (added > 0) joining.conjuncts.push_back(column_of(flagged, a));
  Source with_flag{flagged, {}};
  const NodePtr joined =
      TRY(join_on(with_flag, right, joining.kind, std::move(joining.conjuncts)));
  return Projection(joined).keep(0, a).keep(a + added, b).make();
}

// `keys`: equalities in which NULLs match, of a lateral right side with the left rows.
Result<NodePtr> Binder::join_asking(Source& left, Source& right, Joining& joining, JoinSpec keys) {
  const uint32_t a = width(left.node);
  const uint32_t b = width(right.node);
  NodePtr left_node = TRY(ask_sides(left, right, joining));
  const bool flagged = left_node != nullptr;
  if (!flagged) left_node = left.node;
  const bool asked = std::any_of(joining.conjuncts.begin(), joining.conjuncts.end(), asks);
  if (!asked && keys.left_keys.empty()) return join_flagged(left, right, joining, left_node);
  PairSides sides{left.node, right.node, keys.left_keys, keys.right_keys, std::move(keys)};
  for (const ExprPtr& e : joining.conjuncts) {
    Columns used;
    collect_used(e, used);
    for (const uint32_t c : used)
      c < a ? sides.left_columns.push_back(c) : sides.right_columns.push_back(c - a);
  }
  for (Columns* columns : {&sides.left_columns, &sides.right_columns}) {
    std::sort(columns->begin(), columns->end());
    columns->erase(std::unique(columns->begin(), columns->end()), columns->end());
  }
  const auto k = static_cast<uint32_t>(sides.left_columns.size());
  const auto m = static_cast<uint32_t>(sides.right_columns.size());
  const bool full = joining.kind == JoinKind::kFull;
  const NodePtr pairs = TRY(matching_pairs(sides, joining));
  const NodePtr paired =
      make_join(right.node, pairs,
                {full ? JoinKind::kLeft : JoinKind::kInner, sides.right_columns, range(k, m),
                 nullptr, true});
  // The left values and `true` meet those of the pair and `found`.
  Projection asking(left_node);
  asking.keep_all().append(expr::literal(Value::of(true)), "found");
  JoinSpec spec{joining.kind, sides.left_columns, range(b, k), nullptr, true};
  spec.left_keys.push_back(asking.size() - 1);
  spec.right_keys.push_back(b + k + m);
  if (flagged) spec.residual = column_of(left_node, a);
  const uint32_t first_right = asking.size();
  const NodePtr joined = make_join(asking.make(), paired, std::move(spec));
  return Projection(joined).keep(0, a).keep(first_right, b).make();
}

}  // namespace weir::plan
