// What runs, as JSON, and whether it is well.
#include "http/status.h"

#include <simdjson.h>

#include <fmt/core.h>

#include "data/text_form.h"
#include "http/api.h"
#include "http/json_writer.h"

namespace weir::http {

namespace {

// null where no row has set one yet, and at the end of bounded input.
void time_member(JsonWriter& json, std::string_view name, Micros time) {
  json.key(name);
  if (time == INT64_MIN || time >= INT64_MAX - 1) {
    json.raw("null");
  } else {
    json.value(text_form({TypeId::kTimestamptz, time}));
  }
}

void stream_json(JsonWriter& json, const engine::StreamStatus& stream) {
  json.open('{').member("name", stream.name).member("connector", stream.connector);
  json.member("records", stream.records).member("bytes", stream.bytes).member("dead", stream.dead);
  json.member("backlog", stream.backlog);
  json.member("records_per_second", stream.records_per_second);
  time_member(json, "watermark", stream.watermark);
  json.member("finished", stream.finished).close('}');
}

void view_json(JsonWriter& json, const engine::ViewStatus& view) {
  json.open('{').member("name", view.name).member("emit", view.emit);
  json.member("rows", view.rows).member("bytes", view.bytes).member("changes", view.changes);
  json.member("changes_per_second", view.changes_per_second);
  json.member("late", view.late).member("dead", view.dead).close('}');
}

void sink_json(JsonWriter& json, const engine::SinkStatus& sink) {
  json.open('{').member("name", sink.name).member("connector", sink.connector);
  json.member("from", sink.from).member("records", sink.records).close('}');
}

using Element = simdjson::dom::element;  // its conversions throw simdjson_error

Micros time_of(Element value) {
  if (value.is_null()) return INT64_MIN;
  const auto time = parse_text_form(std::string_view(value), TypeId::kTimestamptz);
  return time ? std::get<int64_t>(time->data) : INT64_MIN;
}

std::string text_of(Element value) { return std::string(std::string_view(value)); }

engine::StreamStatus read_stream(Element from) {
  engine::StreamStatus stream;
  stream.name = text_of(from["name"]);
  stream.connector = text_of(from["connector"]);
  stream.records = from["records"];
  stream.bytes = from["bytes"];
  stream.dead = from["dead"];
  stream.backlog = from["backlog"];
  stream.records_per_second = from["records_per_second"];
  stream.watermark = time_of(from["watermark"]);
  stream.finished = from["finished"];
  return stream;
}

engine::ViewStatus read_view(Element from) {
  engine::ViewStatus view;
  view.name = text_of(from["name"]);
  view.emit = text_of(from["emit"]);
  view.rows = from["rows"];
  view.bytes = from["bytes"];
  view.changes = from["changes"];
  view.changes_per_second = from["changes_per_second"];
  view.late = from["late"];
  view.dead = from["dead"];
  return view;
}

engine::SinkStatus read_sink(Element from) {
  return {text_of(from["name"]), text_of(from["connector"]), text_of(from["from"]),
          from["records"]};
}

engine::BackupStatus read_backup(Element from) {
  engine::BackupStatus backup;
  backup.place = text_of(from["place"]);
  backup.newest = Epoch(uint64_t(from["newest"]));
  if (!from["uploaded_at"].is_null()) backup.uploaded_at = time_of(from["uploaded_at"]);
  if (!from["error"].is_null()) backup.error = text_of(from["error"]);
  return backup;
}

void backup_json(JsonWriter& json, const engine::BackupStatus& backup) {
  json.key("snapshots").open('{').member("place", backup.place);
  json.member("newest", backup.newest.value);
  if (backup.uploaded_at == 0) {
    json.key("uploaded_at").raw("null");
  } else {
    time_member(json, "uploaded_at", backup.uploaded_at);
  }
  json.key("error");
  backup.error.empty() ? json.raw("null") : json.value(backup.error);
  json.close('}');
}

engine::PipelineStatus read_status(Element from) {
  engine::PipelineStatus status;
  status.name = text_of(from["name"]);
  status.state = text_of(from["state"]);
  if (!from["error"].is_null()) status.error = text_of(from["error"]);
  status.epoch = Epoch(uint64_t(from["epoch"]));
  status.clock = time_of(from["clock"]);
  status.state_bytes = from["state_bytes"];
  status.figures.epochs = from["epochs"];
  status.figures.commit_nanos = static_cast<uint64_t>(double(from["commit_ms"]) * 1e6);
  status.figures.step_nanos = static_cast<uint64_t>(double(from["step_ms"]) * 1e6);
  status.figures.rows_per_second = from["rows_per_second"];
  for (const Element one : from["streams"]) status.streams.push_back(read_stream(one));
  for (const Element one : from["views"]) status.views.push_back(read_view(one));
  for (const Element one : from["sinks"]) status.sinks.push_back(read_sink(one));
  if (Element backup; from["snapshots"].get(backup) == simdjson::SUCCESS) {
    status.backup = read_backup(backup);
  }
  return status;
}

bool is_ready(const std::string& state) {
  return state == "running" || state == "level" || state == "ended";
}

}  // namespace

std::string status_json(const engine::PipelineStatus& status) {
  JsonWriter json;
  json.open('{').member("name", status.name).member("state", status.state);
  json.key("error");
  status.error.empty() ? json.raw("null") : json.value(status.error);
  json.member("epoch", status.epoch.value);
  time_member(json, "clock", status.clock);
  json.member("state_bytes", status.state_bytes);
  json.member("epochs", status.figures.epochs);
  json.member("commit_ms", static_cast<double>(status.figures.commit_nanos) / 1e6);
  json.member("step_ms", static_cast<double>(status.figures.step_nanos) / 1e6);
  json.member("rows_per_second", status.figures.rows_per_second);
  json.key("streams").open('[');
  for (const auto& stream : status.streams) stream_json(json, stream);
  json.close(']').key("views").open('[');
  for (const auto& view : status.views) view_json(json, view);
  json.close(']').key("sinks").open('[');
  for (const auto& sink : status.sinks) sink_json(json, sink);
  json.close(']');
  if (!status.backup.place.empty()) backup_json(json, status.backup);
  json.close('}');
  return json.take();
}

Result<engine::PipelineStatus> parse_status(const std::string& json) {
  try {
    simdjson::dom::parser parser;
    return read_status(parser.parse(json));
  } catch (const simdjson::simdjson_error& e) {
    return Error(ErrorKind::kUnavailable, 1668,
                 fmt::format("the project's status is not understood: {}", e.what()))
        .hint("see that the process at this port is weir, of the same version");
  }
}

Answer show_status(Call& call) {
  Response out;
  out.body = status_json(call.backend.status()) + "\n";
  return std::optional(std::move(out));
}

// Healthy is what works or waits for something that comes back; ready is what works.
Answer show_health(Call& call) {
  const engine::PipelineStatus status = call.backend.status();
  const bool ready = call.request.path[0] == "readyz";
  const bool good = ready ? is_ready(status.state) : status.state != "failed";
  JsonWriter json;
  json.open('{').member("status", good ? "ok" : "failing").member("state", status.state);
  if (!status.error.empty()) json.member("error", status.error);
  json.close('}');
  Response out;
  out.status = good ? 200 : 503;
  out.body = json.take() + "\n";
  return std::optional(std::move(out));
}

}  // namespace weir::http
