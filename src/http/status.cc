// What runs, as JSON, and whether it is well.
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

bool is_ready(const std::string& state) {
  return state == "running" || state == "level" || state == "ended";
}

}  // namespace

Answer show_status(Call& call) {
  const engine::PipelineStatus status = call.backend.status();
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
  json.close(']').close('}');
  Response out;
  out.body = json.take() + "\n";
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
