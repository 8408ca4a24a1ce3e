// What other threads see of a pipeline: contents, figures, changes. Everything here either holds
// the pipeline's lock for a short copy or reads the log, so a slow reader never holds an epoch up.
#include <fmt/core.h>

#include "engine/pipeline.h"

namespace weir::engine {

Result<std::vector<Batch>> Pipeline::contents(const std::string& relation) {
  if (const auto view = views_.find(relation); view != views_.end()) {
    const std::lock_guard lock(mutex_);
    if (is_new(relation)) {
      return Error(ErrorKind::kUnavailable, 1448,
                   fmt::format("view \"{}\" has changed since it last ran", relation))
          .hint("start the project to fill it");
    }
    return view->second->store.read();
  }
  for (const connect::SourceSpec& source : spec_.sources) {
    if (source.definition.name == relation) return replay(source);
  }
  const auto side = parse_side_name(relation);
  if (!side) {
    return Error(ErrorKind::kNotFound, 1447,
                 fmt::format("relation \"{}\" does not exist", relation))
        .sqlstate("42P01");
  }
  const std::string topic = side_.topic(side->relation, side->kind);
  if (!TRY(context_.log.has_topic(topic))) return std::vector<Batch>();
  return read_side_stream(context_.log, topic, side->kind, spec_.memory_limit / 2);
}

// The rows of a source, read again from the beginning up to the committed positions.
Result<std::vector<Batch>> Pipeline::replay(const connect::SourceSpec& source) {
  InputOptions options;
  for (uint32_t i = 0; i < source.definition.schema.size(); ++i) options.columns.push_back(i);
  {
    const std::lock_guard lock(mutex_);
    const auto known = last_.inputs.find(source.definition.name);
    if (known == last_.inputs.end()) return std::vector<Batch>();
    options.stop = known->second.positions();
    options.began = began_with(last_, source.definition.name);
  }
  std::vector<Batch> batches;
  if (options.stop->empty()) return batches;
  const auto input = TRY(Input::open(source, context_.source, std::move(options)));
  uint64_t rows = 0;
  input->begin_epoch();
  while (!input->finished()) {
    auto delta = TRY(input->poll());
    if (!delta || delta->batch.rows == 0) continue;
    rows += delta->batch.rows;
    if (rows > kMaxReplayRows || input->progress().bytes > spec_.memory_limit / 2) {
      return Error(ErrorKind::kOutOfMemory, 1449,
                   fmt::format("source \"{}\" is too large to be read again for a query",
                               source.definition.name))
          .detail(fmt::format("Reading ends at {} rows, or at half of the {} MiB of memory.",
                              kMaxReplayRows, spec_.memory_limit >> 20))
          .hint("make a model of what you look for, and query that")
          .sqlstate("53200");
    }
    delta->batch.watermarks = nullptr;
    batches.push_back(std::move(delta->batch));
  }
  return batches;
}

Result<SubscriptionHandle> Pipeline::subscribe(const std::string& view,
                                                          bool with_contents) {
  const auto it = views_.find(view);
  if (it == views_.end()) {
    return Error(ErrorKind::kNotFound, 1447, fmt::format("view \"{}\" does not exist", view))
        .sqlstate("42P01");
  }
  auto subscription = std::make_shared<Subscription>(view, it->second->view.root->schema);
  const std::lock_guard lock(mutex_);
  if (with_contents) {
    Batch all = TRY(it->second->given());
    if (all.rows > 0) {
      subscription->start_with_contents();
      subscription->offer({last_.epoch, last_.clock, std::move(all)});
    }
  }
  subscriptions_.push_back(subscription);
  return subscription;
}

// By the pipeline's thread, with the lock held: figures that only it may ask its inputs for.
void Pipeline::publish_status() {
  streams_.clear();
  for (const connect::SourceSpec& source : spec_.sources) {
    StreamStatus& stream = streams_.emplace_back();
    stream.name = source.definition.name;
    stream.connector = source.connector;
    const auto known = last_.inputs.find(stream.name);
    if (known == last_.inputs.end()) continue;
    const InputProgress& progress = known->second;
    stream.records = progress.records;
    stream.bytes = progress.bytes;
    stream.dead = progress.dead;
    stream.watermark = progress.watermark;
    stream.finished = progress.finished;
  }
  for (size_t i = 0; i < inputs_.size(); ++i) streams_[i].backlog = inputs_[i]->backlog();
  published_state_bytes_ = state_bytes();
  sink_records_.clear();
  for (const SinkState& sink : sinks_) sink_records_.push_back(sink.records);
}

std::map<std::string, uint64_t> Pipeline::row_counts() {
  const std::lock_guard lock(mutex_);
  std::map<std::string, uint64_t> counts;
  for (const auto& [name, view] : views_) counts[name] = view->store.rows();
  for (const StreamStatus& stream : streams_) counts[stream.name] = stream.records;
  return counts;
}

PipelineStatus Pipeline::status() {
  const std::lock_guard lock(mutex_);
  PipelineStatus status;
  status.name = spec_.name;
  const int64_t since = committing_since_;
  const bool hangs =
      since != 0 && context_.source.clock.monotonic_nanos() - since > kLongCommitNanos;
  status.state = waiting_for_space_   ? "waiting for disk space"
                 : hangs              ? "waiting for the log"
                 : last_.input_ended ? "ended"
                                      : "running";
  status.epoch = last_.epoch;
  status.clock = last_.clock;
  status.state_bytes = published_state_bytes_;
  status.figures = figures_;
  status.streams = streams_;
  const auto counter = [&](const std::string& name) {
    const auto it = last_.counters.find(name);
    return it == last_.counters.end() ? 0 : it->second;
  };
  for (const plan::View& planned : spec_.views) {
    const std::string& name = planned.definition.name;
    const ViewState& view = *views_.at(name);
    ViewStatus& out = status.views.emplace_back();
    out.name = name;
    out.rows = view.store.rows();
    out.bytes = view.store.byte_size();
    out.changes = view.rows_changed;
    out.late = counter(name + "__late");
    out.dead = counter(name + "__dead");
    const catalog::EmitMode emit = planned.definition.emit;
    out.emit = emit == catalog::EmitMode::kOnClose
                   ? "on_close"
                   : (emit == catalog::EmitMode::kEvery ? "every" : "on_change");
  }
  for (size_t i = 0; i < spec_.sinks.size(); ++i) {
    const connect::SinkSpec& sink = spec_.sinks[i];
    status.sinks.push_back({sink.name, sink.connector, sink.from,
                            i < sink_records_.size() ? sink_records_[i] : 0});
  }
  return status;
}

}  // namespace weir::engine
