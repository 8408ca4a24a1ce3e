#include "plan/row_estimate.h"

#include <algorithm>

#include "expr/function.h"
#include "plan/build.h"

namespace weir::plan {

namespace {

using expr::Expr;
using expr::ExprKind;

constexpr double kEqual = 0.05;
constexpr double kRange = 0.3;
constexpr double kLike = 0.1;
constexpr double kOther = 0.3;
constexpr double kGroups = 0.3;  // of the rows that are grouped

bool is_key(const Node& node, uint32_t column) {
  const auto& keys = node.properties.keys;
  return std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
    return key.size() == 1 && key[0] == column;
  });
}

double share_of_call(const Expr& e, const Node& node, uint32_t first) {
  const std::string_view name = e.function->name;
  if (name == "=") {
    for (const expr::ExprPtr& side : e.args) {
      if (side->kind != ExprKind::kColumn || !is_key(node, side->column - first)) continue;
      const double rows = estimated_rows(node).value_or(1);
      return rows > 1 ? 1 / rows : 1;
    }
    return kEqual;
  }
  if (name == "<>") return 1 - kEqual;
  if (name == "<" || name == "<=" || name == ">" || name == ">=") return kRange;
  return name.find("like") != std::string_view::npos ? kLike : kOther;
}

std::optional<double> rows_of_join(const Node& node) {
  const auto& spec = std::get<JoinSpec>(node.spec);
  const std::optional<double> left = estimated_rows(*node.inputs[0]);
  const std::optional<double> right = estimated_rows(*node.inputs[1]);
  if (!left || !right) return std::nullopt;
  if (answers_left_only(spec.kind)) return *left / 2;
  if (spec.left_keys.empty()) return *left * *right;
  return std::max(*left, *right);
}

std::optional<double> rows_of_all(const Node& node) {
  double sum = 0;
  for (const NodePtr& input : node.inputs) {
    const std::optional<double> rows = estimated_rows(*input);
    if (!rows) return std::nullopt;
    sum += *rows;
  }
  return sum;
}

}  // namespace

double share_left(const Expr& condition, const Node& node, uint32_t first) {
  double share = 0;
  switch (condition.kind) {
    case ExprKind::kCall: return share_of_call(condition, node, first);
    case ExprKind::kAnd:
      share = 1;
      for (const expr::ExprPtr& e : condition.args) share *= share_left(*e, node, first);
      return share;
    case ExprKind::kOr:
      for (const expr::ExprPtr& e : condition.args) share += share_left(*e, node, first);
      return std::min(share, 1.0);
    case ExprKind::kNot: return 1 - share_left(*condition.args[0], node, first);
    case ExprKind::kIsNull: return kEqual;
    case ExprKind::kIsNotNull: return 1 - kEqual;
    default: return kOther;
  }
}

std::optional<double> estimated_rows(const Node& node) {
  if (node.kind == NodeKind::kScan) return node.properties.rows;
  if (node.kind == NodeKind::kValues)
    return static_cast<double>(std::get<ValuesSpec>(node.spec).rows.size());
  if (node.kind == NodeKind::kJoin) return rows_of_join(node);
  if (node.kind == NodeKind::kRecursive) return std::nullopt;
  std::optional<double> rows = rows_of_all(node);
  if (!rows) return rows;
  switch (node.kind) {
    case NodeKind::kFilter:
      return *rows * share_left(*std::get<FilterSpec>(node.spec).predicate, *node.inputs[0]);
    case NodeKind::kAggregate:
      return std::get<AggregateSpec>(node.spec).groups.empty() ? 1 : *rows * kGroups;
    case NodeKind::kTopN: {
      const auto& spec = std::get<TopNSpec>(node.spec);
      if (!spec.limit || !spec.partition.empty()) return rows;
      return std::min(*rows, static_cast<double>(*spec.limit));
    }
    default: return rows;
  }
}

}  // namespace weir::plan
