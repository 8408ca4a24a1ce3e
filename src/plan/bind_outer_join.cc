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
#include "plan/outer_join_binder.h"
#include "plan/projection.h"

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

// The same asked of other rows, which have those columns at other places.
Result<expr::ExprPtr> OuterJoinBinder::moved(const ExprPtr& e, const Places& places) {
  std::map<uint32_t, ExprPtr> asked;
  Columns ids;
  expr::any_leaf(*e, [&](const Expr& leaf) {
    if (leaf.kind == ExprKind::kPending) ids.push_back(leaf.column);
    return false;
  });
  for (const uint32_t id : ids) {
    Pending pending = binder_.pending_[id];
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
    asked[id] = TRY(binder_.pend(std::move(pending), {}));
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

// Takes the conditions that ask of one side alone. Answers the left side with a column behind its
// own that says which rows these leave a partner; null: none is needed.
Result<NodePtr> OuterJoinBinder::ask_sides() {
  const uint32_t a = width(left_.node);
  std::vector<ExprPtr> rest;
  std::vector<ExprPtr> of_left;
  Places to_right;
  for (uint32_t i = 0; i < width(right_.node); ++i) to_right[a + i] = i;
  for (const ExprPtr& conjunct : joining_.conjuncts) {
    Columns used;
    if (asks(conjunct)) binder_.collect_used(conjunct, used);
    const auto in_left = [&](uint32_t column) { return column < a; };
    if (!asks(conjunct)) {
      rest.push_back(conjunct);
    } else if (std::all_of(used.begin(), used.end(), in_left)) {
      of_left.push_back(conjunct);
    } else if (joining_.kind == JoinKind::kLeft &&
               std::none_of(used.begin(), used.end(), in_left)) {
      right_.node = TRY(binder_.where(right_.node, TRY(moved(conjunct, to_right))));
      right_.node = select_columns(right_.node, range(0, static_cast<uint32_t>(to_right.size())));
    } else {
      rest.push_back(conjunct);
    }
  }
  joining_.conjuncts = std::move(rest);
  if (of_left.empty()) return nullptr;
  NodePtr node = left_.node;
  const ExprPtr holds = TRY(binder_.attach_all(node, expr::conjunction(std::move(of_left))));
  Projection flagged(node);
  flagged.keep(0, a).append(holds, "holds");
  return flagged.make();
}

Result<NodePtr> OuterJoinBinder::matching_pairs(const PairSides& sides) {
  const auto lefts = static_cast<uint32_t>(sides.left.size());
  const uint32_t first_right = std::max<uint32_t>(1, lefts);
  Places places;
  for (uint32_t i = 0; i < sides.left.size(); ++i) places[sides.left[i]] = i;
  JoinSpec spec{JoinKind::kInner, {}, {}, nullptr, true};
  for (uint32_t i = 0; i < sides.right.size(); ++i) {
    const uint32_t column = sides.right[i];
    places[width(left_.node) + column] = first_right + i;
    for (size_t k = 0; k < sides.keys.right_keys.size(); ++k) {
      if (sides.keys.right_keys[k] != column) continue;
      spec.left_keys.push_back(places.at(sides.keys.left_keys[k]));
      spec.right_keys.push_back(i);
    }
  }
  std::vector<ExprPtr> conjuncts;
  for (const ExprPtr& e : joining_.conjuncts) conjuncts.push_back(TRY(moved(e, places)));
  NodePtr pairs = make_join(distinct_values(left_.node, sides.left),
                            distinct_values(right_.node, sides.right), std::move(spec));
  if (!conjuncts.empty())
    pairs = TRY(binder_.where(std::move(pairs), expr::conjunction(std::move(conjuncts))));
  Projection answer(pairs);
  answer.keep(0, lefts);
  answer.keep(first_right, static_cast<uint32_t>(sides.right.size()));
  answer.append(expr::literal(Value::of(true)), "found");
  return answer.make();
}

// A join on conditions without sub-queries, and on the column behind the left side's own.
Result<NodePtr> OuterJoinBinder::join_flagged(const NodePtr& flagged) {
  const uint32_t a = width(left_.node);
  const uint32_t b = width(right_.node);
  const uint32_t added = width(flagged) - a;
  Columns map = range(0, a);
  for (uint32_t i = 0; i < b; ++i) map.push_back(a + added + i);
  for (ExprPtr& e : joining_.conjuncts) e = expr::remap_columns(e, map);
  if (added > 0) joining_.conjuncts.push_back(column_of(flagged, a));
  Source with_flag{flagged, {}};
  const NodePtr joined =
      TRY(binder_.join_on(with_flag, right_, joining_.kind, std::move(joining_.conjuncts)));
  return Projection(joined).keep(0, a).keep(a + added, b).make();
}

OuterJoinBinder::PairSides OuterJoinBinder::sides_of(JoinSpec keys) const {
  PairSides sides{keys.left_keys, keys.right_keys, std::move(keys)};
  const uint32_t a = width(left_.node);
  for (const ExprPtr& e : joining_.conjuncts) {
    Columns used;
    binder_.collect_used(e, used);
    for (const uint32_t c : used) c < a ? sides.left.push_back(c) : sides.right.push_back(c - a);
  }
  for (Columns* columns : {&sides.left, &sides.right}) {
    std::sort(columns->begin(), columns->end());
    columns->erase(std::unique(columns->begin(), columns->end()), columns->end());
  }
  return sides;
}

Result<NodePtr> OuterJoinBinder::join(JoinSpec keys) {
  const uint32_t a = width(left_.node);
  const uint32_t b = width(right_.node);
  NodePtr left = TRY(ask_sides());
  const bool flagged = left != nullptr;
  if (!flagged) left = left_.node;
  const bool asked = std::any_of(joining_.conjuncts.begin(), joining_.conjuncts.end(), asks);
  if (!asked && keys.left_keys.empty()) return join_flagged(left);
  const PairSides sides = sides_of(std::move(keys));
  const auto k = static_cast<uint32_t>(sides.left.size());
  const auto m = static_cast<uint32_t>(sides.right.size());
  const NodePtr pairs = TRY(matching_pairs(sides));
  const JoinKind kind = joining_.kind == JoinKind::kFull ? JoinKind::kLeft : JoinKind::kInner;
  const NodePtr paired =
      make_join(right_.node, pairs, {kind, sides.right, range(k, m), nullptr, true});
  // The left values and `true` meet those of the pair and `found`.
  Projection asking(left);
  asking.keep_all().append(expr::literal(Value::of(true)), "found");
  JoinSpec spec{joining_.kind, sides.left, range(b, k), nullptr, true};
  spec.left_keys.push_back(asking.size() - 1);
  spec.right_keys.push_back(b + k + m);
  if (flagged) spec.residual = column_of(left, a);
  const uint32_t first_right = asking.size();
  const NodePtr joined = make_join(asking.make(), paired, std::move(spec));
  return Projection(joined).keep(0, a).keep(first_right, b).make();
}

}  // namespace weir::plan
