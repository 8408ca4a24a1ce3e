// Views: what there is, and their rows as JSON, NDJSON or CSV.
#include <charconv>

#include <fmt/core.h>

#include "base/edit_distance.h"
#include "codec/encoder.h"
#include "http/api.h"
#include "http/json_writer.h"

namespace weir::http {

namespace {

constexpr uint64_t kDefaultRows = 1'000;
constexpr uint64_t kMaxRows = 100'000;

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

Result<uint64_t> row_limit(const Request& request) {
  const auto it = request.query.find("limit");
  if (it == request.query.end()) return kDefaultRows;
  uint64_t limit = 0;
  const char* end = it->second.data() + it->second.size();
  const auto parsed = std::from_chars(it->second.data(), end, limit);
  if (parsed.ec == std::errc() && parsed.ptr == end && limit <= kMaxRows) return limit;
  return Error(ErrorKind::kInvalidUsage, 1661, "limit is not a number of rows")
      .detail(fmt::format("Expected a whole number from 0 to {}.", kMaxRows));
}

struct RowForm {
  const char* content_type;
  codec::OutputFormat format;
  std::string_view begin, between, end;
};

constexpr RowForm kJson = {"application/json", codec::OutputFormat::kJson, "[", ",\n ", "]\n"};
constexpr RowForm kForms[] = {
    kJson,
    {"application/x-ndjson", codec::OutputFormat::kJson, "", "\n", "\n"},
    {"text/csv", codec::OutputFormat::kCsv, "", "\n", "\n"},
};

// The first of the forms that the client names; JSON where it takes anything.
Result<RowForm> row_form(std::string_view accept) {
  const RowForm* best = nullptr;
  size_t best_at = std::string_view::npos;
  for (const RowForm& form : kForms) {
    const size_t at = accept.find(form.content_type);
    if (at < best_at) best = &form, best_at = at;
  }
  if (best) return *best;
  if (accept.empty() || accept.find("*/*") != std::string_view::npos ||
      accept.find("application/*") != std::string_view::npos ||
      accept.find("text/html") != std::string_view::npos) {
    return kJson;
  }
  return Error(ErrorKind::kNotSupported, 1658, "rows cannot be had in that form")
      .detail("Forms are application/json, application/x-ndjson and text/csv.")
      .hint("name one of them in the Accept header");
}

std::string quoted(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + "\"";
}

// At most `limit` rows; *more says whether there are others.
std::string encoded(const engine::StatementResult& result, const RowForm& form, uint64_t limit,
                    bool* more) {
  const auto encoder = codec::make_encoder(form.format, result.schema);
  std::string out(form.begin);
  out += encoder->header();
  uint64_t rows = 0;
  for (const Batch& batch : result.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      for (int64_t n = 0; n < batch.weight(row); ++n) {
        if (rows == limit) {
          *more = true;
          break;
        }
        if (rows++ > 0) out += form.between;
        encoder->encode(batch, row, out);
      }
    }
  }
  if (rows > 0 || form.begin == "[") out += form.end;
  return out;
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
  const uint64_t limit = TRY(row_limit(call.request));
  const RowForm form = TRY(row_form(call.request.header("accept")));
  TRY(find_view(call.backend, owner_of(call.name)));
  const engine::StatementResult result = TRY(call.backend.query(
      fmt::format("select * from {} limit {}", quoted(call.name), limit + 1)));
  Response out;
  bool more = false;
  out.content_type = form.content_type;
  out.body = encoded(result, form, limit, &more);
  out.headers.emplace_back("Weir-More", more ? "true" : "false");
  return std::optional(std::move(out));
}

}  // namespace weir::http
