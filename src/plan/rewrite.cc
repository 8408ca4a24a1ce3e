// A conjunct moves below a node only where it sees the same rows there; errors of rows move with
// it, as they do in PostgreSQL, whose planner gives no order either.
#include "plan/rewrite.h"

#include <map>

#include "base/check.h"
#include "expr/function.h"
#include "plan/build.h"
#include "plan/conditions.h"
#include "plan/join_keys.h"
#include "plan/join_order.h"

namespace weir::plan {

namespace {

using expr::ExprPtr;
using Columns = std::vector<uint32_t>;

NodePtr filtered(NodePtr input, std::vector<ExprPtr> conjuncts) {
  if (conjuncts.empty()) return input;
  return make_filter(std::move(input), expr::conjunction(std::move(conjuncts)));
}

Columns columns_of(const ExprPtr& e) {
  Columns columns;
  expr::collect_columns(*e, columns);
  return columns;
}

bool all_below(const Columns& columns, uint32_t bound) {
  return std::all_of(columns.begin(), columns.end(), [&](uint32_t c) { return c < bound; });
}

NodePtr push_all(NodePtr node, std::vector<ExprPtr> conjuncts);

// Below a node whose output column i is column map[i] of its input (kNone: not a plain column).
constexpr uint32_t kNone = ~0u;
NodePtr push_mapped(const Node& node, const Columns& map, const std::vector<ExprPtr>& conjuncts,
                    std::vector<ExprPtr>& kept) {
  std::vector<ExprPtr> moved;
  for (const ExprPtr& conjunct : conjuncts) {
    const Columns used = columns_of(conjunct);
    const bool plain = !used.empty() && std::all_of(used.begin(), used.end(),
                                                    [&](uint32_t c) { return map[c] != kNone; });
    if (plain) {
      moved.push_back(expr::remap_columns(conjunct, map));
    } else {
      kept.push_back(conjunct);
    }
  }
  if (moved.empty()) return std::make_shared<Node>(node);
  return with_inputs(node, {push_all(node.inputs[0], std::move(moved))});
}

Columns project_map(const Node& node) {
  Columns map;
  for (const ExprPtr& e : std::get<ProjectSpec>(node.spec).exprs) {
    map.push_back(e->kind == expr::ExprKind::kColumn ? e->column : kNone);
  }
  return map;
}

Columns aggregate_map(const Node& node) {
  const auto& spec = std::get<AggregateSpec>(node.spec);
  Columns map = spec.groups;
  map.resize(node.schema.size(), kNone);
  return map;
}

// Whole partitions go or stay.
Columns only(const Node& node, const Columns& columns) {
  Columns map(node.schema.size(), kNone);
  for (const uint32_t c : columns) map[c] = c;
  return map;
}

// Columns of the input that the node hands on, row by row.
Columns input_map(const Node& node) {
  Columns map(node.schema.size(), kNone);
  for (uint32_t i = 0; i < node.inputs[0]->schema.size(); ++i) map[i] = i;
  return map;
}

Columns partition_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::kOver: return std::get<OverSpec>(node.spec).partition;
    case NodeKind::kTopN: return std::get<TopNSpec>(node.spec).partition;
    case NodeKind::kSession: return std::get<SessionSpec>(node.spec).keys;
    default: return {};
  }
}

Columns window_map(const Node& node) {
  Columns map;
  for (uint32_t i = 0; i + 2 < node.schema.size(); ++i) map.push_back(i);
  map.resize(node.schema.size(), kNone);
  return map;
}

NodePtr push_into_join(const Node& node, const std::vector<ExprPtr>& conjuncts) {
  JoinSpec spec = std::get<JoinSpec>(node.spec);
  const auto left_width = static_cast<uint32_t>(node.inputs[0]->schema.size());
  Columns to_right(node.schema.size(), kNone);
  for (uint32_t i = left_width; i < node.schema.size(); ++i) to_right[i] = i - left_width;
  const bool inner = spec.kind == JoinKind::kInner;
  if (spec.kind == JoinKind::kFull) return filtered(std::make_shared<Node>(node), conjuncts);
  std::vector<ExprPtr> left;
  std::vector<ExprPtr> right;
  std::vector<ExprPtr> across;
  std::vector<ExprPtr> above;
  if (inner && spec.residual) expr::split_conjuncts(spec.residual, across);
  for (const ExprPtr& conjunct : conjuncts) {
    const Columns used = columns_of(conjunct);
    if (all_below(used, left_width) && !used.empty()) {
      left.push_back(conjunct);
    } else if (!inner) {
      above.push_back(conjunct);
    } else if (!used.empty() && used.front() >= left_width) {
      right.push_back(expr::remap_columns(conjunct, to_right));
    } else {
      across.push_back(conjunct);
      const auto width = static_cast<uint32_t>(node.schema.size());
      if (const ExprPtr e = implied_within(conjunct, 0, left_width)) left.push_back(e);
      if (const ExprPtr e = implied_within(conjunct, left_width, width)) {
        right.push_back(expr::remap_columns(e, to_right));
      }
    }
  }
  JoinKeys keys(push_all(node.inputs[0], std::move(left)),
                push_all(node.inputs[1], std::move(right)));
  if (inner) {
    std::erase_if(across, [&](const ExprPtr& conjunct) { return keys.take(conjunct); });
    spec.residual = expr::conjunction(std::move(across));
  }
  return filtered(keys.join(std::move(spec)), std::move(above));
}

NodePtr push_all(NodePtr node, std::vector<ExprPtr> conjuncts) {
  if (conjuncts.empty()) return node;
  std::vector<ExprPtr> kept;
  NodePtr below;
  switch (node->kind) {
    case NodeKind::kJoin: return push_into_join(*node, conjuncts);
    case NodeKind::kFilter: {
      std::vector<ExprPtr> both;
      expr::split_conjuncts(std::get<FilterSpec>(node->spec).predicate, both);
      both.insert(both.end(), conjuncts.begin(), conjuncts.end());
      return push_all(node->inputs[0], std::move(both));
    }
    case NodeKind::kProject: below = push_mapped(*node, project_map(*node), conjuncts, kept); break;
    case NodeKind::kWindow: below = push_mapped(*node, window_map(*node), conjuncts, kept); break;
    case NodeKind::kOver:
    case NodeKind::kTopN:
    case NodeKind::kSession:
      below = push_mapped(*node, only(*node, partition_of(*node)), conjuncts, kept);
      break;
    case NodeKind::kDistinct:
    case NodeKind::kTableFunction:
    case NodeKind::kTemporalFilter:
      below = push_mapped(*node, input_map(*node), conjuncts, kept);
      break;
    case NodeKind::kAggregate:
      below = push_mapped(*node, aggregate_map(*node), conjuncts, kept);
      break;
    case NodeKind::kUnionAll:
    case NodeKind::kSetOperation: {
      std::vector<NodePtr> inputs;
      for (const NodePtr& input : node->inputs) inputs.push_back(push_all(input, conjuncts));
      return with_inputs(*node, std::move(inputs));
    }
    default: return filtered(std::move(node), std::move(conjuncts));
  }
  return filtered(std::move(below), std::move(kept));
}

// Pruning: a node that answers only `needed` (ascending) of its columns. map[old] = new position.
struct Pruned {
  NodePtr node;
  Columns map;
};

void need(std::vector<uint8_t>& needed, const ExprPtr& e) {
  if (!e) return;
  for (const uint32_t c : columns_of(e)) needed[c] = 1;
}

Columns identity(size_t n) {
  Columns map(n);
  for (uint32_t i = 0; i < n; ++i) map[i] = i;
  return map;
}

class Pruner {
 public:
  Pruned prune(const NodePtr& node, const std::vector<uint8_t>& needed) {
    const auto place = std::pair(node.get(), needed);
    if (const auto known = pruned_.find(place); known != pruned_.end()) return known->second;
    return pruned_[place] = prune_node(node, needed);
  }

 private:
  Pruned prune_node(const NodePtr& node, const std::vector<uint8_t>& needed) {
    switch (node->kind) {
      case NodeKind::kScan: return scan(*node, needed);
      case NodeKind::kProject: return project(*node, needed);
      case NodeKind::kFilter: return filter(*node, needed);
      case NodeKind::kWindow: return window(*node, needed);
      case NodeKind::kAggregate: return aggregate(*node, needed);
      case NodeKind::kJoin: return join(*node, needed);
      case NodeKind::kOver: return over(*node, needed);
      case NodeKind::kTableFunction: return table_function(*node, needed);
      case NodeKind::kSession: return session(*node, needed);
      case NodeKind::kTemporalFilter: return temporal_filter(*node, needed);
      case NodeKind::kAsofJoin: return asof_join(*node, needed);
      default: return whole(node);
    }
  }

  Pruned scan(const Node& node, const std::vector<uint8_t>& needed) {
    const auto& spec = std::get<ScanSpec>(node.spec);
    auto copy = std::make_shared<Node>(node);
    ScanSpec kept{spec.relation, {}};
    Columns map(node.schema.size(), kNone);
    copy->schema.fields.clear();
    copy->column_hashes.clear();
    for (uint32_t i = 0; i < needed.size(); ++i) {
      if (!needed[i]) continue;
      map[i] = static_cast<uint32_t>(kept.columns.size());
      kept.columns.push_back(spec.columns[i]);
      copy->schema.fields.push_back(node.schema.fields[i]);
      copy->column_hashes.push_back(node.column_hashes[i]);
    }
    copy->spec = std::move(kept);
    remap_properties(copy->properties, map);
    rehash_scan(*copy);
    return {copy, map};
  }

  static void remap_properties(Properties& properties, const Columns& map) {
    std::vector<Columns> keys;
    for (const Columns& key : properties.keys) {
      Columns mapped;
      for (const uint32_t c : key) {
        if (map[c] != kNone) mapped.push_back(map[c]);
      }
      if (mapped.size() == key.size()) keys.push_back(mapped);
    }
    properties.keys = std::move(keys);
    std::vector<ClosingColumn> closing;
    for (const ClosingColumn& c : properties.closing_columns) {
      if (map[c.column] != kNone) closing.push_back({map[c.column], c.ending});
    }
    properties.closing_columns = std::move(closing);
  }

  Pruned project(const Node& node, const std::vector<uint8_t>& needed) {
    const auto& exprs = std::get<ProjectSpec>(node.spec).exprs;
    std::vector<uint8_t> below(node.inputs[0]->schema.size(), 0);
    for (size_t i = 0; i < exprs.size(); ++i) {
      if (needed[i]) need(below, exprs[i]);
    }
    const Pruned input = prune(node.inputs[0], below);
    std::vector<ExprPtr> kept;
    std::vector<std::string> names;
    Columns map(exprs.size(), kNone);
    for (size_t i = 0; i < exprs.size(); ++i) {
      if (!needed[i]) continue;
      map[i] = static_cast<uint32_t>(kept.size());
      kept.push_back(expr::remap_columns(exprs[i], input.map));
      names.push_back(node.schema.fields[i].name);
    }
    return {make_project(input.node, std::move(kept), std::move(names)), map};
  }

  Pruned filter(const Node& node, std::vector<uint8_t> needed) {
    const ExprPtr& predicate = std::get<FilterSpec>(node.spec).predicate;
    need(needed, predicate);
    const Pruned input = prune(node.inputs[0], needed);
    return {make_filter(input.node, expr::remap_columns(predicate, input.map)), input.map};
  }

  Pruned window(const Node& node, const std::vector<uint8_t>& needed) {
    WindowSpec spec = std::get<WindowSpec>(node.spec);
    std::vector<uint8_t> below(needed.begin(), needed.end() - 2);
    below[spec.time_column] = 1;
    Pruned input = prune(node.inputs[0], below);
    spec.time_column = input.map[spec.time_column];
    const auto n = static_cast<uint32_t>(input.node->schema.size());
    input.map.push_back(n);
    input.map.push_back(n + 1);
    return {make_window(input.node, spec), input.map};
  }

  // The input without what nobody reads; the columns that the node adds stay behind it.
  Pruned input_with_added(const Node& node, const std::vector<uint8_t>& needed,
                          const Columns& own) {
    const size_t width = node.inputs[0]->schema.size();
    std::vector<uint8_t> below(needed.begin(), needed.begin() + static_cast<long>(width));
    for (const uint32_t c : own) below[c] = 1;
    Pruned input = prune(node.inputs[0], below);
    auto next = static_cast<uint32_t>(input.node->schema.size());
    for (size_t i = width; i < node.schema.size(); ++i) input.map.push_back(next++);
    return input;
  }

  Pruned table_function(const Node& node, const std::vector<uint8_t>& needed) {
    TableFunctionSpec spec = std::get<TableFunctionSpec>(node.spec);
    Columns own;
    for (const TableFunctionCall& call : spec.calls)
      own.insert(own.end(), call.arguments.begin(), call.arguments.end());
    const Pruned input = input_with_added(node, needed, own);
    for (TableFunctionCall& call : spec.calls) {
      for (uint32_t& c : call.arguments) c = input.map[c];
    }
    std::vector<std::string> names;
    for (size_t i = node.inputs[0]->schema.size(); i < node.schema.size(); ++i)
      names.push_back(node.schema.fields[i].name);
    return {make_table_function(input.node, std::move(spec), names), input.map};
  }

  Pruned session(const Node& node, const std::vector<uint8_t>& needed) {
    SessionSpec spec = std::get<SessionSpec>(node.spec);
    Columns own = spec.keys;
    own.push_back(spec.time_column);
    const Pruned input = input_with_added(node, needed, own);
    for (uint32_t& c : spec.keys) c = input.map[c];
    spec.time_column = input.map[spec.time_column];
    return {make_session(input.node, spec), input.map};
  }

  Pruned temporal_filter(const Node& node, const std::vector<uint8_t>& needed) {
    TemporalFilterSpec spec = std::get<TemporalFilterSpec>(node.spec);
    Columns own;
    for (const std::optional<uint32_t>& bound : {spec.from, spec.until}) {
      if (bound) own.push_back(*bound);
    }
    const Pruned input = input_with_added(node, needed, own);
    if (spec.from) spec.from = input.map[*spec.from];
    if (spec.until) spec.until = input.map[*spec.until];
    return {make_temporal_filter(input.node, spec), input.map};
  }

  Pruned aggregate(const Node& node, const std::vector<uint8_t>& needed) {
    AggregateSpec spec = std::get<AggregateSpec>(node.spec);
    std::vector<uint8_t> below(node.inputs[0]->schema.size(), 0);
    for (const uint32_t c : spec.groups) below[c] = 1;
    std::vector<AggregateCall> calls;
    std::vector<std::string> names;
    Columns map = identity(spec.groups.size());
    for (size_t i = 0; i < spec.groups.size(); ++i) names.push_back(node.schema.fields[i].name);
    for (size_t i = 0; i < spec.calls.size(); ++i) {
      const size_t column = spec.groups.size() + i;
      // Without groups there is one row, whoever looks at its columns: one call stays to make it.
      const bool makes_the_row =
          spec.groups.empty() && calls.empty() && i + 1 == spec.calls.size();
      if (!needed[column] && !makes_the_row) {
        map.push_back(kNone);
        continue;
      }
      map.push_back(static_cast<uint32_t>(names.size()));
      names.push_back(node.schema.fields[column].name);
      calls.push_back(spec.calls[i]);
      for (const uint32_t c : spec.calls[i].arguments) below[c] = 1;
      for (const SortColumn& by : spec.calls[i].order) below[by.column] = 1;
      if (spec.calls[i].filter) below[*spec.calls[i].filter] = 1;
    }
    const Pruned input = prune(node.inputs[0], below);
    for (uint32_t& c : spec.groups) c = input.map[c];
    for (AggregateCall& call : calls) {
      for (uint32_t& c : call.arguments) c = input.map[c];
      for (SortColumn& by : call.order) by.column = input.map[by.column];
      if (call.filter) call.filter = input.map[*call.filter];
    }
    spec.calls = std::move(calls);
    return {make_aggregate(input.node, std::move(spec), std::move(names)), map};
  }

  // Calls that nobody reads go, and with the last of them the node.
  Pruned over(const Node& node, const std::vector<uint8_t>& needed) {
    OverSpec spec = std::get<OverSpec>(node.spec);
    const size_t width = node.inputs[0]->schema.size();
    std::vector<uint8_t> below(needed.begin(), needed.begin() + static_cast<long>(width));
    std::vector<OverCall> calls;
    std::vector<std::string> names;
    Columns places;
    for (size_t i = 0; i < spec.calls.size(); ++i) {
      places.push_back(needed[width + i] ? static_cast<uint32_t>(calls.size()) : kNone);
      if (!needed[width + i]) continue;
      calls.push_back(spec.calls[i]);
      names.push_back(node.schema.fields[width + i].name);
      for_each_column(calls.back(), [&](uint32_t& c) { below[c] = 1; });
    }
    if (!calls.empty()) {
      for (const uint32_t c : spec.partition) below[c] = 1;
      for (const SortColumn& by : spec.order) below[by.column] = 1;
    }
    const Pruned input = prune(node.inputs[0], below);
    Columns map = input.map;
    const auto first = static_cast<uint32_t>(input.node->schema.size());
    for (const uint32_t place : places) map.push_back(place == kNone ? kNone : first + place);
    if (calls.empty()) return {input.node, map};
    for (uint32_t& c : spec.partition) c = input.map[c];
    for (SortColumn& by : spec.order) by.column = input.map[by.column];
    for (OverCall& call : calls) {
      for_each_column(call, [&](uint32_t& c) { c = input.map[c]; });
    }
    spec.calls = std::move(calls);
    return {make_over(input.node, std::move(spec), names), map};
  }

  template <class F>
  static void for_each_column(OverCall& call, F f) {
    for (uint32_t& c : call.arguments) f(c);
    for (std::optional<uint32_t>& c : call.errors) {
      if (c) f(*c);
    }
    if (call.frame.start.limit_column) f(*call.frame.start.limit_column);
    if (call.frame.end.limit_column) f(*call.frame.end.limit_column);
    if (call.kind != OverKind::kAggregate) return;
    for (uint32_t& c : call.aggregate.arguments) f(c);
    if (call.aggregate.filter) f(*call.aggregate.filter);
  }

  Pruned join(const Node& node, std::vector<uint8_t> needed) {
    JoinSpec spec = std::get<JoinSpec>(node.spec);
    const size_t left_width = node.inputs[0]->schema.size();
    needed.resize(left_width + node.inputs[1]->schema.size(), 0);  // of semi joins: left only
    if (spec.residual) need(needed, spec.residual);
    std::vector<uint8_t> of_left(needed.begin(), needed.begin() + static_cast<long>(left_width));
    std::vector<uint8_t> of_right(needed.begin() + static_cast<long>(left_width), needed.end());
    for (const uint32_t c : spec.left_keys) of_left[c] = 1;
    for (const uint32_t c : spec.right_keys) of_right[c] = 1;
    const Pruned left = prune(node.inputs[0], of_left);
    const Pruned right = prune(node.inputs[1], of_right);
    for (uint32_t& c : spec.left_keys) c = left.map[c];
    for (uint32_t& c : spec.right_keys) c = right.map[c];
    Columns map = left.map;
    const auto offset = static_cast<uint32_t>(left.node->schema.size());
    for (const uint32_t c : right.map) map.push_back(c == kNone ? kNone : c + offset);
    if (spec.residual) spec.residual = expr::remap_columns(spec.residual, map);
    if (answers_left_only(spec.kind)) map.resize(left_width);
    return {make_join(left.node, right.node, std::move(spec)), map};
  }

  // The versions keep their columns: which of several at one time it is depends on all of them.
  Pruned asof_join(const Node& node, const std::vector<uint8_t>& needed) {
    AsofJoinSpec spec = std::get<AsofJoinSpec>(node.spec);
    const size_t left_width = node.inputs[0]->schema.size();
    std::vector<uint8_t> of_left(needed.begin(), needed.begin() + static_cast<long>(left_width));
    for (const uint32_t c : spec.left_keys) of_left[c] = 1;
    of_left[spec.left_time] = 1;
    const Pruned left = prune(node.inputs[0], of_left);
    const Pruned right = prune(node.inputs[1],
                               std::vector<uint8_t>(node.inputs[1]->schema.size(), 1));
    for (uint32_t& c : spec.left_keys) c = left.map[c];
    spec.left_time = left.map[spec.left_time];
    Columns map = left.map;
    const auto offset = static_cast<uint32_t>(left.node->schema.size());
    for (const uint32_t c : right.map) map.push_back(c + offset);
    return {make_asof_join(left.node, right.node, spec), map};
  }

  // Union, distinct, top-N and values mean all of their columns; below them pruning starts anew.
  Pruned whole(const NodePtr& node) {
    std::vector<NodePtr> inputs;
    for (const NodePtr& input : node->inputs) {
      Pruned pruned = prune(input, std::vector<uint8_t>(input->schema.size(), 1));
      WEIR_CHECK(pruned.map == identity(input->schema.size()));
      inputs.push_back(pruned.node);
    }
    return {with_inputs(*node, std::move(inputs)), identity(node->schema.size())};
  }

  std::map<std::pair<const Node*, std::vector<uint8_t>>, Pruned> pruned_;
};

}  // namespace

NodePtr push_filter(NodePtr input, const ExprPtr& predicate) {
  std::vector<ExprPtr> conjuncts = conditions_of(predicate);
  NodePtr ordered = order_joins(std::move(input), conjuncts);
  return push_all(std::move(ordered), std::move(conjuncts));
}

NodePtr prune_columns(const NodePtr& root) {
  Pruner pruner;
  const std::vector<uint8_t> all(root->schema.size(), 1);
  Pruned pruned = pruner.prune(root, all);
  return pruned.node;
}

}  // namespace weir::plan
