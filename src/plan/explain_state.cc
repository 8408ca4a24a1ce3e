#include "plan/explain_state.h"

#include <fmt/core.h>

#include "plan/build.h"
#include "plan/join_closing.h"
#include "plan/scope.h"

namespace weir::plan {

namespace {

constexpr std::string_view kClock = "a condition on now()";

// What the number of a node's rows grows with. In the order of how bad it is.
enum class Growth : uint8_t { kFixed, kTime, kKeys, kRelation, kForever };
struct Rows {
  Growth growth = Growth::kFixed;
  std::string of;  // kKeys: their columns; kRelation: its name
};

std::string named(const Schema& schema, const std::vector<uint32_t>& columns) {
  std::vector<std::string> names;
  for (const uint32_t c : columns) names.push_back(schema.fields[c].name);
  return comma_list(names);
}

Rows worse(Rows a, Rows b) { return a.growth >= b.growth ? a : b; }

Rows rows_of(const Node& node);

Rows keyed(const Node& node, const std::vector<uint32_t>& columns) {
  const Rows input = rows_of(*node.inputs[0]);
  if (columns.empty()) return {};
  if (input.growth <= Growth::kTime) return input;
  return {Growth::kKeys, named(node.inputs[0]->schema, columns)};
}

Rows rows_of(const Node& node) {
  switch (node.kind) {
    case NodeKind::kScan:
      if (node.properties.append_only) return {Growth::kForever, ""};
      if (!node.properties.keys.empty())
        return {Growth::kKeys, named(node.schema, node.properties.keys[0])};
      return {Growth::kRelation, std::get<ScanSpec>(node.spec).relation};
    case NodeKind::kAggregate: return keyed(node, std::get<AggregateSpec>(node.spec).groups);
    case NodeKind::kTopN: {
      const auto& spec = std::get<TopNSpec>(node.spec);
      return spec.limit ? keyed(node, spec.partition) : rows_of(*node.inputs[0]);
    }
    case NodeKind::kTemporalFilter:
      if (std::get<TemporalFilterSpec>(node.spec).until) return {Growth::kTime, ""};
      break;
    case NodeKind::kJoin:
      if (answers_left_only(std::get<JoinSpec>(node.spec).kind)) return rows_of(*node.inputs[0]);
      break;
    default: break;
  }
  Rows worst;
  for (const NodePtr& input : node.inputs) worst = worse(worst, rows_of(*input));
  return worst;
}

std::string growth_text(const Rows& rows) {
  switch (rows.growth) {
    case Growth::kFixed: return "a fixed number of rows";
    case Growth::kTime: return "rows until their time has passed";
    case Growth::kKeys: return fmt::format("as many rows as there are ({})", rows.of);
    case Growth::kRelation: return fmt::format("as many rows as {} has", rows.of);
    case Growth::kForever: break;
  }
  return "all rows, unbounded";
}

std::string aggregate_state(const Node& node, bool closes) {
  const auto& spec = std::get<AggregateSpec>(node.spec);
  if (spec.groups.empty()) return "keeps one group";
  if (closes) return "keeps open groups, until the watermark closes them";
  const std::string groups = named(node.inputs[0]->schema, spec.groups);
  const Rows input = rows_of(*node.inputs[0]);
  if (input.growth <= Growth::kTime)
    return fmt::format("keeps a group a ({}), of {}", groups, growth_text(input));
  if (!node.properties.closing_columns.empty()) {
    return fmt::format("keeps a group a ({}), unbounded: bound it with emit: on_close, or with "
                       "retain", groups);
  }
  return fmt::format("keeps a group a ({0}), as many as there are ({0}): bound it with a window in "
                     "GROUP BY and emit: on_close or retain", groups);
}

}  // namespace

StateOf::StateOf(const View& view) : closing_(view.close_column.has_value()) {
  if (!closing_) return;
  place_ = closing_place(*view.root, {*view.close_column, view.close_ending});
  const bool on_close = view.definition.emit == catalog::EmitMode::kOnClose;
  const Micros retained = on_close ? 0 : view.definition.retain.value_or(0);
  expiries_ = find_expiries(*view.root, {*view.close_column, view.close_ending}, retained);
}

bool StateOf::expires(const Node& node, size_t input) const {
  const auto known = expiries_.find(&node);
  return known != expiries_.end() && known->second[input].has_value();
}

// Of the first input.
std::string StateOf::rows(const Node& node, const char* what) const {
  if (expires(node, 0)) return fmt::format("keeps {}until the watermark closes them", what);
  const Rows input = rows_of(*node.inputs[0]);
  std::string text = fmt::format("keeps {}", what);
  if (*what != '\0') text += "of ";
  text += growth_text(input);
  if (input.growth == Growth::kForever) text += fmt::format(": bound it with {}", kClock);
  return text;
}

std::string StateOf::side(const Node& join, size_t input) const {
  if (expires(join, input)) return "rows until the watermark closes them";
  return growth_text(rows_of(*join.inputs[input]));
}

std::string StateOf::join(const Node& node) const {
  const auto& spec = std::get<JoinSpec>(node.spec);
  const auto keys = [&](size_t i) {
    const std::vector<uint32_t>& columns = i == 0 ? spec.left_keys : spec.right_keys;
    return columns.empty() ? "" : fmt::format(" by ({})", named(node.inputs[i]->schema, columns));
  };
  std::string text = fmt::format("keeps left{}: {}; right{}: {}", keys(0), side(node, 0), keys(1),
                                 side(node, 1));
  bool unbounded[2];
  for (const size_t i : {size_t{0}, size_t{1}}) {
    unbounded[i] =
        !expires(node, i) && rows_of(*node.inputs[i]).growth == Growth::kForever;
  }
  if (!unbounded[0] && !unbounded[1]) return text;
  const char* which = unbounded[0] && unbounded[1] ? "both" : unbounded[0] ? "left" : "right";
  text += fmt::format(": bound {} with ", which);
  const bool times = has_event_time(*node.inputs[0]) && has_event_time(*node.inputs[1]);
  if (times && spec.kind == JoinKind::kInner) {
    text += "emit: on_close and a time of one side between times of the other, else with ";
  } else if (has_event_time(*node.inputs[unbounded[0] ? 0 : 1]) && !closing_) {
    text += "emit: on_close, else with ";
  }
  return text.append(kClock);
}

std::string StateOf::text(const Node& node) const {
  if (&node == place_.session) return "keeps the rows of open sessions";
  switch (node.kind) {
    case NodeKind::kAggregate: return aggregate_state(node, &node == place_.aggregate);
    case NodeKind::kJoin: return join(node);
    case NodeKind::kAsofJoin: {
      const auto& spec = std::get<AsofJoinSpec>(node.spec);
      return fmt::format("keeps left by ({}): {}; right by ({}): {}: bound them with {}",
                         named(node.inputs[0]->schema, spec.left_keys), side(node, 0),
                         named(node.inputs[1]->schema, spec.right_keys), side(node, 1), kClock);
    }
    case NodeKind::kDistinct: return rows(node, "each different row once, ");
    case NodeKind::kTopN: {
      const auto& spec = std::get<TopNSpec>(node.spec);
      if (!node.inputs[0]->properties.append_only || !spec.limit) return rows(node, "");
      const uint64_t most = spec.offset + *spec.limit;
      const std::string text = fmt::format("keeps {} row{}", most, most == 1 ? "" : "s");
      if (spec.partition.empty()) return text;
      const std::string of = named(node.schema, spec.partition);
      if (expires(node, 0))
        return fmt::format("{} a ({}), until the watermark closes it", text, of);
      return fmt::format("{0} a ({1}), for as many as there are ({1}): bound it with {2}", text, of,
                         kClock);
    }
    case NodeKind::kSession:
      return "keeps all rows, unbounded: bound it with emit: on_close or retain on window_end";
    case NodeKind::kOver: return rows(node, "");
    case NodeKind::kSetOperation:
      return fmt::format("keeps each different row of left: {}; right: {}", side(node, 0),
                         side(node, 1));
    case NodeKind::kTemporalFilter: {
      const bool leave = std::get<TemporalFilterSpec>(node.spec).until.has_value();
      return leave ? "keeps rows until they leave" : "keeps rows until they come in";
    }
    case NodeKind::kRecursive: return "keeps its inputs and the result, unbounded";
    default: return "";
  }
}

}  // namespace weir::plan
