// One operator a line, its inputs below it and further in. Behind "--" stands what it keeps
// (explain_state.h).
#include "plan/explain.h"

#include <fmt/core.h>

#include "expr/table_function.h"
#include "plan/build.h"
#include "plan/explain_state.h"
#include "plan/expression_text.h"
#include "plan/planner.h"
#include "plan/scope.h"

namespace weir::plan {

namespace {

using Names = std::vector<std::string>;

Names names_of(const Schema& schema) {
  Names names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  return names;
}

std::string listed(const Names& names, const std::vector<uint32_t>& columns) {
  Names chosen;
  for (const uint32_t c : columns) chosen.push_back(names[c]);
  return comma_list(chosen);
}

std::string listed(const Schema& schema, const std::vector<uint32_t>& columns) {
  return listed(names_of(schema), columns);
}

// Names that both sides have are told apart by the side.
Names of_both_sides(const Node& join) {
  const Names left = names_of(join.inputs[0]->schema);
  const Names right = names_of(join.inputs[1]->schema);
  const auto has = [](const Names& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  Names both;
  for (const std::string& name : left) both.push_back(has(right, name) ? "left." + name : name);
  for (const std::string& name : right) both.push_back(has(left, name) ? "right." + name : name);
  return both;
}

std::string sorted(const Names& names, const std::vector<SortColumn>& order) {
  Names parts;
  for (const SortColumn& by : order) {
    std::string part = names[by.column];
    if (by.descending) part += " desc";
    if (by.nulls_first != by.descending) part += by.nulls_first ? " nulls first" : " nulls last";
    parts.push_back(std::move(part));
  }
  return comma_list(parts);
}

std::string call_text(const AggregateCall& call, const Names& names) {
  if (call.kind == AggregateKind::kCountStar && !call.filter) return "count(*)";
  std::string text(expr::kind_name(call.kind));
  if (call.kind == AggregateKind::kCountStar) text = "count(*";
  else text += fmt::format("({}{}", call.distinct ? "distinct " : "",
                           listed(names, call.arguments));
  if (!call.order.empty()) text += " order by " + sorted(names, call.order);
  text += ")";
  if (call.filter) text += fmt::format(" filter ({})", names[*call.filter]);
  return text;
}

std::string project_title(const Node& node) {
  const Names names = names_of(node.inputs[0]->schema);
  const auto& exprs = std::get<ProjectSpec>(node.spec).exprs;
  Names parts;
  for (size_t i = 0; i < exprs.size(); ++i) {
    std::string text = expression_text(*exprs[i], names);
    const std::string& name = node.schema.fields[i].name;
    if (text != name) text += " as " + name;
    parts.push_back(std::move(text));
  }
  return parts.empty() ? "project" : "project " + comma_list(parts);
}

std::string aggregate_title(const Node& node) {
  const auto& spec = std::get<AggregateSpec>(node.spec);
  const Names names = names_of(node.inputs[0]->schema);
  Names calls;
  for (size_t i = 0; i < spec.calls.size(); ++i) {
    calls.push_back(call_text(spec.calls[i], names) + " as " +
                    node.schema.fields[spec.groups.size() + i].name);
  }
  std::string text = "aggregate";
  if (!calls.empty()) text += " " + comma_list(calls);
  return spec.groups.empty() ? text : text + fmt::format(" by ({})", listed(names, spec.groups));
}

std::string join_title(const Node& node) {
  const auto& spec = std::get<JoinSpec>(node.spec);
  std::string text;
  switch (spec.kind) {
    case JoinKind::kInner: text = spec.left_keys.empty() ? "cross join" : "join"; break;
    case JoinKind::kLeft: text = "left join"; break;
    case JoinKind::kFull: text = "full join"; break;
    case JoinKind::kSemi: text = "semi join"; break;
    case JoinKind::kAnti: text = "anti join"; break;
  }
  if (!spec.left_keys.empty()) {
    text += fmt::format(" on ({}) = ({})", listed(node.inputs[0]->schema, spec.left_keys),
                        listed(node.inputs[1]->schema, spec.right_keys));
  }
  if (!spec.residual) return text;
  const std::string residual = expression_text(*spec.residual, of_both_sides(node));
  if (spec.left_keys.empty()) return text + " on " + residual;
  const bool either = spec.residual->kind == expr::ExprKind::kOr;
  return text + (either ? fmt::format(" and ({})", residual) : " and " + residual);
}

std::string top_title(const Node& node) {
  const auto& spec = std::get<TopNSpec>(node.spec);
  const Names names = names_of(node.schema);
  std::string text = spec.limit ? fmt::format("first {}", *spec.limit) : "all";
  if (spec.with_ties) text += " with ties";
  if (spec.offset > 0) text += fmt::format(" after {}", spec.offset);
  if (!spec.partition.empty()) text += fmt::format(" of each ({})", listed(names, spec.partition));
  return spec.order.empty() ? text : text + " by " + sorted(names, spec.order);
}

std::string over_call_text(const OverCall& call, const Names& names) {
  if (call.kind == OverKind::kAggregate) return call_text(call.aggregate, names);
  const char* name = "";
  switch (call.kind) {
    case OverKind::kRowNumber: name = "row_number"; break;
    case OverKind::kRank: name = "rank"; break;
    case OverKind::kDenseRank: name = "dense_rank"; break;
    case OverKind::kPercentRank: name = "percent_rank"; break;
    case OverKind::kCumeDist: name = "cume_dist"; break;
    case OverKind::kNtile: name = "ntile"; break;
    case OverKind::kLag: name = "lag"; break;
    case OverKind::kLead: name = "lead"; break;
    case OverKind::kFirstValue: name = "first_value"; break;
    case OverKind::kLastValue: name = "last_value"; break;
    case OverKind::kNthValue: name = "nth_value"; break;
    case OverKind::kAggregate: break;
  }
  return fmt::format("{}({})", name, listed(names, call.arguments));
}

std::string over_title(const Node& node) {
  const auto& spec = std::get<OverSpec>(node.spec);
  const Names names = names_of(node.schema);
  Names calls;
  for (size_t i = 0; i < spec.calls.size(); ++i) {
    calls.push_back(over_call_text(spec.calls[i], names) + " as " +
                    names[node.inputs[0]->schema.size() + i]);
  }
  std::string text = "window functions " + comma_list(calls);
  if (!spec.partition.empty()) text += fmt::format(" of each ({})", listed(names, spec.partition));
  return spec.order.empty() ? text : text + " by " + sorted(names, spec.order);
}

std::string window_title(const Node& node) {
  const auto& spec = std::get<WindowSpec>(node.spec);
  const std::string& time = node.schema.fields[spec.time_column].name;
  const std::string size = duration_text(spec.size);
  const std::string slide = duration_text(spec.slide);
  switch (spec.kind) {
    case WindowKind::kTumble: return fmt::format("tumble {} by {}", time, size);
    case WindowKind::kHop: return fmt::format("hop {} by {} every {}", time, size, slide);
    case WindowKind::kCumulate: break;
  }
  return fmt::format("cumulate {} to {} in steps of {}", time, size, slide);
}

std::string session_title(const Node& node) {
  const auto& spec = std::get<SessionSpec>(node.spec);
  std::string text = fmt::format("sessions of {} with gaps of {}",
                                 node.schema.fields[spec.time_column].name,
                                 duration_text(spec.gap));
  return spec.keys.empty() ? text
                           : text + fmt::format(" of each ({})", listed(node.schema, spec.keys));
}

std::string clock_title(const Node& node) {
  const auto& spec = std::get<TemporalFilterSpec>(node.spec);
  const auto name = [&](uint32_t c) { return node.schema.fields[c].name; };
  std::string text = "while ";
  if (spec.from) text += name(*spec.from) + " <= ";
  text += "now()";
  return spec.until ? text + " < " + name(*spec.until) : text;
}

std::string asof_title(const Node& node) {
  const auto& spec = std::get<AsofJoinSpec>(node.spec);
  const Schema& left = node.inputs[0]->schema;
  const Schema& right = node.inputs[1]->schema;
  return fmt::format("{}asof join on ({}) = ({}), the latest {} up to {}",
                     spec.outer ? "left " : "", listed(left, spec.left_keys),
                     listed(right, spec.right_keys), right.fields[spec.right_time].name,
                     left.fields[spec.left_time].name);
}

std::string set_operation_title(const Node& node) {
  const auto& spec = std::get<SetOperationSpec>(node.spec);
  return fmt::format("{}{}", spec.kind == SetOperationKind::kIntersect ? "intersect" : "except",
                     spec.all ? " all" : "");
}

std::string table_function_title(const Node& node) {
  Names calls;
  const Names names = names_of(node.inputs[0]->schema);
  for (const TableFunctionCall& call : std::get<TableFunctionSpec>(node.spec).calls)
    calls.push_back(fmt::format("{}({})", call.function->name, listed(names, call.arguments)));
  return "rows of " + comma_list(calls);
}

std::string title(const Node& node) {
  switch (node.kind) {
    case NodeKind::kScan:
      return fmt::format("scan {} ({})", std::get<ScanSpec>(node.spec).relation,
                         comma_list(names_of(node.schema)));
    case NodeKind::kValues: {
      const size_t rows = std::get<ValuesSpec>(node.spec).rows.size();
      return fmt::format("values ({} row{})", rows, rows == 1 ? "" : "s");
    }
    case NodeKind::kProject: return project_title(node);
    case NodeKind::kFilter:
      return "filter " + expression_text(*std::get<FilterSpec>(node.spec).predicate,
                                         names_of(node.schema));
    case NodeKind::kWindow: return window_title(node);
    case NodeKind::kAggregate: return aggregate_title(node);
    case NodeKind::kJoin: return join_title(node);
    case NodeKind::kUnionAll: return "union all";
    case NodeKind::kDistinct: return "distinct";
    case NodeKind::kTopN: return top_title(node);
    case NodeKind::kSetOperation: return set_operation_title(node);
    case NodeKind::kOver: return over_title(node);
    case NodeKind::kTableFunction: return table_function_title(node);
    case NodeKind::kSession: return session_title(node);
    case NodeKind::kTemporalFilter: return clock_title(node);
    case NodeKind::kAsofJoin: return asof_title(node);
    case NodeKind::kRecursive: return "recursion to a fixpoint";
  }
  return "";
}

void put(const Node& node, const StateOf& state, int depth, std::vector<ExplainLine>& lines) {
  lines.push_back({&node, depth, title(node), state.text(node)});
  for (const NodePtr& input : node.inputs) put(*input, state, depth + 1, lines);
}

}  // namespace

std::vector<ExplainLine> explain_lines(const View& view) {
  std::vector<ExplainLine> lines;
  put(*view.root, StateOf(view), 0, lines);
  return lines;
}

std::string_view operator_name(NodeKind kind) {
  switch (kind) {
    case NodeKind::kScan: return "scan";
    case NodeKind::kValues: return "values";
    case NodeKind::kProject: return "project";
    case NodeKind::kFilter: return "filter";
    case NodeKind::kWindow: return "time windows";
    case NodeKind::kAggregate: return "aggregate";
    case NodeKind::kJoin: return "join";
    case NodeKind::kUnionAll: return "union all";
    case NodeKind::kDistinct: return "distinct";
    case NodeKind::kTopN: return "first rows";
    case NodeKind::kSetOperation: return "set operation";
    case NodeKind::kOver: return "window functions";
    case NodeKind::kTableFunction: return "table function";
    case NodeKind::kSession: return "sessions";
    case NodeKind::kTemporalFilter: return "while";
    case NodeKind::kAsofJoin: return "asof join";
    case NodeKind::kRecursive: return "recursion";
  }
  return "";
}

std::vector<std::string> explain_keys(const View& view) {
  std::vector<std::string> lines;
  if (!view.key.empty()) lines.push_back("key: " + listed(view.root->schema, view.key));
  if (!view.close_column) return lines;
  const bool inside = StateOf(view).closes_inside();
  lines.push_back(fmt::format("closes by: {}{}{}",
                              view.root->schema.fields[*view.close_column].name,
                              view.close_ending.cuts() ? ", at the end of what it is cut to" : "",
                              inside ? "" : "  -- keeps the view's rows until then"));
  return lines;
}

std::string explain(const View& view) {
  std::string out;
  for (const ExplainLine& line : explain_lines(view)) {
    out += std::string(static_cast<size_t>(line.depth) * 2, ' ') + line.title;
    if (line.node->properties.append_only) out += " [append-only]";
    if (!line.kept.empty()) out += "  -- " + line.kept;
    out += "\n";
  }
  for (const std::string& line : explain_keys(view)) out += line + "\n";
  return out;
}

}  // namespace weir::plan
