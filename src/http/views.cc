// Views: what there is, and their rows.
#include <fmt/core.h>

#include "base/edit_distance.h"
#include "http/api.h"
#include "http/json_writer.h"
#include "http/result_rows.h"

namespace weir::http {

namespace {

constexpr uint64_t kDefaultRows = 1'000;

void relation_json(JsonWriter& json, const engine::Session::Relation& relation,
                   const engine::PipelineStatus& status) {
  json.open('{').member("name", relation.name).member("kind", relation.kind);
  json.key("columns").open('[');
  for (const Field& field : relation.columns.fields) {
    json.open('{').member("name", field.name).member("type", field.type.name()).close('}');
  }
  json.close(']').key("key").open('[');
  for (const std::string& column : relation.key) json.value(column);
  json.close(']').member("definition", relation.definition);
  for (const engine::ViewStatus& view : status.views) {
    if (view.name != relation.name) continue;
    json.member("emit", view.emit).member("rows", view.rows).member("changes", view.changes);
    json.member("changes_per_second", view.changes_per_second);
  }
  json.close('}');
}

std::string quoted(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + "\"";
}

// Dead letters and late rows of a relation are relations too.
std::string owner_of(const std::string& name) {
  for (const std::string_view side : {"__dead", "__late"}) {
    if (name.ends_with(side)) return name.substr(0, name.size() - side.size());
  }
  return name;
}

}  // namespace

Result<engine::Session::Relation> find_view(Backend& backend, const std::string& name) {
  std::vector<engine::Session::Relation> relations = backend.relations();
  std::vector<std::string> names;
  for (engine::Session::Relation& relation : relations) {
    if (relation.name == name) return std::move(relation);
    names.push_back(relation.name);
  }
  const auto near = nearest_spelling(name, names);
  return Error(ErrorKind::kNotFound, 1659, fmt::format("there is no view \"{}\"", name))
      .detail("GET /v1/views lists what there is.")
      .hint(near ? fmt::format("did you mean \"{}\"?", *near) : "");
}

Answer list_views(Call& call) {
  const engine::PipelineStatus status = call.backend.status();
  JsonWriter json;
  json.open('{').key("views").open('[');
  for (const auto& relation : call.backend.relations()) relation_json(json, relation, status);
  json.close(']').close('}');
  Response out;
  out.body = json.take() + "\n";
  return std::optional(std::move(out));
}

Answer view_rows(Call& call) {
  const uint64_t limit = TRY(row_limit(call.request, kDefaultRows));
  const RowForm form = TRY(row_form(call.request.header("accept")));
  TRY(find_view(call.backend, owner_of(call.name)));
  const engine::StatementResult result = TRY(call.backend.query(
      fmt::format("select * from {} limit {}", quoted(call.name), limit + 1), {}));
  return std::optional(rows_response(result, form, limit));
}

}  // namespace weir::http
