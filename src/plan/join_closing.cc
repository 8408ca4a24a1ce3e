#include "plan/join_closing.h"

#include "expr/function.h"
#include "plan/build_internal.h"

namespace weir::plan {

namespace {

using Columns = std::vector<uint32_t>;

// The conjuncts `a <= b` or `a < b` of two columns, as (a, b).
std::vector<std::pair<uint32_t, uint32_t>> orders_of(const expr::ExprPtr& condition) {
  std::vector<expr::ExprPtr> conjuncts;
  if (condition) expr::split_conjuncts(condition, conjuncts);
  std::vector<std::pair<uint32_t, uint32_t>> orders;
  for (const expr::ExprPtr& e : conjuncts) {
    if (e->kind != expr::ExprKind::kCall || e->args.size() != 2) continue;
    if (e->args[0]->kind != expr::ExprKind::kColumn || e->args[1]->kind != expr::ExprKind::kColumn)
      continue;
    const std::string_view op = e->function->name;
    const uint32_t a = e->args[0]->column;
    const uint32_t b = e->args[1]->column;
    if (op == "<" || op == "<=") orders.emplace_back(a, b);
    if (op == ">" || op == ">=") orders.emplace_back(b, a);
  }
  return orders;
}

bool has_event_time(const Node& node) {
  if (node.kind == NodeKind::kScan) return node.properties.event_time;
  return std::any_of(node.inputs.begin(), node.inputs.end(),
                     [](const NodePtr& input) { return has_event_time(*input); });
}

}  // namespace

std::vector<uint32_t> closing_columns_of_join(const Node& left, const Node& right,
                                              const JoinSpec& spec) {
  const auto width = static_cast<uint32_t>(left.schema.size());
  const Columns& of_left = left.properties.closing_columns;
  const Columns& of_right = right.properties.closing_columns;
  const bool inner = spec.kind == JoinKind::kInner;
  Columns closing;
  const auto add = [&](uint32_t c) {
    const bool shown = c < width || inner;
    if (shown && !contains(closing, c)) closing.push_back(c);
  };
  if (spec.kind == JoinKind::kFull) return closing;
  if (!has_event_time(right)) return of_left;
  if (!has_event_time(left)) {
    for (const uint32_t c : of_right) add(width + c);
    return closing;
  }
  for (size_t i = 0; i < spec.left_keys.size(); ++i) {
    if (!contains(of_left, spec.left_keys[i]) || !contains(of_right, spec.right_keys[i])) continue;
    add(spec.left_keys[i]);
    add(width + spec.right_keys[i]);
  }
  for (const auto& [earlier, later] : orders_of(spec.residual)) {
    const bool right_first = earlier >= width && later < width;
    const bool left_first = earlier < width && later >= width;
    if (right_first && contains(of_right, earlier - width) && contains(of_left, later)) add(later);
    if (left_first && contains(of_left, earlier) && contains(of_right, later - width)) add(later);
  }
  return closing;
}

}  // namespace weir::plan
