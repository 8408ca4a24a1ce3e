#include "plan/expiry.h"

#include <algorithm>

#include "plan/build_internal.h"
#include "plan/join_closing.h"
#include "plan/walk.h"

namespace weir::plan {

namespace {

constexpr Micros kMostDelay = Micros{1} << 60;

class Finder {
 public:
  std::map<const Node*, InputExpiries> found;

  // Rows of the node are done `delay` behind the end of their value in the column.
  void walk(const Node& node, const ClosingColumn& by, Micros delay) {
    if (delay > kMostDelay) return;
    switch (node.kind) {
      case NodeKind::kProject: return walk_project(node, by, delay);
      case NodeKind::kFilter: return walk(*node.inputs[0], by, delay);
      case NodeKind::kUnionAll:
        for (const NodePtr& input : node.inputs) walk(*input, by, delay);
        return;
      case NodeKind::kTableFunction:
      case NodeKind::kTemporalFilter:
        if (by.column < node.inputs[0]->schema.size()) walk(*node.inputs[0], by, delay);
        return;
      case NodeKind::kWindow: return walk_window(node, by, delay);
      case NodeKind::kAggregate: {
        const auto& groups = std::get<AggregateSpec>(node.spec).groups;
        if (by.column < groups.size())
          walk(*node.inputs[0], {groups[by.column], by.ending}, delay);
        return;
      }
      case NodeKind::kJoin: return walk_join(node, by, delay);
      case NodeKind::kDistinct: return take_input(node, by, delay);
      case NodeKind::kTopN:
        if (contains(std::get<TopNSpec>(node.spec).partition, by.column))
          take_input(node, by, delay);
        return;
      case NodeKind::kOver:
        if (contains(std::get<OverSpec>(node.spec).partition, by.column))
          take_input(node, by, delay);
        return;
      default: return;
    }
  }

 private:
  void take(const Node& node, InputExpiries expiries) {
    for (size_t i = 0; i < expiries.size(); ++i) {
      if (!expiries[i]) continue;
      walk(*node.inputs[i], {expiries[i]->column, expiries[i]->ending}, expiries[i]->late);
    }
    found.emplace(&node, std::move(expiries));
  }
  void take_input(const Node& node, const ClosingColumn& by, Micros delay) {
    take(node, {Expiry{by.column, by.ending, delay, delay}});
  }

  // What is cut ends at most the longest of its cuts behind the time itself.
  void walk_project(const Node& node, const ClosingColumn& by, Micros delay) {
    const expr::ExprPtr& e = std::get<ProjectSpec>(node.spec).exprs[by.column];
    if (e->kind == expr::ExprKind::kColumn)
      return walk(*node.inputs[0], {e->column, by.ending}, delay);
    const std::optional<CutTime> cut = cut_time(*e);
    const Ending* inner = cut ? ending_of(*node.inputs[0], cut->column) : nullptr;
    Micros behind = 0;
    if (!inner || __builtin_add_overflow(delay, by.ending.longest(), &behind)) return;
    walk(*node.inputs[0], {cut->column, *inner}, behind);
  }

  // The last window of a row ends at most a window's size behind its time.
  void walk_window(const Node& node, const ClosingColumn& by, Micros delay) {
    const auto& spec = std::get<WindowSpec>(node.spec);
    const auto width = static_cast<uint32_t>(node.inputs[0]->schema.size());
    if (by.column < width) return walk(*node.inputs[0], by, delay);
    if (by.column == width + 1 && by.ending.plain())
      walk(*node.inputs[0], {spec.time_column}, delay + spec.size);
  }

  void walk_join(const Node& node, const ClosingColumn& by, Micros delay) {
    const auto& spec = std::get<JoinSpec>(node.spec);
    if (spec.kind == JoinKind::kFull) return;
    if (spec.kind != JoinKind::kInner && spec.residual) return;
    const auto width = static_cast<uint32_t>(node.inputs[0]->schema.size());
    const size_t side = by.column < width ? 0 : 1;
    const uint32_t own = side == 0 ? by.column : by.column - width;
    InputExpiries expiries(2);
    if (!has_event_time(*node.inputs[1 - side])) {
      expiries[side] = Expiry{own, by.ending, delay, delay};
      return take(node, std::move(expiries));
    }
    const std::vector<uint32_t>& own_keys = side == 0 ? spec.left_keys : spec.right_keys;
    const std::vector<uint32_t>& other_keys = side == 0 ? spec.right_keys : spec.left_keys;
    for (size_t i = 0; i < own_keys.size(); ++i) {
      if (own_keys[i] != own ||
          !close_alike(*node.inputs[side], own, *node.inputs[1 - side], other_keys[i])) {
        continue;
      }
      expiries[side] = Expiry{own, by.ending, delay, delay};
      expiries[1 - side] = Expiry{other_keys[i], by.ending, delay, delay};
      return take(node, std::move(expiries));
    }
    if (spec.kind == JoinKind::kInner && by.ending.plain()) walk_interval(node, by.column, delay);
  }

  // column <= x + upper, and x <= column + lower: a row of x is done at x + upper + delay; until
  // then it may meet rows of the closing side that are as old as x - lower, though what it makes
  // with them is late.
  void walk_interval(const Node& node, uint32_t column, Micros delay) {
    const auto width = static_cast<uint32_t>(node.inputs[0]->schema.size());
    const std::vector<TimeOrder> orders = time_orders(std::get<JoinSpec>(node.spec).residual);
    for (const TimeOrder& above : orders) {
      if (above.earlier != column || (above.later < width) == (column < width)) continue;
      for (const TimeOrder& below : orders) {
        if (below.later != column || below.earlier != above.later) continue;
        const Micros upper = above.by;
        const Micros keep = std::max<Micros>(upper + below.by, 0);
        if (upper > kMostDelay || keep > kMostDelay) return;
        const size_t side = column < width ? 0 : 1;
        InputExpiries expiries(2);
        expiries[side] = Expiry{side == 0 ? column : column - width, {}, delay, delay + keep};
        const uint32_t other = side == 0 ? above.later - width : above.later;
        expiries[1 - side] = Expiry{other, {}, delay + upper, delay + upper};
        return take(node, std::move(expiries));
      }
    }
  }
};

}  // namespace

std::map<const Node*, InputExpiries> find_expiries(const Node& root, const ClosingColumn& column,
                                                   Micros delay) {
  Finder finder;
  finder.walk(root, column, delay);
  if (finder.found.empty()) return {};
  // What is read in two places may be closed in one of them only, and all that is below it.
  std::map<const Node*, int> readers;
  for_each_node(root, [&](const Node& node) {
    for (const NodePtr& input : node.inputs) ++readers[input.get()];
  });
  for (const auto& [shared, places] : readers) {
    if (places < 2) continue;
    for_each_node(*shared, [&](const Node& below) { finder.found.erase(&below); });
  }
  return std::move(finder.found);
}

}  // namespace weir::plan
