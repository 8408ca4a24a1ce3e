// Unit tests are checked here against the models and inputs that they name; running them is not a
// part of loading. The kinds of files that are not supported yet are named with one warning a file.
#include <fmt/core.h>

#include "project/loading.h"
#include "project/spelling.h"

namespace weir::project {

namespace {

bool check_relation(Loading& loading, const YamlNode& node, bool model) {
  const bool known = model ? loading.project.catalog.find(node.text) &&
                                 !loading.project.catalog.find_stream(node.text)
                           : loading.project.catalog.find(node.text) != nullptr;
  if (known) return true;
  if (loading.failed.count(node.text)) return false;
  auto& d = loading.report(model ? 1148 : 1149,
                           fmt::format("there is no {} {}", model ? "model" : "input",
                                       quoted(node.text)),
                           node.span, model ? "a model" : "a source, seed or model");
  d.nearest = nearest_name(node.text, loading.project.catalog.names());
  d.help = d.nearest.empty() ? "name one that exists" : fmt::format("did you mean {}?", d.nearest);
  return false;
}

void check_rows(Loading& loading, const YamlNode& object, std::string_view key,
                const Schema& schema) {
  for (const YamlNode* row : list_value(object, key)) {
    if (!row->is_mapping()) {
      loading.report(1112, "a row is a map of columns", row->span, "{column: value, ...}", "");
      continue;
    }
    for (const YamlNode& column : row->keys) check_column(loading, column, schema, "row");
  }
}

void check_given(Loading& loading, const YamlNode& given) {
  const YamlNode* input = given.find("input");
  if (!input || !input->is_scalar() || !check_relation(loading, *input, false)) return;
  const Schema& schema = *loading.project.catalog.find(input->text);
  check_rows(loading, given, "rows", schema);
  for (const YamlNode* step : list_value(given, "steps")) {
    if (!step->is_mapping()) continue;
    check_rows(loading, *step, "rows", schema);
    check_rows(loading, *step, "update", schema);
    check_rows(loading, *step, "delete", schema);
  }
}

void read_test(Loading& loading, const YamlNode& node) {
  check_object(loading, node, *find_object_type("unit_test"));
  if (!node.is_mapping()) return;
  if (const YamlNode* name = node.find("name"); name && name_fault(name->text).empty()) {
    loading.take_name(name->text, name->span, "test");
  }
  for (const YamlNode* given : list_value(node, "given")) {
    if (given->is_mapping()) check_given(loading, *given);
  }
  const YamlNode* model = node.find("model");
  if (!model || !model->is_scalar() || !check_relation(loading, *model, true)) return;
  const Schema& schema = *loading.project.catalog.find(model->text);
  for (const YamlNode* expect : list_value(node, "expect")) {
    if (!expect->is_mapping()) continue;
    check_rows(loading, *expect, "rows", schema);
    check_rows(loading, *expect, "contains", schema);
  }
}

}  // namespace

void load_tests(Loading& loading) {
  for (const std::string& path : loading.list_files("tests", true)) {
    auto tree = loading.yaml_of(path);
    if (!tree) continue;
    for (const YamlNode* node : objects_of(loading, *tree, file_kind("tests/"))) {
      read_test(loading, *node);
    }
  }
}

void load_other_kinds(Loading& loading) {
  std::vector<std::string> folders;
  for (const FileKind& kind : file_kinds()) {
    if (!kind.place.ends_with('/')) continue;
    const std::string folder(kind.place.substr(0, kind.place.size() - 1));
    folders.push_back(folder);
    if (!kind.object.empty()) continue;
    for (const std::string& path : loading.list_files(folder, true)) {
      loading.yaml_of(path);
      auto& d = loading.warn(1150, fmt::format("{} files are not supported yet", folder), {path},
                             "", "weir reads the file and does nothing with it");
      if (kind.changes_what_runs && loading.purpose == Purpose::kRun) {
        d.severity = Severity::kError;
        d.help = "remove the file until it is supported: it would not be obeyed";
      }
    }
  }
  auto entries = loading.files.list(loading.dir);
  if (!entries) return;
  for (const std::string& name : *entries) {
    if (std::find(folders.begin(), folders.end(), name) != folders.end()) continue;
    auto info = loading.files.info(io::join_path(loading.dir, name));
    if (!info || !info->is_directory) continue;
    const std::string nearest = nearest_name(name, folders);
    if (nearest.empty()) continue;
    auto& d = loading.warn(1160, fmt::format("folder {}/ is not read", name), {name + "/"},
                           nearest + "/", fmt::format("did you mean {}/?", nearest));
    d.nearest = nearest;
  }
}

}  // namespace weir::project
