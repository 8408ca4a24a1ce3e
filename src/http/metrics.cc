// Figures for Prometheus, in its text format (version 0.0.4). Names and labels are an interface:
// they are added to, not changed.
#include <fmt/core.h>

#include "http/api.h"

namespace weir::http {

namespace {

std::string escaped(std::string_view label) {
  std::string out;
  for (const char c : label) {
    if (c == '\\' || c == '"') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

class MetricsText {
 public:
  // Samples of one name follow one another: the format asks for it.
  MetricsText& family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
    return *this;
  }
  template <class Number>
  MetricsText& sample(Number value) {
    text_ += fmt::format("{} {}\n", name_, value);
    return *this;
  }
  template <class Number>
  MetricsText& sample(std::string_view label, std::string_view of, Number value) {
    text_ += fmt::format("{}{{{}=\"{}\"}} {}\n", name_, label, escaped(of), value);
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

template <class List, class Field>
void each(MetricsText& text, std::string_view label, const List& list, Field field) {
  for (const auto& one : list) text.sample(label, one.name, field(one));
}

void pipeline_metrics(MetricsText& text, const engine::PipelineStatus& status) {
  text.family("weir_up", "gauge", "1 while the project runs, 0 where it has failed.");
  text.sample(status.state == "failed" ? 0 : 1);
  text.family("weir_epochs_total", "counter", "Epochs committed since the start.");
  text.sample(status.figures.epochs);
  text.family("weir_epoch", "gauge", "The last epoch committed.");
  text.sample(status.epoch.value);
  text.family("weir_commit_seconds", "gauge", "Time of the last commit with its sync.");
  text.sample(static_cast<double>(status.figures.commit_nanos) / 1e9);
  text.family("weir_epoch_seconds", "gauge", "Time of the last epoch, all of it.");
  text.sample(static_cast<double>(status.figures.step_nanos) / 1e9);
  text.family("weir_state_bytes", "gauge", "Bytes of keyed state.");
  text.sample(status.state_bytes);
}

void stream_metrics(MetricsText& text, const engine::PipelineStatus& status) {
  const auto& streams = status.streams;
  text.family("weir_stream_records_total", "counter", "Records read, good and bad.");
  each(text, "stream", streams, [](const auto& s) { return s.records; });
  text.family("weir_stream_bytes_total", "counter", "Bytes read.");
  each(text, "stream", streams, [](const auto& s) { return s.bytes; });
  text.family("weir_stream_dead_total", "counter", "Records that became dead letters.");
  each(text, "stream", streams, [](const auto& s) { return s.dead; });
  text.family("weir_stream_lag", "gauge", "Left to read, in the connector's own unit.");
  each(text, "stream", streams, [](const auto& s) { return s.backlog; });
  text.family("weir_stream_watermark_seconds", "gauge", "Event time reached, since 1970.");
  for (const engine::StreamStatus& stream : streams) {
    if (stream.watermark == INT64_MIN || stream.watermark >= INT64_MAX - 1) continue;
    text.sample("stream", stream.name, static_cast<double>(stream.watermark) / 1e6);
  }
}

void view_metrics(MetricsText& text, const engine::PipelineStatus& status) {
  const auto& views = status.views;
  text.family("weir_view_rows", "gauge", "Rows of the view.");
  each(text, "view", views, [](const auto& v) { return v.rows; });
  text.family("weir_view_state_bytes", "gauge", "Bytes of the view's contents.");
  each(text, "view", views, [](const auto& v) { return v.bytes; });
  text.family("weir_view_changes_total", "counter", "Rows inserted and deleted since the start.");
  each(text, "view", views, [](const auto& v) { return v.changes; });
  text.family("weir_view_late_total", "counter", "Rows that came after their window had closed.");
  each(text, "view", views, [](const auto& v) { return v.late; });
  text.family("weir_view_dead_total", "counter", "Rows whose expressions failed.");
  each(text, "view", views, [](const auto& v) { return v.dead; });
  text.family("weir_sink_records_total", "counter", "Records written since the start.");
  each(text, "sink", status.sinks, [](const auto& s) { return s.records; });
}

}  // namespace

Answer show_metrics(Call& call) {
  const engine::PipelineStatus status = call.backend.status();
  MetricsText text;
  pipeline_metrics(text, status);
  stream_metrics(text, status);
  view_metrics(text, status);
  Response out;
  out.content_type = "text/plain; version=0.0.4; charset=utf-8";
  out.body = text.take();
  return std::optional(std::move(out));
}

}  // namespace weir::http
