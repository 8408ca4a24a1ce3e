#include <fmt/core.h>

#include "expr/table_function.h"
#include "plan/planner.h"
#include "plan/scope.h"

namespace weir::plan {

namespace {

std::string columns(const Schema& schema, const std::vector<uint32_t>& positions) {
  std::vector<std::string> names;
  for (const uint32_t c : positions) names.push_back(schema.fields[c].name);
  return comma_list(names);
}

std::string duration(Micros micros) {
  return micros % 1'000'000 == 0 ? fmt::format("{}s", micros / 1'000'000)
                                 : fmt::format("{}us", micros);
}

std::string readable(const expr::Expr& e, const Schema& schema) {
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  return expr::canonical_text(e, names);
}

const char* join_name(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner: return "join";
    case JoinKind::kLeft: return "left join";
    case JoinKind::kFull: return "full join";
    case JoinKind::kSemi: return "semi join";
    case JoinKind::kAnti: return "anti join";
  }
  return "";
}

Schema both_sides(const Node& join) {
  Schema schema = join.inputs[0]->schema;
  for (const Field& field : join.inputs[1]->schema.fields) schema.fields.push_back(field);
  return schema;
}

std::string title_of_time(const Node& node) {
  switch (node.kind) {
    case NodeKind::kSession: {
      const auto& spec = std::get<SessionSpec>(node.spec);
      return fmt::format("sessions of {} by ({}), gap {}",
                         node.schema.fields[spec.time_column].name,
                         columns(node.schema, spec.keys), duration(spec.gap));
    }
    case NodeKind::kTemporalFilter: return "rows of the time being";
    case NodeKind::kAsofJoin: {
      const auto& spec = std::get<AsofJoinSpec>(node.spec);
      return fmt::format("asof join on ({}) = ({})",
                         columns(node.inputs[0]->schema, spec.left_keys),
                         columns(node.inputs[1]->schema, spec.right_keys));
    }
    case NodeKind::kRecursive: return "recursion to a fixpoint";
    default: return "";
  }
}

// Nodes that keep rows in an order of their own or by time, and set-returning functions.
std::string title_of_rows_in_order(const Node& node) {
  switch (node.kind) {
    case NodeKind::kSetOperation: {
      const auto& spec = std::get<SetOperationSpec>(node.spec);
      return fmt::format("{}{}",
                         spec.kind == SetOperationKind::kIntersect ? "intersect" : "except",
                         spec.all ? " all" : "");
    }
    case NodeKind::kOver: {
      const auto& spec = std::get<OverSpec>(node.spec);
      return fmt::format("window functions by ({}), {} calls", columns(node.schema, spec.partition),
                         spec.calls.size());
    }
    case NodeKind::kTableFunction: {
      std::vector<std::string> names;
      for (const TableFunctionCall& call : std::get<TableFunctionSpec>(node.spec).calls) {
        names.emplace_back(call.function->name);
      }
      return fmt::format("rows of {}", comma_list(names));
    }
    default: return title_of_time(node);
  }
}

std::string title(const Node& node) {
  switch (node.kind) {
    case NodeKind::kScan: {
      std::vector<std::string> names;
      for (const Field& field : node.schema.fields) names.push_back(field.name);
      return fmt::format("scan {} ({})", std::get<ScanSpec>(node.spec).relation, comma_list(names));
    }
    case NodeKind::kValues:
      return fmt::format("values ({} rows)", std::get<ValuesSpec>(node.spec).rows.size());
    case NodeKind::kProject: return fmt::format("project ({} columns)", node.schema.size());
    case NodeKind::kFilter:
      return fmt::format("filter {}",
                         readable(*std::get<FilterSpec>(node.spec).predicate, node.schema));
    case NodeKind::kWindow: {
      const auto& spec = std::get<WindowSpec>(node.spec);
      const std::string time = node.schema.fields[spec.time_column].name;
      if (spec.kind == WindowKind::kTumble)
        return fmt::format("tumble {} by {}", time, duration(spec.size));
      return fmt::format("hop {} by {} every {}", time, duration(spec.size), duration(spec.slide));
    }
    case NodeKind::kAggregate: {
      const auto& spec = std::get<AggregateSpec>(node.spec);
      return fmt::format("aggregate by ({}), {} calls",
                         columns(node.inputs[0]->schema, spec.groups), spec.calls.size());
    }
    case NodeKind::kJoin: {
      const auto& spec = std::get<JoinSpec>(node.spec);
      const bool cross = spec.kind == JoinKind::kInner && spec.left_keys.empty();
      const char* kind = cross ? "cross join" : join_name(spec.kind);
      std::string text =
          fmt::format("{} on ({}) = ({})", kind, columns(node.inputs[0]->schema, spec.left_keys),
                      columns(node.inputs[1]->schema, spec.right_keys));
      if (spec.residual) text += fmt::format(" and {}", readable(*spec.residual, both_sides(node)));
      return text;
    }
    case NodeKind::kUnionAll: return "union all";
    case NodeKind::kDistinct: return "distinct";
    case NodeKind::kTopN: {
      const auto& spec = std::get<TopNSpec>(node.spec);
      std::string text = fmt::format(
          "top {} offset {}", spec.limit ? std::to_string(*spec.limit) : "all", spec.offset);
      if (!spec.partition.empty())
        text += fmt::format(" of each ({})", columns(node.schema, spec.partition));
      return text;
    }
    default: return title_of_rows_in_order(node);
  }
  return "";
}

// What the operator keeps, and what bounds it.
std::string state(const Node& node, const View& view) {
  const bool closes = view.close_column && !node.properties.closing_columns.empty();
  switch (node.kind) {
    case NodeKind::kAggregate:
      if (closes) return "state: open groups only";
      return "state: one entry a group, unbounded unless the groups are (bound it with a window "
             "and `retain`)";
    case NodeKind::kJoin: return "state: both sides, unbounded";
    case NodeKind::kDistinct: return "state: every different row, unbounded";
    case NodeKind::kTopN:
    case NodeKind::kOver:
    case NodeKind::kSession: return "state: every row, unbounded";
    case NodeKind::kSetOperation: return "state: every different row of both inputs, unbounded";
    case NodeKind::kAsofJoin: return "state: both sides, unbounded";
    case NodeKind::kTemporalFilter: return "state: rows that have not left yet";
    case NodeKind::kRecursive: return "state: the inputs and the result, unbounded";
    default: return "";
  }
}

void put(const Node& node, const View& view, int depth, std::string& out) {
  out += std::string(static_cast<size_t>(depth) * 2, ' ') + title(node);
  if (node.properties.append_only) out += " [append-only]";
  const std::string kept = state(node, view);
  if (!kept.empty()) out += "  -- " + kept;
  out += "\n";
  for (const NodePtr& input : node.inputs) put(*input, view, depth + 1, out);
}

}  // namespace

std::string explain(const View& view) {
  std::string out;
  put(*view.root, view, 0, out);
  if (!view.key.empty()) out += fmt::format("key: {}\n", columns(view.root->schema, view.key));
  if (view.close_column)
    out += fmt::format("closes by: {}\n", view.root->schema.fields[*view.close_column].name);
  return out;
}

}  // namespace weir::plan
