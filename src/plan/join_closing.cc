#include "plan/join_closing.h"

#include <optional>

#include "expr/function.h"
#include "plan/build_internal.h"

namespace weir::plan {

namespace {

// A column, and what is added to it.
struct Shifted {
  uint32_t column = 0;
  Micros by = 0;
};

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

std::vector<ClosingColumn> closing_columns_of_join(const Node& left, const Node& right,
                                                   const JoinSpec& spec) {
  const auto width = static_cast<uint32_t>(left.schema.size());
  const bool inner = spec.kind == JoinKind::kInner;
  std::vector<ClosingColumn> closing;
  const auto add = [&](uint32_t c, const Ending& ending) {
    const bool shown = c < width || inner;
    const bool known = std::any_of(closing.begin(), closing.end(),
                                   [&](const ClosingColumn& one) { return one.column == c; });
    if (shown && !known) closing.push_back({c, ending});
  };
  if (spec.kind == JoinKind::kFull) return closing;
  if (!has_event_time(right)) return left.properties.closing_columns;
  if (!has_event_time(left)) {
    for (const auto& [c, ending] : right.properties.closing_columns) add(width + c, ending);
    return closing;
  }
  for (size_t i = 0; i < spec.left_keys.size(); ++i) {
    if (!close_alike(left, spec.left_keys[i], right, spec.right_keys[i])) continue;
    const Ending& ending = *ending_of(left, spec.left_keys[i]);
    add(spec.left_keys[i], ending);
    add(width + spec.right_keys[i], ending);
  }
  const auto is_time = [&](uint32_t c) {
    return c < width ? closes_at_its_value(left, c) : closes_at_its_value(right, c - width);
  };
  for (const auto& [earlier, later, by] : time_orders(spec.residual)) {
    const bool both = (earlier < width) != (later < width);
    if (by <= 0 && both && is_time(earlier) && is_time(later)) add(later, {});
  }
  return closing;
}

}  // namespace weir::plan
