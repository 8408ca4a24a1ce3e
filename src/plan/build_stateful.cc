// Constructors of the nodes that keep rows in an order of their own or by time. What they know of
// their output is little: most of them take rows back even where their input does not.
#include <utility>

#include <fmt/core.h>

#include "base/hash.h"
#include "expr/table_function.h"
#include "plan/build_internal.h"
#include "plan/walk.h"

namespace weir::plan {

namespace {

using Columns = std::vector<uint32_t>;

std::unique_ptr<Node> over_input(NodeKind kind, const NodePtr& input) {
  auto node = std::make_unique<Node>();
  node->kind = kind;
  node->schema = input->schema;
  node->column_hashes = input->column_hashes;
  node->properties.keys = input->properties.keys;
  return node;
}

void add_column(Node& node, std::string name, Type type, uint64_t hash) {
  node.schema.fields.push_back({std::move(name), type});
  node.column_hashes.push_back(hash);
}

uint64_t bound_hash(const Node& input, const FrameBound& bound) {
  return hash_of("bound", {static_cast<uint64_t>(bound.kind), bound.rows,
                           bound.limit_column ? input.column_hashes[*bound.limit_column] : 0});
}

uint64_t over_hash(const Node& input, const OverSpec& spec, const OverCall& call) {
  uint64_t aggregate = 0;
  if (call.kind == OverKind::kAggregate) aggregate = call_hash(input, call.aggregate);
  return hash_of("over", {static_cast<uint64_t>(call.kind), columns_hash(input, call.arguments),
                          aggregate, static_cast<uint64_t>(call.frame.mode),
                          bound_hash(input, call.frame.start), bound_hash(input, call.frame.end),
                          static_cast<uint64_t>(call.frame.exclusion),
                          columns_hash(input, spec.partition), sort_hash(input, spec.order)});
}

}  // namespace

NodePtr make_set_operation(NodePtr left, NodePtr right, const SetOperationSpec& spec) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kSetOperation;
  node->schema = left->schema;
  for (const ClosingColumn& closing : left->properties.closing_columns) {
    if (close_alike(*left, closing.column, *right, closing.column))
      node->properties.closing_columns.push_back(closing);
  }
  node->properties.keys = left->properties.keys;
  if (!spec.all) {
    Columns all;
    for (uint32_t i = 0; i < node->schema.size(); ++i) all.push_back(i);
    node->properties.keys.push_back(all);
  }
  for (uint32_t i = 0; i < node->schema.size(); ++i) {
    node->column_hashes.push_back(
        hash_of("set operation", {left->column_hashes[i], right->column_hashes[i]}));
  }
  node->spec = spec;
  node->inputs = {std::move(left), std::move(right)};
  node->hash = finish_hash(*node, "set operation",
                           {static_cast<uint64_t>(spec.kind), spec.all ? 1ULL : 0ULL});
  return node;
}

NodePtr make_over(NodePtr input, OverSpec spec, const std::vector<std::string>& names) {
  auto node = over_input(NodeKind::kOver, input);
  for (const ClosingColumn& closing : input->properties.closing_columns) {
    if (contains(spec.partition, closing.column))
      node->properties.closing_columns.push_back(closing);
  }
  for (size_t i = 0; i < spec.calls.size(); ++i) {
    add_column(*node, names[i], spec.calls[i].result, over_hash(*input, spec, spec.calls[i]));
    if (spec.calls[i].kind != OverKind::kRowNumber) continue;
    node->properties.keys.push_back(spec.partition);
    node->properties.keys.back().push_back(static_cast<uint32_t>(input->schema.size() + i));
  }
  const uint64_t meaning =
      hash_of("over", {columns_hash(*input, spec.partition), sort_hash(*input, spec.order)});
  node->spec = std::move(spec);
  node->inputs.push_back(std::move(input));
  node->hash = finish_hash(*node, "over", {meaning});
  return node;
}

NodePtr make_table_function(NodePtr input, TableFunctionSpec spec,
                            const std::vector<std::string>& names) {
  auto node = over_input(NodeKind::kTableFunction, input);
  node->properties.append_only = input->properties.append_only;
  node->properties.closing_columns = input->properties.closing_columns;
  std::vector<uint64_t> parts{spec.outer ? 1ULL : 0ULL};
  size_t at = 0;
  for (const TableFunctionCall& call : spec.calls) {
    const uint64_t meaning =
        hash_of(call.function->name, {columns_hash(*input, call.arguments)});
    parts.push_back(meaning);
    for (uint64_t i = 0; i < call.results.size(); ++i) {
      add_column(*node, names[at++], call.results[i], hash_of("result", {meaning, i}));
    }
  }
  const uint64_t all = hash_all("functions", parts);
  // The order of rows is a column only where it is asked for; equal input rows repeat it.
  if (spec.ordinality) add_column(*node, names[at], TypeId::kInt8, hash_of("ordinality", {all}));
  for (Columns& key : node->properties.keys) {
    if (spec.ordinality) key.push_back(static_cast<uint32_t>(node->schema.size() - 1));
  }
  if (!spec.ordinality) node->properties.keys.clear();
  node->spec = std::move(spec);
  node->inputs.push_back(std::move(input));
  node->hash = finish_hash(*node, "table function", {all});
  return node;
}

NodePtr make_session(NodePtr input, const SessionSpec& spec) {
  auto node = over_input(NodeKind::kSession, input);
  const Type time = input->schema.fields[spec.time_column].type;
  const Type type = time.id == TypeId::kDate ? Type(TypeId::kTimestamp) : time;
  const bool closes = closes_at_its_value(*input, spec.time_column);
  const uint64_t meaning =
      hash_of("session", {input->column_hashes[spec.time_column],
                          static_cast<uint64_t>(spec.gap), columns_hash(*input, spec.keys)});
  const auto n = static_cast<uint32_t>(input->schema.size());
  add_column(*node, "window_start", type, hash_of("start", {meaning}));
  add_column(*node, "window_end", type, hash_of("end", {meaning}));
  if (closes) node->properties.closing_columns.push_back({n + 1});
  node->spec = spec;
  node->inputs.push_back(std::move(input));
  node->hash = finish_hash(*node, "session", {meaning});
  return node;
}

NodePtr make_temporal_filter(NodePtr input, const TemporalFilterSpec& spec) {
  auto node = over_input(NodeKind::kTemporalFilter, input);
  node->properties.closing_columns = input->properties.closing_columns;
  const uint64_t from = spec.from ? input->column_hashes[*spec.from] : 0;
  const uint64_t until = spec.until ? input->column_hashes[*spec.until] : 0;
  node->spec = spec;
  node->inputs.push_back(std::move(input));
  node->hash = finish_hash(*node, "temporal filter", {from, until});
  return node;
}

NodePtr make_asof_join(NodePtr left, NodePtr right, const AsofJoinSpec& spec) {
  auto node = over_input(NodeKind::kAsofJoin, left);
  if (closes_at_its_value(*right, spec.right_time)) {
    node->properties.closing_columns = left->properties.closing_columns;
  }
  const uint64_t meaning = hash_of(
      "asof", {columns_hash(*left, spec.left_keys), columns_hash(*right, spec.right_keys),
               left->column_hashes[spec.left_time], right->column_hashes[spec.right_time],
               spec.outer ? 1ULL : 0ULL});
  for (size_t i = 0; i < right->schema.size(); ++i) {
    add_column(*node, right->schema.fields[i].name, right->schema.fields[i].type,
               hash_of("version", {meaning, right->column_hashes[i]}));
  }
  node->spec = spec;
  node->inputs = {std::move(left), std::move(right)};
  node->hash = finish_hash(*node, "asof join", {meaning});
  return node;
}

namespace {

NodePtr with_relation(const NodePtr& root, const std::string& name, const std::string& other) {
  return rewrite_nodes(root, [&](const NodePtr& node, std::vector<NodePtr> inputs) {
    if (const auto* scan = std::get_if<ScanSpec>(&node->spec)) {
      return scan->relation == name ? make_scan(other, node->schema, nullptr, scan->columns) : node;
    }
    return inputs.empty() ? node : with_inputs(*node, std::move(inputs));
  });
}

}  // namespace

// The relation that the step reads is named after what base and step mean: two recursions that mean
// the same are one, as state and as a key of GROUP BY, and none can stand within itself.
NodePtr make_recursive(NodePtr base, NodePtr step, RecursiveSpec spec) {
  const std::string bound = std::exchange(spec.relation, "");
  spec.relation = fmt::format("{}#{:x}", bound.substr(0, bound.find('#')),
                              hash_of("recursion", {base->hash,
                                                    with_relation(step, bound, "#")->hash}));
  step = with_relation(step, bound, spec.relation);
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kRecursive;
  node->schema = base->schema;
  Columns all;
  for (uint32_t i = 0; i < node->schema.size(); ++i) {
    all.push_back(i);
    node->column_hashes.push_back(
        hash_of("recursive", {base->column_hashes[i], step->column_hashes[i]}));
  }
  if (spec.distinct) node->properties.keys.push_back(all);
  node->spec = spec;
  node->inputs = {std::move(base), std::move(step)};
  node->hash = finish_hash(*node, "recursive", {spec.distinct ? 1ULL : 0ULL});
  return node;
}

}  // namespace weir::plan
