// Hashes (invariant: state is keyed by meaning). A column's hash says what it is: relation and name
// of a scanned column, canonical expression of a computed one; positions and output names do not
// enter. A node's hash is its kind, its spec in terms of column hashes, and its inputs' hashes.
#include "plan/build_internal.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "data/text_form.h"
#include "plan/join_closing.h"

namespace weir::plan {

namespace {

using Columns = std::vector<uint32_t>;

// Column names for canonical texts: the hashes of what the columns are.
std::vector<std::string> canonical_names(const Node& input) {
  std::vector<std::string> names;
  for (const uint64_t hash : input.column_hashes) names.push_back(fmt::format("#{:016x}", hash));
  return names;
}

Properties scan_properties(const catalog::StreamDefinition* stream, const Columns& columns) {
  Properties properties;
  if (!stream) return properties;
  properties.append_only = stream->mode == catalog::SourceMode::kAppend;
  properties.event_time = !stream->event_time.empty();
  const auto position = [&](const std::string& name) -> int {
    const int of_relation = stream->schema.find(name);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (static_cast<int>(columns[i]) == of_relation) return static_cast<int>(i);
    }
    return -1;
  };
  const auto add_key = [&](const std::vector<std::string>& names) {
    Columns key;
    for (const std::string& name : names) {
      if (position(name) < 0) return;
      key.push_back(static_cast<uint32_t>(position(name)));
    }
    if (!key.empty()) properties.keys.push_back(key);
  };
  if (stream->mode != catalog::SourceMode::kAppend) add_key(stream->key);
  for (const auto& unique : stream->unique) add_key(unique);
  if (!stream->event_time.empty() && position(stream->event_time) >= 0) {
    properties.closing_columns.push_back({static_cast<uint32_t>(position(stream->event_time))});
  }
  return properties;
}

// Keys and closing columns through a projection: those whose columns are all still there.
Properties projected(const Properties& input, const std::vector<expr::ExprPtr>& exprs) {
  Properties out;
  out.append_only = input.append_only;
  out.window_bounds = input.window_bounds;
  const auto find = [&](uint32_t column) -> int {
    for (size_t i = 0; i < exprs.size(); ++i) {
      if (exprs[i]->kind == expr::ExprKind::kColumn && exprs[i]->column == column)
        return static_cast<int>(i);
    }
    return -1;
  };
  for (const Columns& key : input.keys) {
    Columns mapped;
    for (const uint32_t column : key) {
      if (find(column) >= 0) mapped.push_back(static_cast<uint32_t>(find(column)));
    }
    if (mapped.size() == key.size()) out.keys.push_back(mapped);
  }
  for (uint32_t i = 0; i < exprs.size(); ++i) {
    const std::optional<CutTime> cut = cut_time(*exprs[i]);
    for (const ClosingColumn& closing : input.closing_columns) {
      if (cut && closing.column == cut->column)
        out.closing_columns.push_back({i, cut->ending.then(closing.ending)});
    }
  }
  return out;
}

}  // namespace

uint64_t hash_of(std::string_view what, std::initializer_list<uint64_t> parts) {
  std::string bytes(what);
  ByteWriter w(bytes);
  for (const uint64_t part : parts) w.le(part);
  return hash64(bytes);
}

uint64_t hash_all(std::string_view what, const std::vector<uint64_t>& parts) {
  std::string bytes(what);
  ByteWriter w(bytes);
  for (const uint64_t part : parts) w.le(part);
  return hash64(bytes);
}

uint64_t finish_hash(const Node& node, std::string_view what, std::vector<uint64_t> parts) {
  for (const NodePtr& input : node.inputs) parts.push_back(input->hash);
  for (const uint64_t column : node.column_hashes) parts.push_back(column);
  for (const Field& field : node.schema.fields)
    parts.push_back(static_cast<uint64_t>(field.type.id));
  return hash_all(what, parts);
}

uint64_t sort_hash(const Node& input, const std::vector<SortColumn>& order) {
  std::vector<uint64_t> parts;
  for (const SortColumn& by : order) {
    parts.push_back(input.column_hashes[by.column]);
    parts.push_back((by.descending ? 1 : 0) + (by.nulls_first ? 2 : 0));
  }
  return hash_all("order", parts);
}

bool contains(const std::vector<uint32_t>& columns, uint32_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

const Ending* ending_of(const Node& node, uint32_t column) {
  for (const ClosingColumn& closing : node.properties.closing_columns) {
    if (closing.column == column) return &closing.ending;
  }
  return nullptr;
}

bool closes_at_its_value(const Node& node, uint32_t column) {
  const Ending* ending = ending_of(node, column);
  return ending && ending->plain();
}

bool close_alike(const Node& a, uint32_t of_a, const Node& b, uint32_t of_b) {
  const Ending* one = ending_of(a, of_a);
  const Ending* other = ending_of(b, of_b);
  return one && other && *one == *other;
}

uint64_t columns_hash(const Node& input, const std::vector<uint32_t>& columns) {
  std::vector<uint64_t> parts;
  for (const uint32_t column : columns) parts.push_back(input.column_hashes[column]);
  return hash_all("columns", parts);
}

uint64_t call_hash(const Node& input, const AggregateCall& call) {
  const auto column = [&](size_t i) {
    return i < call.arguments.size() ? input.column_hashes[call.arguments[i]] : 0;
  };
  const uint64_t plain =
      hash_of(expr::kind_name(call.kind),
              {column(0), call.filter ? input.column_hashes[*call.filter] : 0,
               call.distinct ? 1ULL : 0ULL});
  if (call.arguments.size() <= 1 && call.order.empty() && call.direct.empty()) return plain;
  std::vector<uint64_t> parts{plain, sort_hash(input, call.order)};
  for (size_t i = 1; i < call.arguments.size(); ++i) parts.push_back(column(i));
  for (const DirectArgument& direct : call.direct) {
    parts.push_back(direct.group ? *direct.group + 1 : 0);
    parts.push_back(direct.group || direct.value.is_null() ? 0 : hash64(text_form(direct.value)));
  }
  return hash_all("call", parts);
}

NodePtr make_scan(const std::string& relation, const Schema& schema,
                  const catalog::StreamDefinition* stream, Columns columns) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kScan;
  for (const uint32_t column : columns) {
    node->schema.fields.push_back(schema.fields[column]);
    node->column_hashes.push_back(hash64(relation + "." + schema.fields[column].name + ":" +
                                         schema.fields[column].type.name()));
  }
  node->properties = scan_properties(stream, columns);
  node->spec = ScanSpec{relation, std::move(columns)};
  rehash_scan(*node);
  return node;
}

NodePtr with_rows(const Node& scan, uint64_t rows) {
  auto node = std::make_shared<Node>(scan);
  node->properties.rows = rows;
  return node;
}

NodePtr make_values(Schema schema, std::vector<std::vector<Value>> rows) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kValues;
  node->schema = std::move(schema);
  std::string text;
  ByteWriter w(text);
  for (const std::vector<Value>& row : rows) {
    for (const Value& value : row) {
      w.le<uint8_t>(value.is_null());
      w.string(value.is_null() ? std::string() : text_form(value));
    }
  }
  for (size_t i = 0; i < node->schema.size(); ++i) {
    node->column_hashes.push_back(hash_of("value", {hash64(text), i}));
  }
  node->properties.append_only = true;
  node->spec = ValuesSpec{std::move(rows)};
  node->hash = finish_hash(*node, "values:" + text, {});
  return node;
}

NodePtr make_project(NodePtr input, std::vector<expr::ExprPtr> exprs,
                     std::vector<std::string> names) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kProject;
  const std::vector<std::string> columns = canonical_names(*input);
  for (size_t i = 0; i < exprs.size(); ++i) {
    node->schema.fields.push_back({names[i], exprs[i]->type});
    const bool column = exprs[i]->kind == expr::ExprKind::kColumn;
    node->column_hashes.push_back(column ? input->column_hashes[exprs[i]->column]
                                         : hash64(expr::canonical_text(*exprs[i], columns)));
  }
  node->properties = projected(input->properties, exprs);
  node->spec = ProjectSpec{std::move(exprs)};
  node->inputs.push_back(std::move(input));
  node->hash = finish_hash(*node, "project", {});
  return node;
}

NodePtr make_filter(NodePtr input, expr::ExprPtr predicate) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kFilter;
  node->schema = input->schema;
  node->column_hashes = input->column_hashes;
  node->properties = input->properties;
  const uint64_t meaning = hash64(expr::canonical_text(*predicate, canonical_names(*input)));
  node->spec = FilterSpec{std::move(predicate)};
  node->inputs.push_back(std::move(input));
  node->hash = finish_hash(*node, "filter", {meaning});
  return node;
}

NodePtr make_window(NodePtr input, const WindowSpec& spec) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kWindow;
  node->schema = input->schema;
  node->column_hashes = input->column_hashes;
  node->properties = input->properties;
  const Type time = input->schema.fields[spec.time_column].type;
  const Type type = time.id == TypeId::kDate ? Type(TypeId::kTimestamp) : time;
  const bool closes = closes_at_its_value(*input, spec.time_column);
  const auto n = static_cast<uint32_t>(input->schema.size());
  const uint64_t meaning = hash_of(
      "window", {static_cast<uint64_t>(spec.kind), input->column_hashes[spec.time_column],
                 static_cast<uint64_t>(spec.size), static_cast<uint64_t>(spec.slide),
                 static_cast<uint64_t>(spec.offset)});
  node->schema.fields.push_back({"window_start", type, false});
  node->schema.fields.push_back({"window_end", type, false});
  node->column_hashes.push_back(hash_of("start", {meaning}));
  node->column_hashes.push_back(hash_of("end", {meaning}));
  // Cumulative windows that begin together end one after the other.
  const bool cumulates = spec.kind == WindowKind::kCumulate;
  if (!cumulates) {
    node->properties.window_bounds.emplace_back(node->column_hashes[n],
                                                node->column_hashes[n + 1]);
  }
  if (closes) node->properties.closing_columns.push_back({n + 1});
  if (spec.slide != spec.size) {  // a row stands in several windows
    for (Columns& key : node->properties.keys) key.push_back(cumulates ? n + 1 : n);
  }
  node->spec = spec;
  node->inputs.push_back(std::move(input));
  node->hash = finish_hash(*node, "window", {meaning});
  return node;
}

// The groups are a key, and so is what is left of them without one of a window's two bounds.
void add_group_keys(Node& node, size_t groups) {
  Columns key;
  for (uint32_t i = 0; i < groups; ++i) key.push_back(i);
  const auto position = [&](uint64_t hash) {
    const auto end = node.column_hashes.begin() + static_cast<std::ptrdiff_t>(groups);
    return static_cast<uint32_t>(std::find(node.column_hashes.begin(), end, hash) -
                                 node.column_hashes.begin());
  };
  for (const auto& [start, end] : node.properties.window_bounds) {
    if (position(start) == groups || position(end) == groups) continue;
    for (const uint32_t left_out : {position(end), position(start)}) {
      Columns rest = key;
      std::erase(rest, left_out);
      node.properties.keys.push_back(rest);
    }
  }
  node.properties.keys.push_back(std::move(key));
}

NodePtr make_aggregate(NodePtr input, AggregateSpec spec, std::vector<std::string> names) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kAggregate;
  node->properties.window_bounds = input->properties.window_bounds;
  for (uint32_t i = 0; i < spec.groups.size(); ++i) {
    const uint32_t column = spec.groups[i];
    node->schema.fields.push_back({names[i], input->schema.fields[column].type});
    node->column_hashes.push_back(input->column_hashes[column]);
    if (const Ending* ending = ending_of(*input, column))
      node->properties.closing_columns.push_back({i, *ending});
  }
  for (size_t i = 0; i < spec.calls.size(); ++i) {
    const AggregateCall& call = spec.calls[i];
    node->schema.fields.push_back({names[spec.groups.size() + i], call.result});
    node->column_hashes.push_back(call_hash(*input, call));
  }
  add_group_keys(*node, spec.groups.size());
  node->spec = std::move(spec);
  node->inputs.push_back(std::move(input));
  node->hash = finish_hash(*node, "aggregate", {});
  return node;
}

bool answers_left_only(JoinKind kind) {
  return kind == JoinKind::kSemi || kind == JoinKind::kAnti;
}

namespace {

// Over the left columns and, behind them, the right ones.
Properties join_properties(const Node& left, const Node& right, const JoinSpec& spec) {
  Properties p;
  if (answers_left_only(spec.kind)) {
    p = left.properties;
    p.append_only = spec.kind == JoinKind::kSemi && left.properties.append_only &&
                    right.properties.append_only;
    p.closing_columns = closing_columns_of_join(left, right, spec);
    return p;
  }
  const auto n = static_cast<uint32_t>(left.schema.size());
  p.append_only = spec.kind == JoinKind::kInner && left.properties.append_only &&
                  right.properties.append_only;
  const auto unique_on = [](const Properties& side, const Columns& columns) {
    return std::any_of(side.keys.begin(), side.keys.end(), [&](const Columns& key) {
      return std::all_of(key.begin(), key.end(), [&](uint32_t c) { return contains(columns, c); });
    });
  };
  const bool one_right = unique_on(right.properties, spec.right_keys);
  const bool one_left = unique_on(left.properties, spec.left_keys);
  for (const Columns& key : left.properties.keys) {
    if (one_right && spec.kind != JoinKind::kFull) p.keys.push_back(key);
    for (const Columns& other : right.properties.keys) {
      Columns both = key;
      for (const uint32_t c : other) both.push_back(n + c);
      p.keys.push_back(both);
    }
  }
  if (one_left && spec.kind == JoinKind::kInner) {
    for (const Columns& key : right.properties.keys) {
      Columns moved;
      for (const uint32_t c : key) moved.push_back(n + c);
      p.keys.push_back(moved);
    }
  }
  p.closing_columns = closing_columns_of_join(left, right, spec);
  return p;
}

}  // namespace

NodePtr make_join(NodePtr left, NodePtr right, JoinSpec spec) {
  // Whether a row has a match does not depend on how often the match is there.
  while (answers_left_only(spec.kind) && right->kind == NodeKind::kDistinct) {
    right = NodePtr(right->inputs[0]);
  }
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kJoin;
  for (const Field& field : left->schema.fields) node->schema.fields.push_back(field);
  for (const uint64_t h : left->column_hashes) node->column_hashes.push_back(hash_of("left", {h}));
  if (!answers_left_only(spec.kind)) {
    for (const Field& field : right->schema.fields) node->schema.fields.push_back(field);
    for (const uint64_t h : right->column_hashes)
      node->column_hashes.push_back(hash_of("right", {h}));
  }
  node->properties = join_properties(*left, *right, spec);
  std::vector<uint64_t> parts{static_cast<uint64_t>(spec.kind), spec.nulls_match ? 1ULL : 0ULL};
  for (size_t i = 0; i < spec.left_keys.size(); ++i) {
    parts.push_back(left->column_hashes[spec.left_keys[i]]);
    parts.push_back(right->column_hashes[spec.right_keys[i]]);
  }
  if (spec.residual) {
    std::vector<std::string> names;
    for (const uint64_t h : left->column_hashes) names.push_back(fmt::format("l#{:016x}", h));
    for (const uint64_t h : right->column_hashes) names.push_back(fmt::format("r#{:016x}", h));
    parts.push_back(hash64(expr::canonical_text(*spec.residual, names)));
  }
  node->spec = std::move(spec);
  node->inputs = {std::move(left), std::move(right)};
  node->hash = finish_hash(*node, "join", parts);
  return node;
}

NodePtr make_union_all(std::vector<NodePtr> inputs) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kUnionAll;
  node->schema = inputs[0]->schema;
  node->properties.append_only = true;
  for (uint32_t i = 0; i < node->schema.size(); ++i) {
    std::vector<uint64_t> parts;
    bool closes = true;
    for (const NodePtr& input : inputs) {
      parts.push_back(input->column_hashes[i]);
      closes = closes && close_alike(*inputs[0], i, *input, i);
    }
    node->column_hashes.push_back(hash_all("union", parts));
    if (closes) node->properties.closing_columns.push_back({i, *ending_of(*inputs[0], i)});
  }
  for (const NodePtr& input : inputs) {
    node->properties.append_only = node->properties.append_only && input->properties.append_only;
  }
  node->inputs = std::move(inputs);
  node->hash = finish_hash(*node, "union all", {});
  return node;
}

NodePtr make_distinct(NodePtr input) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kDistinct;
  node->schema = input->schema;
  node->column_hashes = input->column_hashes;
  node->properties = input->properties;
  Columns all;
  for (uint32_t i = 0; i < node->schema.size(); ++i) all.push_back(i);
  node->properties.keys.push_back(all);
  node->inputs.push_back(std::move(input));
  node->hash = finish_hash(*node, "distinct", {});
  return node;
}

namespace {

// At most one row a partition: the partition's columns are a key.
bool spec_is_one_row(const Node& node) {
  const auto& spec = std::get<TopNSpec>(node.spec);
  return spec.limit && *spec.limit <= 1 && !spec.with_ties && !spec.partition.empty();
}

}  // namespace

NodePtr make_top_n(NodePtr input, TopNSpec spec) {
  auto node = std::make_shared<Node>();
  node->kind = NodeKind::kTopN;
  node->schema = input->schema;
  node->column_hashes = input->column_hashes;
  node->properties.keys = input->properties.keys;
  // Elsewhere a row that comes later may take the place of one that has closed.
  for (const ClosingColumn& closing : input->properties.closing_columns) {
    if (contains(spec.partition, closing.column))
      node->properties.closing_columns.push_back(closing);
  }
  const uint64_t meaning =
      hash_of("top", {sort_hash(*input, spec.order), spec.limit.value_or(UINT64_MAX), spec.offset,
                      columns_hash(*input, spec.partition), spec.with_ties ? 1ULL : 0ULL});
  node->spec = std::move(spec);
  node->inputs.push_back(std::move(input));
  if (spec_is_one_row(*node)) {
    node->properties.keys.push_back(std::get<TopNSpec>(node->spec).partition);
  }
  node->hash = finish_hash(*node, "top n", {meaning});
  return node;
}

namespace {

// Names of the columns that a node adds behind its input's.
std::vector<std::string> names_behind(const Node& node) {
  std::vector<std::string> names;
  for (size_t i = node.inputs[0]->schema.size(); i < node.schema.size(); ++i) {
    names.push_back(node.schema.fields[i].name);
  }
  return names;
}

}  // namespace

NodePtr with_inputs(const Node& node, std::vector<NodePtr> inputs) {
  switch (node.kind) {
    case NodeKind::kFilter:
      return make_filter(std::move(inputs[0]), std::get<FilterSpec>(node.spec).predicate);
    case NodeKind::kWindow:
      return make_window(std::move(inputs[0]), std::get<WindowSpec>(node.spec));
    case NodeKind::kDistinct: return make_distinct(std::move(inputs[0]));
    case NodeKind::kTopN: return make_top_n(std::move(inputs[0]), std::get<TopNSpec>(node.spec));
    case NodeKind::kUnionAll: return make_union_all(std::move(inputs));
    case NodeKind::kJoin:
      return make_join(std::move(inputs[0]), std::move(inputs[1]), std::get<JoinSpec>(node.spec));
    case NodeKind::kProject:
    case NodeKind::kAggregate: {
      std::vector<std::string> names;
      for (const Field& field : node.schema.fields) names.push_back(field.name);
      if (node.kind == NodeKind::kProject) {
        return make_project(std::move(inputs[0]), std::get<ProjectSpec>(node.spec).exprs,
                            std::move(names));
      }
      return make_aggregate(std::move(inputs[0]), std::get<AggregateSpec>(node.spec),
                            std::move(names));
    }
    case NodeKind::kSetOperation:
      return make_set_operation(std::move(inputs[0]), std::move(inputs[1]),
                                std::get<SetOperationSpec>(node.spec));
    case NodeKind::kOver:
      return make_over(std::move(inputs[0]), std::get<OverSpec>(node.spec), names_behind(node));
    case NodeKind::kTableFunction:
      return make_table_function(std::move(inputs[0]), std::get<TableFunctionSpec>(node.spec),
                                 names_behind(node));
    case NodeKind::kSession:
      return make_session(std::move(inputs[0]), std::get<SessionSpec>(node.spec));
    case NodeKind::kTemporalFilter:
      return make_temporal_filter(std::move(inputs[0]), std::get<TemporalFilterSpec>(node.spec));
    case NodeKind::kAsofJoin:
      return make_asof_join(std::move(inputs[0]), std::move(inputs[1]),
                            std::get<AsofJoinSpec>(node.spec));
    case NodeKind::kRecursive:
      return make_recursive(std::move(inputs[0]), std::move(inputs[1]),
                            std::get<RecursiveSpec>(node.spec));
    case NodeKind::kScan:
    case NodeKind::kValues: break;
  }
  WEIR_CHECK(inputs.empty());
  return std::make_shared<Node>(node);
}

void rehash_scan(Node& scan) {
  // Operators over append-only input keep less state: it is not that of others.
  scan.hash = finish_hash(scan, "scan:" + std::get<ScanSpec>(scan.spec).relation,
                          {scan.properties.append_only ? 1ULL : 0ULL});
}

bool is_identity(const Node& project) {
  const auto& exprs = std::get<ProjectSpec>(project.spec).exprs;
  if (exprs.size() != project.inputs[0]->schema.size()) return false;
  for (uint32_t i = 0; i < exprs.size(); ++i) {
    if (exprs[i]->kind != expr::ExprKind::kColumn || exprs[i]->column != i) return false;
  }
  return true;
}

}  // namespace weir::plan
