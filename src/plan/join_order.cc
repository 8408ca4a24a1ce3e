#include "plan/join_order.h"

#include <algorithm>
#include <optional>

#include "expr/function.h"
#include "plan/build.h"
#include "plan/projection.h"

namespace weir::plan {

namespace {

struct Relation {
  NodePtr node;
  uint32_t first = 0;  // place of its first column
};
using Connections = std::vector<std::pair<size_t, size_t>>;

bool is_cross(const Node& node) {
  if (node.kind != NodeKind::kJoin) return false;
  const auto& spec = std::get<JoinSpec>(node.spec);
  return spec.kind == JoinKind::kInner && spec.left_keys.empty() && !spec.residual;
}

void collect(const NodePtr& node, std::vector<Relation>& out) {
  if (is_cross(*node)) {
    for (const NodePtr& input : node->inputs) collect(input, out);
    return;
  }
  const uint32_t first =
      out.empty() ? 0 : out.back().first + static_cast<uint32_t>(out.back().node->schema.size());
  out.push_back({node, first});
}

// The one relation whose columns `e` is made of; none: of several, or of constants.
std::optional<size_t> relation_of(const std::vector<Relation>& relations, const expr::Expr& e) {
  std::vector<uint32_t> columns;
  expr::collect_columns(e, columns);
  if (columns.empty()) return std::nullopt;
  for (size_t i = 0; i < relations.size(); ++i) {
    const uint32_t end =
        relations[i].first + static_cast<uint32_t>(relations[i].node->schema.size());
    if (columns.front() >= relations[i].first && columns.back() < end) return i;
  }
  return std::nullopt;
}

Connections connections_of(const std::vector<Relation>& relations,
                           const std::vector<expr::ExprPtr>& conjuncts) {
  Connections found;
  for (const expr::ExprPtr& e : conjuncts) {
    const bool equality = e->kind == expr::ExprKind::kCall && e->function->name == "=" &&
                          e->args[0]->type.id == e->args[1]->type.id;
    if (!equality) continue;
    const std::optional<size_t> a = relation_of(relations, *e->args[0]);
    const std::optional<size_t> b = relation_of(relations, *e->args[1]);
    if (a && b && *a != *b) found.emplace_back(*a, *b);
  }
  return found;
}

std::vector<size_t> connected_order(size_t count, const Connections& connections) {
  std::vector<size_t> order;
  std::vector<uint8_t> taken(count, 0);
  const auto connected = [&](size_t i) {
    return std::any_of(connections.begin(), connections.end(), [&](const auto& pair) {
      return (pair.first == i && taken[pair.second]) || (pair.second == i && taken[pair.first]);
    });
  };
  while (order.size() < count) {
    size_t next = count;
    for (size_t i = 0; i < count && next == count; ++i) {
      if (!taken[i] && connected(i)) next = i;
    }
    if (next == count) {  // the first of those that nothing connects
      next = static_cast<size_t>(std::find(taken.begin(), taken.end(), 0) - taken.begin());
    }
    taken[next] = 1;
    order.push_back(next);
  }
  return order;
}

}  // namespace

NodePtr order_joins(NodePtr input, const std::vector<expr::ExprPtr>& conjuncts) {
  if (!is_cross(*input)) return input;
  std::vector<Relation> relations;
  collect(input, relations);
  const std::vector<size_t> order =
      connected_order(relations.size(), connections_of(relations, conjuncts));
  if (std::is_sorted(order.begin(), order.end())) return input;
  NodePtr joined;
  std::vector<uint32_t> place(input->schema.size());
  uint32_t next = 0;
  for (const size_t i : order) {
    const Relation& relation = relations[i];
    for (uint32_t c = 0; c < relation.node->schema.size(); ++c) place[relation.first + c] = next++;
    joined = joined ? make_join(joined, relation.node, JoinSpec{}) : relation.node;
  }
  return select_columns(joined, place);
}

}  // namespace weir::plan
