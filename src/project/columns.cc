// `columns:` of sources and seeds, and everything that names a column.
#include <fmt/core.h>

#include "codec/path_tree.h"
#include "data/time_zone.h"
#include "project/loading.h"
#include "project/spelling.h"

namespace weir::project {

namespace {

std::optional<Micros> epoch_unit(const std::string& unit) {
  if (unit == "s") return 1'000'000;
  if (unit == "ms") return 1000;
  if (unit == "us") return 1;
  if (unit == "ns") return -1000;
  return std::nullopt;
}

bool read_zone(Loading& loading, const YamlNode& node, const ColumnDefaults& defaults,
               codec::DecodeColumn& column) {
  const std::string zone = text_value(node, "zone", defaults.zone);
  if (zone.empty()) return true;
  column.zone_offset_seconds = parse_zone(zone);
  if (column.zone_offset_seconds) return true;
  if (auto named = TimeZone::named(zone)) {
    column.zone = std::make_shared<const TimeZone>(std::move(*named));
    return true;
  }
  const YamlNode* own = node.find("zone");
  if (!own) return false;  // the source's zone: reported there
  loading.report(1139, fmt::format("there is no zone {}", quoted(zone)), own->span,
                 "a name such as Europe/Berlin, UTC or an offset such as +01:00",
                 "name a zone of the tz database");
  return false;
}

bool read_column(Loading& loading, const YamlNode& node, const ColumnDefaults& defaults,
                 Schema& schema, std::vector<codec::DecodeColumn>& decode) {
  codec::DecodeColumn column;
  column.field.name = text_value(node, "name");
  auto type = parse_type(text_value(node, "type"));
  if (!type || column.field.name.empty()) return false;  // reported by the check
  column.field.type = *type;
  for (const Field& field : schema.fields) {
    if (field.name != column.field.name) continue;
    loading.report(1137, fmt::format("column {} is given twice", quoted(field.name)),
                   node.find("name")->span, "each column once", "remove or rename one of the two");
    return false;
  }
  column.path = text_value(node, "path");
  if (!column.path.empty() && column.path.front() == '$') {
    if (auto steps = codec::parse_path(column.path); !steps) {
      loading.report(1136, steps.error().primary(), node.find("path")->span,
                     "a path such as $.velocity.ground or $.items[0]", "");
      return false;
    }
  }
  const bool good = read_zone(loading, node, defaults, column);
  const std::string unit = text_value(node, "time_unit", defaults.time_unit);
  if (column.field.type.is_time()) column.epoch_unit = epoch_unit(unit);
  schema.fields.push_back(column.field);
  decode.push_back(std::move(column));
  return good;
}

std::vector<std::string> column_names(const Schema& schema) {
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  return names;
}

}  // namespace

bool read_columns(Loading& loading, const std::vector<const YamlNode*>& nodes,
                  const ColumnDefaults& defaults, Schema& schema,
                  std::vector<codec::DecodeColumn>& decode) {
  bool good = true;
  for (const YamlNode* node : nodes) {
    good &= node->is_mapping() && read_column(loading, *node, defaults, schema, decode);
  }
  return good;
}

bool check_column(Loading& loading, const YamlNode& node, const Schema& schema,
                  std::string_view role) {
  if (!node.is_scalar()) return false;
  const std::vector<std::string> names = column_names(schema);
  if (std::find(names.begin(), names.end(), node.text) != names.end()) return true;
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  auto& d = loading.report(1130, fmt::format("{} names no column: {}", role, quoted(node.text)),
                           node.span, all.size() > 400 ? all.substr(0, 400) + "..." : all);
  d.nearest = nearest_name(node.text, names);
  d.help = d.nearest.empty() ? "add the column, or name another"
                             : fmt::format("did you mean {}?", d.nearest);
  return false;
}

void check_tests(Loading& loading, const YamlNode& object, const Schema& schema) {
  for (const YamlNode* test : list_value(object, "tests")) {
    if (!test->is_mapping() || test->items.size() != 1) continue;
    const std::string& name = test->keys[0].text;
    if (name != "not_null" && name != "unique") continue;
    const YamlNode& value = test->items[0];
    if (value.is_scalar() && !value.is_null()) check_column(loading, value, schema, name);
    for (const YamlNode& item : value.items) check_column(loading, item, schema, name);
  }
}

}  // namespace weir::project
