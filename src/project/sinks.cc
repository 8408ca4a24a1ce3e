// Sinks: bound to a planned view, with its schema and key.
#include <fmt/core.h>

#include "codec/schema_names.h"
#include "project/loading.h"
#include "project/spelling.h"

namespace weir::project {

namespace {

const plan::View* find_view(const Loading& loading, const std::string& name) {
  for (const plan::View& view : loading.project.models) {
    if (view.definition.name == name) return &view;
  }
  return nullptr;
}

const plan::View* bound_view(Loading& loading, const YamlNode& from) {
  if (const plan::View* view = find_view(loading, from.text)) return view;
  if (loading.failed.count(from.text)) return nullptr;  // said already
  if (loading.project.catalog.find_stream(from.text)) {
    loading.report(1142, fmt::format("{} is a source: sinks write models", quoted(from.text)),
                   from.span, "the name of a model",
                   fmt::format("add a model with select * from {}", from.text));
    return nullptr;
  }
  if (loading.project.catalog.find(from.text)) return nullptr;  // a model that is wrong
  std::vector<std::string> names;
  for (const plan::View& view : loading.project.models) names.push_back(view.definition.name);
  auto& d = loading.report(1141, fmt::format("there is no model {}", quoted(from.text)), from.span,
                           "the name of a model");
  d.nearest = nearest_name(from.text, names);
  d.help = d.nearest.empty() ? "add the model, or name another"
                             : fmt::format("did you mean {}?", d.nearest);
  return nullptr;
}

bool read_changes(Loading& loading, const YamlNode& node, const plan::View& view,
                  connect::SinkSpec& spec) {
  const std::string changes = text_value(node, "changes");
  spec.key = view.key;
  spec.view_is_append_only = view.root->properties.append_only ||
                             view.definition.emit == catalog::EmitMode::kOnClose;
  // Whoever reads the rows that go must be able to tell them from those that come.
  const bool goes = view.definition.retain && text_value(node, "on_expire", "keep") == "delete";
  if (goes) spec.view_is_append_only = false;
  if (changes.empty()) {
    const bool keyed = !spec.view_is_append_only && !spec.key.empty();
    spec.changes = keyed ? connect::ChangeMode::kUpsert : connect::ChangeMode::kAppend;
    return true;
  }
  if (changes == "append") return true;
  spec.changes = changes == "debezium" ? connect::ChangeMode::kDebezium
                                       : connect::ChangeMode::kUpsert;
  if (!spec.key.empty()) return true;
  loading.report(1143, fmt::format("changes: {} needs a key, and {} has none", changes,
                                   quoted(view.definition.name)),
                 node.find("changes")->span, "a model whose rows have a key",
                 "add key: to the model's front matter, or use changes: append");
  return false;
}

// "./out//v.ndjson" is "out/v.ndjson".
std::string plain_path(std::string_view path) {
  std::string out = path.starts_with('/') ? "/" : "";
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (!out.empty() && out != "/") out += '/';
    out += part;
  }
  return out;
}

std::string place_of(const connect::SinkSpec& spec) {
  const auto path = spec.options.find("path");
  const auto topic = spec.options.find("topic");
  if (spec.connector == "file" && path != spec.options.end()) {
    return "the file " + plain_path(path->second);
  }
  const bool is_topic = spec.connector == "topic" && topic != spec.options.end();
  return is_topic ? "the topic " + topic->second : "";
}

// A sink cuts its file to what was committed: two would cut each other. In a topic, the keys of one
// would replace those of the other.
bool has_place_to_itself(Loading& loading, const YamlNode& to, const connect::SinkSpec& spec) {
  const std::string place = place_of(spec);
  for (const connect::SinkSpec& other : loading.project.sinks) {
    if (place.empty() || place_of(other) != place) continue;
    loading.report(1171, fmt::format("sink {} writes {} too", quoted(other.name), place), to.span,
                   "a place of its own", "write elsewhere, or from a model with union all");
    return false;
  }
  return true;
}

bool has_schema_options(Loading& loading, const YamlNode& node) {
  for (const char* key : {"record", "subject"}) {
    const YamlNode* given = node.find_key(key);
    if (!given) continue;
    loading.report(1138, fmt::format("{} is only for formats with a schema", key), given->span,
                   "format: avro", fmt::format("remove {}, or write format: avro", key));
    return true;
  }
  return false;
}

// What formats with a schema need: names for their schemas, and in topics a registry.
bool read_schema(Loading& loading, const YamlNode& node, connect::SinkSpec& spec) {
  if (!codec::has_schema(spec.format)) return !has_schema_options(loading, node);
  const YamlNode* at = node.find("format");
  spec.record = text_value(node, "record", codec::schema_name(spec.from));
  if (!codec::is_full_schema_name(spec.record)) {
    loading.report(1834, fmt::format("{} is no name of a record", quoted(spec.record)),
                   node.find("record")->span,
                   "letters, digits and underscores, with dots between, such as shop.Revenue",
                   "choose another name");
    return false;
  }
  const std::string subject = text_value(node, "subject", "topic");
  spec.subject_name = subject == "topic"    ? connect::SubjectName::kTopic
                      : subject == "record" ? connect::SubjectName::kRecord
                                            : connect::SubjectName::kTopicAndRecord;
  if (spec.connector == "file" && spec.format == codec::OutputFormat::kAvro) {
    if (spec.changes == connect::ChangeMode::kAppend) return true;
    loading.report(1835, "Avro files take changes: append only", at->span, "changes: append",
                   "add changes: append, or use format: json");
    return false;
  }
  if (spec.connector != "topic") {
    loading.report(1836, fmt::format("{} cannot take {}", spec.connector, at->text), at->span,
                   "a topic", "use format: json");
    return false;
  }
  spec.registry = loading.schemas;
  if (spec.registry) return true;
  loading.report(1837, fmt::format("{} in a topic needs a schema registry", at->text), at->span,
                 "registry: in the environment", "add registry: {url: ...} to the environment");
  return false;
}

std::optional<codec::OutputFormat> format_of(Loading& loading, const YamlNode& node) {
  const std::string format = text_value(node, "format", "json");
  if (format == "json") return codec::OutputFormat::kJson;
  if (format == "csv") return codec::OutputFormat::kCsv;
  if (format == "avro") return codec::OutputFormat::kAvro;
  if (format == "protobuf") return codec::OutputFormat::kProtobuf;
  if (format == "json_schema") return codec::OutputFormat::kJsonSchema;
  const YamlNode* at = node.find("format");
  if (!at->is_scalar()) return std::nullopt;
  loading.report(1152, fmt::format("format {} is not supported yet", format), at->span,
                 "json, csv, avro, protobuf or json_schema", "use one of those");
  return std::nullopt;
}

void read_sink(Loading& loading, const YamlNode& node) {
  bool good = check_object(loading, node, *find_object_type("sink"));
  if (!node.is_mapping()) return;
  connect::SinkSpec spec;
  spec.name = text_value(node, "name");
  if (const YamlNode* name = node.find("name"); name && name_fault(name->text).empty()) {
    good &= loading.take_name(spec.name, name->span, "sink");
  }
  const YamlNode* to = node.find("to");
  const ConnectorUse use = to ? read_connector(loading, *to, false) : ConnectorUse{};
  const YamlNode* from = node.find("from");
  const plan::View* view = from && from->is_scalar() ? bound_view(loading, *from) : nullptr;
  const auto format = good ? format_of(loading, node) : std::optional(codec::OutputFormat::kJson);
  good &= format.has_value();
  if (!use.connector || !view) return;
  spec.from = view->definition.name;
  spec.connector = use.connector->name;
  spec.options = use.options;
  for (const char* key : {"roll", "partition_by", "on_expire"}) {
    if (node.find(key) && node.find(key)->is_scalar()) spec.options[key] = node.find(key)->text;
  }
  if (const YamlNode* column = node.find("partition_by")) {
    good &= check_column(loading, *column, view->root->schema, "partition_by");
  }
  spec.format = format.value_or(codec::OutputFormat::kJson);
  spec.schema = view->root->schema;
  good &= read_changes(loading, node, *view, spec);
  if (good) good = read_schema(loading, node, spec);
  good &= has_place_to_itself(loading, *to, spec);
  if (good) loading.project.sinks.push_back(std::move(spec));
}

}  // namespace

void load_sinks(Loading& loading) {
  for (const std::string& path : loading.list_files("sinks", true)) {
    auto tree = loading.yaml_of(path);
    if (!tree) continue;
    for (const YamlNode* node : objects_of(loading, *tree, file_kind("sinks/"))) {
      read_sink(loading, *node);
    }
  }
}

}  // namespace weir::project
