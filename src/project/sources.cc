// A source is two things: what its rows mean (catalog::StreamDefinition) and how they are read
// (connector, its options, decoder). Both are made here from one YAML object; dbt's groups give
// names group.table.
#include <fmt/core.h>

#include "connect/generate/generate.h"
#include "connect/options.h"
#include "connect/schemas.h"
#include "data/time_zone.h"
#include "project/loading.h"

namespace weir::project {

namespace {

class SourceReading {
 public:
  SourceReading(Loading& loading, const YamlNode& node, std::string name)
      : loading_(loading), node_(node), name_(std::move(name)) {}
  void read(bool checked);

 private:
  bool connector();
  bool schema();
  bool own_schema();
  bool format();
  bool csv();
  bool generated();
  bool names_of_columns();
  bool event_time();
  bool mode();
  bool logged_input();
  void bounds();

  Loading& loading_;
  const YamlNode& node_;
  std::string name_;
  ConnectorUse use_;
  connect::SourceSpec spec_;
};

bool SourceReading::connector() {
  const YamlNode* from = node_.find("from");
  if (!from) return false;
  use_ = read_connector(loading_, *from, true);
  if (!use_.connector) return false;
  spec_.connector = use_.connector->name;
  spec_.options = use_.options;
  return true;
}

bool SourceReading::own_schema() {
  if (!use_.connector) return true;
  auto own = connect::own_schema(spec_.connector, spec_.options);
  if (!own) {
    loading_.diagnostics.push_back(to_diagnostic(own.error(), use_.span));
    return false;
  }
  if (!*own) return true;
  if (const YamlNode* columns = node_.find_key("columns")) {
    loading_.report(1135, fmt::format("{} brings its own columns", spec_.connector), columns->span,
                    "no columns:", "remove columns:");
    return false;
  }
  spec_.definition.schema = **own;
  for (const Field& field : (*own)->fields) spec_.decoder.columns.push_back({field});
  return true;
}

bool SourceReading::schema() {
  ColumnDefaults defaults{text_value(node_, "zone"), text_value(node_, "time_unit")};
  if (!defaults.zone.empty() && !parse_zone(defaults.zone) && !TimeZone::named(defaults.zone)) {
    loading_.report(1139, fmt::format("there is no zone {}", quoted(defaults.zone)),
                    node_.find("zone")->span,
                    "a name such as Europe/Berlin, UTC or an offset such as +01:00",
                    "name a zone of the tz database");
    defaults.zone.clear();
  }
  if (!own_schema()) return false;
  if (!spec_.definition.schema.fields.empty()) return true;
  const auto columns = list_value(node_, "columns");
  if (columns.empty() && !use_.connector) return false;
  if (columns.empty()) {
    loading_.report(1135, fmt::format("source {} has no columns", quoted(name_)), use_.span,
                    "columns: with a name and a type each",
                    "add columns: - {name: ..., type: ...}");
    return false;
  }
  return read_columns(loading_, columns, defaults, spec_.definition.schema, spec_.decoder.columns);
}

bool SourceReading::csv() {
  static constexpr std::string_view kKeys[] = {"delimiter", "header", "quote", "null"};
  bool good = true;
  const bool is_csv = spec_.decoder.format == codec::Format::kCsv;
  for (const std::string_view key : kKeys) {
    const YamlNode* given = node_.find_key(key);
    if (!given || is_csv) continue;
    loading_.report(1138, fmt::format("{} is only for CSV", key), given->span, "format: csv",
                    fmt::format("remove {}, or write format: csv", key));
    good = false;
  }
  const std::string delimiter = text_value(node_, "delimiter");
  const std::string quote = text_value(node_, "quote");
  if (!delimiter.empty()) spec_.decoder.csv_delimiter = delimiter[0];
  if (!quote.empty()) spec_.decoder.csv_quote = quote[0];
  spec_.decoder.csv_header = bool_value(node_, "header", true);
  if (const YamlNode* null = node_.find("null")) spec_.decoder.csv_null = null->text;
  const bool any_path = std::any_of(spec_.decoder.columns.begin(), spec_.decoder.columns.end(),
                                    [](const auto& column) { return !column.path.empty(); });
  if (is_csv && !spec_.decoder.csv_header && any_path) {
    uint32_t position = 0;
    for (codec::DecodeColumn& column : spec_.decoder.columns) {
      if (column.path.empty()) column.path = fmt::format("$[{}]", position);
      ++position;
    }
  }
  return good;
}

bool SourceReading::format() {
  const std::string name = text_value(node_, "format", "json");
  const YamlNode* node = node_.find("format");
  spec_.decoder.on_bad_value = spec_.definition.on_error == catalog::OnError::kNull
                                   ? codec::OnBadValue::kNull
                                   : codec::OnBadValue::kDeadLetter;
  if (node && use_.connector && !use_.connector->has_format) {
    loading_.report(1138, fmt::format("{} has no format", spec_.connector), node->span,
                    "no format:", "remove format:");
    return false;
  }
  if (name == "csv") {
    spec_.decoder.format = codec::Format::kCsv;
  } else if (name == "raw") {
    spec_.decoder.format = codec::Format::kRaw;
  } else if (name == "avro") {
    spec_.decoder.format = codec::Format::kAvro;
  } else if (name == "protobuf") {
    spec_.decoder.format = codec::Format::kProtobuf;
  } else if (name == "json_schema") {
    spec_.decoder.format = codec::Format::kJsonSchema;
  } else if (name != "json") {
    loading_.report(1152, fmt::format("format {} is not supported yet", name), node->span,
                    "json, csv, avro, protobuf, json_schema or raw", "use one of those");
    return false;
  }
  return csv() && read_source_schema(loading_, node_, spec_);
}

// The expressions of `generate`, bound over its hidden columns.
bool SourceReading::generated() {
  if (!use_.columns) return true;
  bool good = true;
  const Schema inputs = connect::generate_input_schema();
  for (size_t i = 0; i < use_.columns->keys.size(); ++i) {
    const YamlNode& key = use_.columns->keys[i];
    const YamlNode& value = use_.columns->items[i];
    if (!check_column(loading_, key, spec_.definition.schema, "columns of generate")) {
      good = false;
      continue;
    }
    if (!value.is_scalar()) {
      loading_.report(1112, fmt::format("{} must be an expression", key.text), value.span,
                      "an SQL expression over i, event_time, u1 to u9 and n1 to n3", "");
      good = false;
      continue;
    }
    auto expression = plan::plan_expression(value.text, inputs);
    if (!expression) {
      Diagnostic d = to_diagnostic(expression.error(), value.span);
      d.span = value.span;
      loading_.diagnostics.push_back(std::move(d));
      good = false;
      continue;
    }
    spec_.generated[key.text] = *expression;
  }
  return good;
}

bool SourceReading::names_of_columns() {
  const Schema& schema = spec_.definition.schema;
  bool good = true;
  for (const YamlNode* key : list_value(node_, "key")) {
    good &= check_column(loading_, *key, schema, "key");
  }
  for (const YamlNode* unique : list_value(node_, "unique")) {
    std::vector<std::string> columns;
    for (const YamlNode& column : unique->items) {
      good &= check_column(loading_, column, schema, "unique");
      columns.push_back(column.text);
    }
    if (!columns.empty()) spec_.definition.unique.push_back(std::move(columns));
  }
  if (const YamlNode* dedupe = node_.find("dedupe"); dedupe && dedupe->is_mapping()) {
    for (const YamlNode* key : list_value(*dedupe, "key")) {
      good &= check_column(loading_, *key, schema, "dedupe");
    }
    catalog::DedupeSpec spec;
    spec.key = text_list(*dedupe, "key");
    spec.within = duration_value(*dedupe, "within").value_or(0);
    spec_.definition.dedupe = std::move(spec);
  }
  if (const YamlNode* operation = node_.find("operation")) {
    good &= check_column(loading_, *operation, schema, "operation");
  }
  check_tests(loading_, node_, schema);
  for (const YamlNode* column : list_value(node_, "columns"))
    check_tests(loading_, *column, schema);
  return good;
}

bool SourceReading::event_time() {
  catalog::StreamDefinition& d = spec_.definition;
  d.event_time = text_value(node_, "event_time", connect::own_event_time(spec_.connector));
  d.lateness = duration_value(node_, "watermark").value_or(0);
  d.idle = duration_value(node_, "idle");
  const YamlNode* node = node_.find("event_time");
  if (node) {
    if (!check_column(loading_, *node, d.schema, "event_time")) return false;
    const Type type = d.schema.fields[static_cast<size_t>(d.schema.find(d.event_time))].type;
    if (!type.is_time()) {
      loading_.report(1133, fmt::format("event_time column {} has type {}", quoted(d.event_time),
                                        type.name()),
                      node->span, "a column of type timestamptz, timestamp or date",
                      "give the column a time type, with time_unit where it is a number");
      return false;
    }
  }
  if (!d.event_time.empty()) return true;
  for (const char* key : {"watermark", "dedupe", "idle"}) {
    const YamlNode* given = node_.find_key(key);
    if (!given) continue;
    loading_.report(1134, fmt::format("{} needs event_time", key), given->span,
                    "event_time: with the column that says when it happened",
                    "add event_time: COLUMN");
    return false;
  }
  return true;
}

bool SourceReading::mode() {
  catalog::StreamDefinition& d = spec_.definition;
  d.key = text_list(node_, "key");
  d.operation = text_value(node_, "operation");
  const std::string mode = text_value(node_, "mode", "append");
  if (mode == "append") {
    if (const YamlNode* operation = node_.find_key("operation")) {
      loading_.report(1132, "operation is only for upsert and cdc", operation->span,
                      "mode: upsert or mode: cdc", "set mode: cdc, or remove operation");
      return false;
    }
    return true;
  }
  d.mode = mode == "cdc" ? catalog::SourceMode::kCdc : catalog::SourceMode::kUpsert;
  const SourceSpan at = node_.find("mode")->span;
  if (d.key.empty()) {
    loading_.report(1131, fmt::format("mode {} needs a key", mode), at, "key: [column, ...]",
                    "add key: with the columns that identify a row");
    return false;
  }
  if (mode == "cdc" && d.operation.empty()) {
    loading_.report(1132, "mode cdc needs operation", at,
                    "operation: the column that says insert, update or delete",
                    "add operation: COLUMN, or use mode: upsert");
    return false;
  }
  return true;
}

void SourceReading::bounds() {
  catalog::StreamDefinition& d = spec_.definition;
  const auto has = [&](const char* option) { return spec_.options.count(option) > 0; };
  if (spec_.connector == "file") d.bounded = !has("follow") || spec_.options["follow"] == "false";
  if (spec_.connector == "generate") d.bounded = has("rows");
  if (spec_.connector == "nexmark") d.bounded = has("events");
}

// Both are of the topic that input is logged in which cannot be read again.
bool SourceReading::logged_input() {
  const bool logged = spec_.connector == "http" || spec_.connector == "host";
  const YamlNode* retention = node_.find("retention");
  if (retention && !logged && !spec_.connector.empty()) {
    loading_.warn(1169, fmt::format("retention has no effect: {} is read where it lies",
                                    quoted(spec_.definition.name)),
                  node_.find_key("retention")->span, "", "remove retention");
  } else if (retention && retention->is_mapping()) {
    catalog::Retention& kept = spec_.definition.retention;
    kept.time = duration_value(*retention, "time");
    if (const auto size = connect::parse_size(text_value(*retention, "size"))) {
      kept.bytes = static_cast<int64_t>(std::min<uint64_t>(*size, INT64_MAX));
    }
  }
  if (integer_value(node_, "partitions", 1) == 1) return true;
  loading_.report(1170, "more than one partition is not supported yet",
                  node_.find_key("partitions")->span, "partitions: 1", "remove partitions");
  return false;
}

void SourceReading::read(bool checked) {
  spec_.definition.name = name_;
  spec_.definition.on_error = on_error_value(node_, loading_.on_error);
  bool good = connector();
  good &= schema();
  if (!spec_.definition.schema.fields.empty()) {
    good &= format();
    good &= generated();
    good &= names_of_columns();
    good &= event_time();
    good &= mode();
    good &= logged_input();
    bounds();
  }
  if (!good || !checked) loading_.failed.insert(name_);
  if (name_.empty() || spec_.definition.schema.fields.empty()) return;
  // A source that is wrong elsewhere still has columns: its models can be checked.
  loading_.project.catalog.add_stream(spec_.definition);
  if (good) loading_.project.sources.push_back(std::move(spec_));
}

void read_source(Loading& loading, const YamlNode& node, const std::string& group) {
  const bool checked = check_object(loading, node, *find_object_type("source"));
  const YamlNode* name = node.is_mapping() ? node.find("name") : nullptr;
  if (!name || !name->is_scalar()) {
    loading.unread = true;
    if (node.is_mapping()) SourceReading(loading, node, "").read(false);
    return;
  }
  const std::string full = group.empty() ? name->text : group + "." + name->text;
  if (!name_fault(name->text).empty() || !loading.take_name(full, name->span, "source")) {
    SourceReading(loading, node, full).read(false);
    return;
  }
  SourceReading(loading, node, full).read(checked);
}

void read_group(Loading& loading, const YamlNode& node) {
  check_object(loading, node, *find_object_type("source_group"));
  const std::string group = text_value(node, "name");
  if (group == "weir" || group == "public" || group.starts_with("pg_")) {
    loading.report(1116, fmt::format("the name {} is reserved", quoted(group)),
                   node.find("name")->span, "another name", "rename the group");
  }
  for (const YamlNode* table : list_value(node, "tables")) {
    if (table->is_mapping()) read_source(loading, *table, group);
  }
}

}  // namespace

void load_sources(Loading& loading) {
  for (const std::string& path : loading.list_files("sources", true)) {
    auto tree = loading.yaml_of(path);
    if (!tree) {
      loading.unread = true;
      continue;
    }
    for (const YamlNode* node : objects_of(loading, *tree, file_kind("sources/"))) {
      if (node->is_mapping() && node->find_key("tables")) {
        read_group(loading, *node);
      } else {
        read_source(loading, *node, "");
      }
    }
  }
}

}  // namespace weir::project
