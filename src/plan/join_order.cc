#include "plan/join_order.h"

#include <algorithm>
#include <optional>

#include "expr/function.h"
#include "plan/build_internal.h"
#include "plan/projection.h"

namespace weir::plan {

namespace {

struct Relation {
  NodePtr node;
  uint32_t first = 0;  // place of its first column
};
// An equality between two relations; of a side that is a plain column, which one.
struct Connection {
  size_t relations[2];
  std::optional<uint32_t> columns[2];  // within the relation
};
using Connections = std::vector<Connection>;

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
    if (!a || !b || *a == *b) continue;
    Connection connection{{*a, *b}, {}};
    for (const size_t side : {size_t{0}, size_t{1}}) {
      if (e->args[side]->kind != expr::ExprKind::kColumn) continue;
      connection.columns[side] =
          e->args[side]->column - relations[connection.relations[side]].first;
    }
    found.push_back(connection);
  }
  return found;
}

class Order {
 public:
  Order(const std::vector<Relation>& relations, const std::vector<expr::ExprPtr>& conjuncts)
      : relations_(relations),
        connections_(connections_of(relations, conjuncts)),
        filtered_(relations.size()),
        taken_(relations.size()) {
    for (const expr::ExprPtr& e : conjuncts) {
      if (const std::optional<size_t> only = relation_of(relations, *e)) filtered_[*only] = 1;
    }
  }

  // The first relation, then always the one that makes the least of what is there: one that is
  // joined by a key of its own adds no rows, one with a condition takes some away. Else as written.
  std::vector<size_t> find() {
    std::vector<size_t> order;
    while (order.size() < relations_.size()) {
      size_t next = 0;
      for (size_t i = 1; i < relations_.size(); ++i) {
        if (worth(i) > worth(next)) next = i;
      }
      taken_[next] = 1;
      order.push_back(next);
    }
    return order;
  }

 private:
  int worth(size_t i) const {
    if (taken_[i]) return -1;
    std::vector<uint32_t> columns;
    bool connected = false;
    for (const Connection& connection : connections_) {
      for (const size_t side : {size_t{0}, size_t{1}}) {
        if (connection.relations[side] != i || !taken_[connection.relations[1 - side]]) continue;
        connected = true;
        if (connection.columns[side]) columns.push_back(*connection.columns[side]);
      }
    }
    if (!connected) return 0;
    const auto& keys = relations_[i].node->properties.keys;
    const bool by_key = std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
      return std::all_of(key.begin(), key.end(), [&](uint32_t c) { return contains(columns, c); });
    });
    return 1 + (by_key ? 2 : 0) + (filtered_[i] ? 1 : 0);
  }

  const std::vector<Relation>& relations_;
  const Connections connections_;
  std::vector<uint8_t> filtered_;
  std::vector<uint8_t> taken_;
};

}  // namespace

NodePtr order_joins(NodePtr input, const std::vector<expr::ExprPtr>& conjuncts) {
  if (!is_cross(*input)) return input;
  std::vector<Relation> relations;
  collect(input, relations);
  const std::vector<size_t> order = Order(relations, conjuncts).find();
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
