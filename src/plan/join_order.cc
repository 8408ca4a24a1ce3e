#include "plan/join_order.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "expr/function.h"
#include "plan/build_internal.h"
#include "plan/projection.h"
#include "plan/row_estimate.h"

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

// Whether the columns hold a key of the relation.
bool hold_key(const Relation& relation, const std::vector<uint32_t>& columns) {
  const auto& keys = relation.node->properties.keys;
  return std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
    return std::all_of(key.begin(), key.end(), [&](uint32_t c) { return contains(columns, c); });
  });
}

// The columns of `relation` that are equated with relations for which `with` holds; none: there is
// no equality with any.
template <class With>
std::optional<std::vector<uint32_t>> equated(const Connections& connections, size_t relation,
                                             With with) {
  std::optional<std::vector<uint32_t>> columns;
  for (const Connection& connection : connections) {
    for (const size_t side : {size_t{0}, size_t{1}}) {
      if (connection.relations[side] != relation || !with(connection.relations[1 - side])) continue;
      if (!columns) columns.emplace();
      if (connection.columns[side]) columns->push_back(*connection.columns[side]);
    }
  }
  return columns;
}

// Of each relation the conditions that are of its columns alone.
std::vector<std::vector<const expr::Expr*>> own_conditions(
    const std::vector<Relation>& relations, const std::vector<expr::ExprPtr>& conjuncts) {
  std::vector<std::vector<const expr::Expr*>> own(relations.size());
  for (const expr::ExprPtr& e : conjuncts) {
    const std::optional<size_t> only = relation_of(relations, *e);
    if (only) own[*only].push_back(e.get());
  }
  return own;
}

using Places = std::vector<size_t>;

// By keys and conditions.
class Order {
 public:
  Order(const std::vector<Relation>& relations, const Connections& connections,
        const std::vector<std::vector<const expr::Expr*>>& own)
      : relations_(relations), connections_(connections), own_(own), taken_(relations.size()) {}

  // The first relation, then always the one that makes the least of what is there: one that is
  // joined by a key of its own adds no rows, one with a condition takes some away. Else as written.
  Places find() {
    Places order;
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
    const auto columns = equated(connections_, i, [&](size_t other) { return taken_[other] != 0; });
    if (!columns) return 0;
    return 1 + (hold_key(relations_[i], *columns) ? 2 : 0) + (own_[i].empty() ? 0 : 1);
  }

  const std::vector<Relation>& relations_;
  const Connections& connections_;
  const std::vector<std::vector<const expr::Expr*>>& own_;
  std::vector<uint8_t> taken_;
};

// By how many rows there are, of relations that all say it.
class OrderBySize {
 public:
  static std::optional<OrderBySize> make(const std::vector<Relation>& relations,
                                         const Connections& connections,
                                         const std::vector<std::vector<const expr::Expr*>>& own) {
    OrderBySize order(relations, connections);
    for (size_t i = 0; i < relations.size(); ++i) {
      const std::optional<double> rows = estimated_rows(*relations[i].node);
      if (!rows) return std::nullopt;
      order.all_.push_back(std::max(*rows, 1.0));
      double left = order.all_.back();
      for (const expr::Expr* e : own[i])
        left *= share_left(*e, *relations[i].node, relations[i].first);
      order.left_.push_back(std::max(left, 1.0));
    }
    return order;
  }

  // From each relation on always the one that makes the fewest rows; `known` unless one of these
  // makes clearly fewer.
  Places find(Places known) const {
    double least = cost(known) * kClearly;
    for (size_t first = 0; first < relations_.size(); ++first) {
      Places order = from(first);
      const double makes = cost(order);
      const bool as_few = makes == least && left_[first] < left_[known[0]];
      if (makes >= least && !as_few) continue;
      least = makes;
      known = std::move(order);
    }
    return known;
  }

 private:
  static constexpr double kClearly = 0.95;

  OrderBySize(const std::vector<Relation>& relations, const Connections& connections)
      : relations_(relations), connections_(connections) {}

  Places from(size_t first) const {
    Places order{first};
    double rows = left_[first];
    while (order.size() < relations_.size()) {
      std::optional<size_t> next;
      bool next_connected = false;
      for (size_t i = 0; i < relations_.size(); ++i) {
        if (std::find(order.begin(), order.end(), i) != order.end()) continue;
        const bool connected = is_connected(order, i);
        const bool better = !next || (connected && !next_connected) ||
                            (connected == next_connected &&
                             joined(order, rows, i) < joined(order, rows, *next));
        if (!better) continue;
        next = i;
        next_connected = connected;
      }
      rows = joined(order, rows, *next);
      order.push_back(*next);
    }
    return order;
  }

  // The rows of all joins together.
  double cost(const Places& order) const {
    Places taken{order[0]};
    double rows = left_[order[0]];
    double sum = 0;
    for (size_t i = 1; i < order.size(); ++i) {
      rows = joined(taken, rows, order[i]);
      sum += rows;
      taken.push_back(order[i]);
    }
    return sum;
  }

  static bool is_in(const Places& taken, size_t i) {
    return std::find(taken.begin(), taken.end(), i) != taken.end();
  }
  bool is_connected(const Places& taken, size_t i) const {
    return equated(connections_, i, [&](size_t o) { return is_in(taken, o); }).has_value();
  }

  // Joined by a key of its own a relation adds nothing; by a key of one that is there, each of that
  // one's rows has as many partners as there are to a row. Else values stand square root times.
  double joined(const Places& taken, double rows, size_t i) const {
    const auto own = equated(connections_, i, [&](size_t o) { return is_in(taken, o); });
    if (!own) return rows * left_[i];
    if (hold_key(relations_[i], *own)) return std::max(rows * left_[i] / all_[i], 1.0);
    double values = 1;
    for (const size_t other : taken) {
      const auto theirs = equated(connections_, other, [&](size_t o) { return o == i; });
      if (!theirs) continue;
      const bool key = hold_key(relations_[other], *theirs);
      values = std::max(values, key ? all_[other] : std::sqrt(std::max(all_[other], all_[i])));
    }
    return std::max(rows * left_[i] / values, 1.0);
  }

  const std::vector<Relation>& relations_;
  const Connections& connections_;
  std::vector<double> all_;   // rows
  std::vector<double> left_;  // of which its own conditions leave
};

Places order_of(const std::vector<Relation>& relations,
                const std::vector<expr::ExprPtr>& conjuncts) {
  const Connections connections = connections_of(relations, conjuncts);
  const auto own = own_conditions(relations, conjuncts);
  Places order = Order(relations, connections, own).find();
  const std::optional<OrderBySize> sized = OrderBySize::make(relations, connections, own);
  return sized ? sized->find(std::move(order)) : order;
}

}  // namespace

NodePtr order_joins(NodePtr input, const std::vector<expr::ExprPtr>& conjuncts) {
  if (!is_cross(*input)) return input;
  std::vector<Relation> relations;
  collect(input, relations);
  const Places order = order_of(relations, conjuncts);
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
