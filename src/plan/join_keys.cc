#include "plan/join_keys.h"

#include "expr/function.h"
#include "plan/build.h"
#include "plan/projection.h"

namespace weir::plan {

namespace {

using Columns = std::vector<uint32_t>;

bool is_outer(const expr::Expr& leaf) { return leaf.kind == expr::ExprKind::kOuter; }

// Columns of a side that expressions are read from; those behind the side's own are computed.
Columns key_columns(Projection& side, const std::vector<expr::ExprPtr>& keys) {
  Columns columns;
  for (const expr::ExprPtr& key : keys) columns.push_back(side.add(key, "key"));
  return columns;
}

}  // namespace

JoinKeys::JoinKeys(NodePtr left, NodePtr right)
    : left_(std::move(left)), right_(std::move(right)) {}

bool JoinKeys::take(const expr::ExprPtr& conjunct) {
  if (conjunct->kind != expr::ExprKind::kCall || conjunct->function->name != "=") return false;
  if (expr::any_leaf(*conjunct, is_outer)) return false;
  const uint32_t n = width(left_);
  for (const auto& [a, b] : {std::pair(conjunct->args[0], conjunct->args[1]),
                             std::pair(conjunct->args[1], conjunct->args[0])}) {
    Columns of_left;
    Columns of_right;
    expr::collect_columns(*a, of_left);
    expr::collect_columns(*b, of_right);
    const bool fits = !of_left.empty() && of_left.back() < n && !of_right.empty() &&
                      of_right.front() >= n && a->type.id == b->type.id;
    if (!fits) continue;
    Columns map(n, 0);
    for (uint32_t i = 0; i < width(right_); ++i) map.push_back(i);
    keys_.push_back({a, expr::remap_columns(b, map)});
    return true;
  }
  return false;
}

NodePtr JoinKeys::join(JoinSpec spec) {
  const uint32_t a = width(left_);
  const uint32_t b = width(right_);
  Projection left(left_);
  Projection right(right_);
  left.keep_all();
  right.keep_all();
  std::vector<expr::ExprPtr> of_left;
  std::vector<expr::ExprPtr> of_right;
  for (const Key& key : keys_) {
    of_left.push_back(key.left);
    of_right.push_back(key.right);
  }
  const Columns left_keys = key_columns(left, of_left);
  const Columns right_keys = key_columns(right, of_right);
  spec.left_keys.insert(spec.left_keys.end(), left_keys.begin(), left_keys.end());
  spec.right_keys.insert(spec.right_keys.end(), right_keys.begin(), right_keys.end());
  const uint32_t added = left.size() - a;
  const bool computed = added > 0 || right.size() > b;
  if (added > 0 && spec.residual) {
    Columns map = range(0, a);
    for (uint32_t i = 0; i < b; ++i) map.push_back(a + added + i);
    spec.residual = expr::remap_columns(spec.residual, map);
  }
  if (spec.nulls_match) {  // those of the other keys: NULLs of these are equal to nothing
    std::vector<expr::ExprPtr> residual;
    if (spec.residual) residual.push_back(spec.residual);
    for (size_t i = 0; i < left_keys.size(); ++i) {
      residual.push_back(expr::make(expr::ExprKind::kIsNotNull, TypeId::kBool,
                                    {expr::column_ref(left_keys[i], of_left[i]->type)}));
    }
    spec.residual = expr::conjunction(std::move(residual));
  }
  const bool left_only = answers_left_only(spec.kind);
  NodePtr joined = make_join(left.make(), right.make(), std::move(spec));
  if (!computed) return joined;
  Projection answers(std::move(joined));
  answers.keep(0, a);
  if (!left_only) answers.keep(a + added, b);
  return answers.make();
}

}  // namespace weir::plan
