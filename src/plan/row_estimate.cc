#include "plan/row_estimate.h"

#include <algorithm>
#include <unordered_map>

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

using Rows = std::optional<double>;

// Of one question; what stands in several places of the plan is looked at once.
class Estimate {
 public:
  Rows rows(const Node& node) {
    if (const auto known = known_.find(&node); known != known_.end()) return known->second;
    return known_[&node] = rows_of(node);
  }
  double share(const Expr& condition, const Node& node, uint32_t first);

 private:
  Rows rows_of(const Node& node);
  Rows of_join(const Node& node);
  Rows of_all(const Node& node);
  double share_of_call(const Expr& e, const Node& node, uint32_t first);

  std::unordered_map<const Node*, Rows> known_;
};

double Estimate::share_of_call(const Expr& e, const Node& node, uint32_t first) {
  const std::string_view name = e.function->name;
  if (name == "=") {
    for (const expr::ExprPtr& side : e.args) {
      if (side->kind != ExprKind::kColumn || !is_key(node, side->column - first)) continue;
      const double all = rows(node).value_or(1);
      return all > 1 ? 1 / all : 1;
    }
    return kEqual;
  }
  if (name == "<>") return 1 - kEqual;
  if (name == "<" || name == "<=" || name == ">" || name == ">=") return kRange;
  return name.find("like") != std::string_view::npos ? kLike : kOther;
}

Rows Estimate::of_join(const Node& node) {
  const auto& spec = std::get<JoinSpec>(node.spec);
  const Rows left = rows(*node.inputs[0]);
  const Rows right = rows(*node.inputs[1]);
  if (!left || !right) return std::nullopt;
  if (answers_left_only(spec.kind)) return *left / 2;
  if (spec.left_keys.empty()) return *left * *right;
  return std::max(*left, *right);
}

Rows Estimate::of_all(const Node& node) {
  double sum = 0;
  for (const NodePtr& input : node.inputs) {
    const Rows one = rows(*input);
    if (!one) return std::nullopt;
    sum += *one;
  }
  return sum;
}

double Estimate::share(const Expr& condition, const Node& node, uint32_t first) {
  double all = 0;
  switch (condition.kind) {
    case ExprKind::kCall: return share_of_call(condition, node, first);
    case ExprKind::kAnd:
      all = 1;
      for (const expr::ExprPtr& e : condition.args) all *= share(*e, node, first);
      return all;
    case ExprKind::kOr:
      for (const expr::ExprPtr& e : condition.args) all += share(*e, node, first);
      return std::min(all, 1.0);
    case ExprKind::kNot: return 1 - share(*condition.args[0], node, first);
    case ExprKind::kIsNull: return kEqual;
    case ExprKind::kIsNotNull: return 1 - kEqual;
    default: return kOther;
  }
}

Rows Estimate::rows_of(const Node& node) {
  if (node.kind == NodeKind::kScan) return node.properties.rows;
  if (node.kind == NodeKind::kValues)
    return static_cast<double>(std::get<ValuesSpec>(node.spec).rows.size());
  if (node.kind == NodeKind::kJoin) return of_join(node);
  if (node.kind == NodeKind::kRecursive) return std::nullopt;
  const Rows all = of_all(node);
  if (!all) return all;
  switch (node.kind) {
    case NodeKind::kFilter:
      return *all * share(*std::get<FilterSpec>(node.spec).predicate, *node.inputs[0], 0);
    case NodeKind::kAggregate:
      return std::get<AggregateSpec>(node.spec).groups.empty() ? 1 : *all * kGroups;
    case NodeKind::kTopN: {
      const auto& spec = std::get<TopNSpec>(node.spec);
      if (!spec.limit || !spec.partition.empty()) return all;
      return std::min(*all, static_cast<double>(*spec.limit));
    }
    default: return all;
  }
}

}  // namespace

std::optional<double> estimated_rows(const Node& node) { return Estimate().rows(node); }

double share_left(const Expr& condition, const Node& node, uint32_t first) {
  return Estimate().share(condition, node, first);
}

}  // namespace weir::plan
