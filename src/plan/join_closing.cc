#include "plan/join_closing.h"

#include <optional>

#include "expr/function.h"
#include "plan/build_internal.h"

namespace weir::plan {

namespace {

using Columns = std::vector<uint32_t>;

// A column, and what is added to it.
struct Shifted {
  uint32_t column = 0;
  Micros by = 0;
};

std::optional<Micros> fixed_interval(const expr::Expr& e) {
  if (e.kind != expr::ExprKind::kLiteral) return std::nullopt;
  const auto* interval = std::get_if<Interval>(&e.literal.data);
  if (!interval || interval->months != 0) return std::nullopt;
  Micros days = 0;
  Micros sum = 0;
  if (__builtin_mul_overflow(Micros{interval->days}, Micros{86'400'000'000}, &days) ||
      __builtin_add_overflow(days, interval->micros, &sum) || sum == INT64_MIN) {
    return std::nullopt;
  }
  return sum;
}

std::optional<Shifted> shifted_column(const expr::Expr& e) {
  if (e.kind == expr::ExprKind::kColumn) return Shifted{e.column, 0};
  if (e.kind != expr::ExprKind::kCall || e.args.size() != 2) return std::nullopt;
  const bool plus = e.function->name == "+";
  if (!plus && e.function->name != "-") return std::nullopt;
  for (const size_t at : {size_t{0}, size_t{1}}) {
    if (at == 1 && !plus) continue;  // an interval less a time is nothing
    const std::optional<Micros> by = fixed_interval(*e.args[1 - at]);
    if (!by || e.args[at]->kind != expr::ExprKind::kColumn) continue;
    return Shifted{e.args[at]->column, plus ? *by : -*by};
  }
  return std::nullopt;
}

}  // namespace

std::vector<TimeOrder> time_orders(const expr::ExprPtr& condition) {
  std::vector<expr::ExprPtr> conjuncts;
  if (condition) expr::split_conjuncts(condition, conjuncts);
  std::vector<TimeOrder> orders;
  for (const expr::ExprPtr& e : conjuncts) {
    if (e->kind != expr::ExprKind::kCall || e->args.size() != 2) continue;
    const std::optional<Shifted> a = shifted_column(*e->args[0]);
    const std::optional<Shifted> b = shifted_column(*e->args[1]);
    Micros by = 0;
    if (!a || !b || __builtin_sub_overflow(b->by, a->by, &by) || by == INT64_MIN) continue;
    const std::string_view op = e->function->name;
    if (op == "<" || op == "<=") orders.push_back({a->column, b->column, by});
    if (op == ">" || op == ">=") orders.push_back({b->column, a->column, -by});
  }
  return orders;
}

bool has_event_time(const Node& node) {
  if (node.kind == NodeKind::kScan) return node.properties.event_time;
  return std::any_of(node.inputs.begin(), node.inputs.end(),
                     [](const NodePtr& input) { return has_event_time(*input); });
}

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
  for (const auto& [earlier, later, by] : time_orders(spec.residual)) {
    if (by > 0) continue;
    const bool right_first = earlier >= width && later < width;
    const bool left_first = earlier < width && later >= width;
    if (right_first && contains(of_right, earlier - width) && contains(of_left, later)) add(later);
    if (left_first && contains(of_left, earlier) && contains(of_right, later - width)) add(later);
  }
  return closing;
}

}  // namespace weir::plan
