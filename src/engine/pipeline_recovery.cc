// How a pipeline comes to be what it was, and how an edited project is taken up; both are one path.
//
// 1. The newest snapshot and the frames behind it give every table and every view as of the last
// epoch.
// 2. A view is as it was where its root id is the recorded one and no source below it has another
//    signature: it is linked and its tables are restored. All others are filled: a side graph with
//    them and what they read runs over the input from its beginning up to the committed positions,
//    then is grafted.
// 3. Sinks are opened at the positions in the last frame and repeat that frame's output.
// 4. Where anything was edited, one epoch says so: it holds the whole state of what is new, the old
// rows
//    of a changed view go out and its new ones come in (in sinks, topics and subscriptions alike).
#include "engine/pipeline.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "connect/sink_schemas.h"
#include "flow/consolidate.h"

namespace weir::engine {

namespace {

constexpr uint64_t kFillRows = 200'000;  // between closings of windows

// Dead letters and late rows of operators that only run again, and were written the first time.
class NoSide final : public flow::ViewSideOutput {
 public:
  NoSide(const std::set<std::string>& telling, SideStreams& side)
      : telling_(telling), side_(side) {}
  void dead(const std::string& view, const Schema& schema, const Batch& batch,
            const RowError& error) override {
    if (telling_.count(view)) side_.dead(view, schema, batch, error);
  }
  void late(const std::string& view, const Schema& schema, flow::LateRow row) override {
    if (telling_.count(view)) side_.late(view, schema, std::move(row));
  }

 private:
  const std::set<std::string>& telling_;
  SideStreams& side_;
};

}  // namespace

// A snapshot tells that it is damaged when its parts are read: then the pipeline comes to be anew,
// from the one before.
Result<std::unique_ptr<Pipeline>> Pipeline::open(PipelineSpec spec, PipelineContext context) {
  std::set<Epoch> damaged;
  while (true) {
    std::unique_ptr<Pipeline> pipeline(new Pipeline(spec, context));
    pipeline->damaged_ = damaged;
    Status recovered = pipeline->recover();
    if (recovered) return pipeline;
    if (recovered.error().code() != 1442 || !pipeline->recovered_from_) {
      return std::move(recovered).error();
    }
    log_warn("snapshot cannot be used, trying an older one",
             {{"error", recovered.error().to_string()}});
    damaged.insert(*pipeline->recovered_from_);
  }
}

Status Pipeline::recover() {
  Recovered recovered = TRY(read_state());
  for (const plan::View& view : spec_.views) {
    views_[view.definition.name] = std::make_unique<ViewState>(view);
  }
  TRY_VOID(link_graph(recovered));
  last_ = recovered.last;
  last_.drop_changes();
  for (const auto& source : spec_.sources) {
    const std::string& name = source.definition.name;
    began_[name] = began_with(last_, name);
  }
  if (context_.read_only) {
    TRY_VOID(restore_views(recovered));
    publish_status();
    return {};
  }
  TRY_VOID(settle_schemas());
  TRY_VOID(create_sink_topics());  // a source may read them
  TRY_VOID(open_inputs(recovered.last));
  TRY_VOID(restore(recovered));
  TRY_VOID(open_sinks(recovered.last));
  marks_ = watermarks();
  if (TRY(is_edited(recovered))) {
    TRY_VOID(fill_views(recovered.last));
    TRY_VOID(commit_edit(recovered));
  }
  to_fill_.clear();
  recovered_from_.reset();
  tell_recovery(recovered.figures);
  const std::lock_guard lock(mutex_);
  publish_status();
  return {};
}

Result<Pipeline::Recovered> Pipeline::read_state() {
  const int64_t begin = context_.source.clock.monotonic_nanos();
  if (!context_.read_only) {
    TRY_VOID(snapshots_.drop_behind(TRY(context_.log.last_epoch(spec_.name))));
  }
  Recovered recovered =
      TRY(RecoveredState::read(snapshots_, context_.log, spec_.name, damaged_));
  if (!context_.read_only && !fits(recovered)) TRY_VOID(fold_frames(recovered));
  if (recovered.base) recovered_from_ = recovered.base->manifest().epoch;
  recovered.figures.read_nanos = context_.source.clock.monotonic_nanos() - begin;
  delta_bytes_ = recovered.figures.frame_bytes;
  snapshot_bytes_ = recovered.figures.snapshot_bytes;
  return recovered;
}

void Pipeline::tell_recovery(const RecoveryFigures& figures) {
  figures_.recovery = figures;
  if (last_.epoch.value == 0) return;
  const auto millis = [](int64_t nanos) { return nanos / 1'000'000; };
  log_info("recovered", {{"pipeline", spec_.name},
                         {"epoch", last_.epoch.value},
                         {"snapshot bytes", figures.snapshot_bytes},
                         {"frames", figures.frames},
                         {"frame bytes", figures.frame_bytes},
                         {"read ms", millis(figures.read_nanos)},
                         {"load ms", millis(figures.load_nanos)},
                         {"replay ms", millis(figures.replay_nanos)}});
}

// Those that are new too: what a source of that name once remembered is not theirs.
std::set<std::string> Pipeline::changed_sources(const Manifest& last) const {
  std::set<std::string> changed;
  if (last.epoch.value == 0) return changed;
  for (const connect::SourceSpec& source : spec_.sources) {
    const auto it = last.inputs.find(source.definition.name);
    if (it == last.inputs.end() || it->second.signature != Input::signature(source)) {
      changed.insert(source.definition.name);
    }
  }
  return changed;
}

// Links the views that are as they were; the others are named in to_fill_.
Status Pipeline::link_graph(const Recovered& recovered) {
  flow::Graph all;
  for (const plan::View& view : spec_.views) TRY_VOID(all.add_view(view));
  columns_read_ = all.relations();
  const bool fresh = recovered.last.epoch.value == 0;
  std::set<std::string> changed = changed_sources(recovered.last);
  for (const plan::View& view : spec_.views) {
    const std::string& name = view.definition.name;
    const auto known = recovered.last.views.find(name);
    bool keep = fresh || (known != recovered.last.views.end() &&
                          known->second.root_id == all.root_id(name) &&
                          known->second.schema == view.root->schema);
    for (const std::string& read : view.reads) keep = keep && changed.count(read) == 0;
    if (keep) continue;
    changed.insert(name);
    to_fill_.insert(name);
  }
  for (const plan::View& view : spec_.views) {
    if (!is_new(view.definition.name)) TRY_VOID(graph_.add_view(view));
  }
  return {};
}

Status Pipeline::restore_views(Recovered& recovered) {
  std::vector<TableToLoad> tables;
  for (const auto& [name, view] : views_) {
    if (!is_new(name)) tables.push_back({&view->store.table(), &view->store, "view:" + name});
  }
  return load_tables(recovered, tables, context_.source.clock, context_.threads);
}

// The table's own id, or the one that it had in older folders.
std::string Pipeline::stored_id(const Recovered& recovered, const flow::NamedTable& named) {
  if (recovered.has_table(named.id)) return named.id;
  for (const std::string& id : named.older_ids) {
    if (recovered.has_table(id)) return id;
  }
  return named.id;
}

Status Pipeline::restore(Recovered& recovered) {
  const std::set<std::string> changed = changed_sources(recovered.last);
  std::vector<TableToLoad> to_load;
  for (const flow::NamedTable& named : tables()) {
    const std::string id = stored_id(recovered, named);
    moved_tables_ = moved_tables_ || id != named.id;
    if (named.id.starts_with("pending:") && is_new(named.id.substr(8))) continue;
    if (named.id.starts_with("source:") &&
        changed.count(named.id.substr(7, named.id.rfind('.') - 7))) {
      continue;
    }
    if (id == named.id && recovered.has_table(id)) kept_tables_.insert(id);
    to_load.push_back({named.table, nullptr, id, spilling_ && id == named.id});
  }
  for (const auto& [name, view] : views_) {
    if (is_new(name)) continue;
    to_load.push_back({&view->store.table(), &view->store, "view:" + name, spilling_});
  }
  return load_tables(recovered, to_load, context_.source.clock, context_.threads);
}

Status Pipeline::open_inputs(const Manifest& last) {
  const std::set<std::string> changed = changed_sources(last);
  for (const connect::SourceSpec& source : spec_.sources) {
    const std::string& name = source.definition.name;
    InputOptions options;
    options.columns = columns_read_[name];
    const auto known = last.inputs.find(name);
    if (known != last.inputs.end() && !changed.count(name)) options.progress = known->second;
    if (changed.count(name)) began_[name] = Epoch(last.epoch.value + 1);
    options.began = began_[name];
    inputs_.push_back(TRY(Input::open(source, context_.source, std::move(options))));
  }
  return {};
}

// A registry that restarts is waited for; one that stays away is whose error it is.
Status Pipeline::settle_schemas() {
  constexpr int kAttempts = 8;
  Micros pause = 50'000;
  for (connect::SinkSpec& sink : spec_.sinks) {
    Status settled = connect::settle_schemas(sink);
    for (int i = 1; i < kAttempts && !settled; ++i, pause *= 2) {
      const bool stopped = context_.stop && *context_.stop;
      if (stopped || settled.error().kind() != ErrorKind::kUnavailable) break;
      context_.source.clock.sleep_for(pause);
      settled = connect::settle_schemas(sink);
    }
    TRY_VOID(settled);
  }
  return {};
}

Status Pipeline::create_sink_topics() {
  for (const connect::SinkSpec& sink : spec_.sinks) {
    if (sink.connector != "topic") continue;
    const std::string& topic = sink.options.at("topic");
    known_topics_.insert(topic);
    log::TopicConfig config;
    config.compact = sink.changes != connect::ChangeMode::kAppend;
    TRY_VOID(log::ensure_topic(context_.log, topic, config));
  }
  return {};
}

Status Pipeline::create_side_topic(const std::string& topic) {
  return log::ensure_topic(context_.log, topic, {});
}

// Where a sink writes and how: one that goes elsewhere, or writes otherwise, is a new one.
std::string Pipeline::signature(const connect::SinkSpec& spec) {
  std::string bytes;
  ByteWriter w(bytes);
  w.string(spec.from);
  w.string(spec.connector);
  for (const auto& [name, value] : spec.options) {
    if (name != "path" && name != "topic") continue;
    w.string(name);
    w.string(value);
  }
  w.le(static_cast<uint8_t>(spec.format));
  w.le(static_cast<uint8_t>(spec.changes));
  // The head of a file with a schema holds for the whole file.
  const bool has_head = spec.connector == "file" && codec::has_schema(spec.format);
  if (has_head) w.string(connect::value_schema(spec).text);
  return fmt::format("{:016x}", hash64(bytes));
}

Status Pipeline::open_sinks(const Manifest& last) {
  const connect::SinkContext context{context_.source.files, context_.source.clock,
                                     context_.source.project_dir};
  for (const connect::SinkSpec& spec : spec_.sinks) {
    SinkState& sink = sinks_.emplace_back();
    sink.spec = spec;
    const auto known = last.sinks.find(spec.name);
    const auto to = last.sinks.find("to:" + spec.name);
    const bool elsewhere = to != last.sinks.end() && to->second.position != signature(spec);
    const bool goes_on = known != last.sinks.end() && !elsewhere;
    if (!goes_on && last.epoch.value > 0) new_sinks_.insert(spec.name);
    if (spec.connector == "topic") continue;
    std::string position;
    if (goes_on) {
      position = TRY(repeat_last_output(spec, context, last, known->second.position));
    }
    sink.sink = TRY(connect::open_sink(spec, context, position));
  }
  return {};
}

// The last frame's output may have been written, in part or not at all: the sink is cut to its
// position and writes it (again), as the view's rows were then.
Result<std::string> Pipeline::repeat_last_output(const connect::SinkSpec& spec,
                                                 const connect::SinkContext& context,
                                                 const Manifest& last,
                                                 const std::string& position) {
  const auto view = last.views.find(spec.from);
  if (view == last.views.end()) return position;
  const std::string* bytes = nullptr;
  const auto first = last.emitted.find("sink:" + spec.name);
  const auto emitted = last.emitted.find(spec.from);
  const auto change = last.view_changes.find(spec.from);
  const bool every = last.sinks.count("emit:" + spec.from) != 0;
  if (first != last.emitted.end()) {
    bytes = &first->second;
  } else if (emitted != last.emitted.end()) {
    bytes = &emitted->second;
  } else if (change != last.view_changes.end() && !every) {
    bytes = &change->second;
  }
  if (!bytes) return position;
  connect::SinkSpec then = spec;
  then.schema = view->second.schema;
  then.key.clear();
  for (const uint32_t column : spec.key) {
    const int at = then.schema.find(spec.schema.fields[column].name);
    if (at >= 0) then.key.push_back(static_cast<uint32_t>(at));
  }
  if (then.key.size() != spec.key.size()) then.changes = connect::ChangeMode::kAppend;
  const std::unique_ptr<connect::Sink> sink = TRY(connect::open_sink(then, context, position));
  const Batch batch = TRY(decode_change(*bytes, then.schema));
  if (batch.rows > 0) TRY_VOID(sink->write({last.epoch, last.clock, batch}));
  return sink->flush();
}

Result<bool> Pipeline::is_edited(const Recovered& recovered) {
  const Manifest& last = recovered.last;
  if (last.epoch.value == 0) return false;
  if (!to_fill_.empty() || !new_sinks_.empty() || !changed_sources(last).empty()) return true;
  if (moved_tables_) return true;
  for (const auto& [name, view] : views_) {
    if (!view->pending && TRY(waiting(recovered, name)).rows > 0) return true;
  }
  return last.views.size() != views_.size();
}

Status Pipeline::fill_views(const Manifest& last) {
  if (to_fill_.empty()) return {};
  flow::Graph side;
  std::set<std::string> wanted = to_fill_;
  for (auto view = spec_.views.rbegin(); view != spec_.views.rend(); ++view) {
    if (!wanted.count(view->definition.name)) continue;
    wanted.insert(view->reads.begin(), view->reads.end());
  }
  for (const plan::View& view : spec_.views) {
    if (wanted.count(view.definition.name)) TRY_VOID(side.add_view(view));
  }
  TRY_VOID(fill(side, last));
  return graph_.graft(std::move(side));
}

// Readers of what the side graph takes, from the beginning up to where the pipeline has come.
Result<std::vector<std::unique_ptr<Input>>> Pipeline::open_replays(const flow::Graph& side,
                                                                   const Manifest& last) {
  std::vector<std::unique_ptr<Input>> replays;
  for (const auto& [relation, columns] : side.relations()) {
    const auto input = std::find_if(inputs_.begin(), inputs_.end(),
                                    [&](const auto& i) { return i->name() == relation; });
    if (input == inputs_.end() || !last.inputs.count(relation)) continue;
    InputOptions options{columns, {}, (*input)->progress().positions(), began_[relation]};
    if (options.stop->empty()) continue;
    replays.push_back(TRY(Input::open((*input)->spec(), context_.source, std::move(options))));
  }
  return replays;
}

// Runs the side graph over the input as far as the pipeline has come.
Status Pipeline::fill(flow::Graph& side, const Manifest& last) {
  const std::vector<std::unique_ptr<Input>> replays = TRY(open_replays(side, last));
  epoch_now_ = epoch_clock();
  const Epoch epoch(last_.epoch.value + 1);
  side_.begin(epoch, epoch_now_);
  NoSide side_output(to_fill_, side_);
  flow::RelationWatermarks marks;
  const auto take = [&](const flow::RelationWatermarks& finish_by) -> Status {
    side.finish(finish_by);
    for (const std::string& name : side.views()) {
      const Batch change = side.take_change(name);
      if (is_new(name)) TRY_VOID(views_.at(name)->store.apply(change));
    }
    side.clear_dirty();
    marks = finish_by;
    return {};
  };
  bool more = true;
  while (more) {
    more = false;
    uint64_t rows = 0;
    side.begin(epoch, epoch_now_, marks, side_output);
    for (const auto& replay : replays) replay->begin_epoch();
    bool got = true;
    while (got && rows < kFillRows) {
      got = false;
      for (const auto& replay : replays) {
        const auto delta = TRY(replay->poll());
        if (!delta) continue;
        got = true;
        rows += delta->batch.rows;
        if (delta->batch.rows > 0) side.push(replay->name(), delta->batch);
      }
    }
    flow::RelationWatermarks now;
    for (const auto& replay : replays) {
      more = more || !replay->finished();
      replay->keep_mark();
      now[replay->name()] = replay->has_event_time() ? replay->progress().watermark
                                                     : flow::kHoldsNothingBack;
    }
    TRY_VOID(take(more ? now : marks_));
  }
  for (const std::string& name : to_fill_) views_.at(name)->store.clear_dirty();
  if (std::optional<Error> failure = side_.take_failure()) return std::move(*failure);
  return {};
}

// What waited to be emitted under another definition of the view; nothing where its columns are
// others now.
Result<Batch> Pipeline::waiting(const Recovered& recovered, const std::string& name) {
  PendingChange pending;
  const Schema& schema = views_.at(name)->view.root->schema;
  const auto known = recovered.last.views.find(name);
  const bool same = known != recovered.last.views.end() && known->second.schema == schema;
  if (same) TRY_VOID(recovered.apply_to(pending, "pending:" + name));
  return pending.rows(schema);
}

// What subscribers and sinks of an edited view get: the old rows that they have out, the new ones
// in; where the columns are others, only the new rows.
Result<Batch> Pipeline::difference(const Recovered& recovered, const std::string& name) {
  const ViewState& view = *views_.at(name);
  BatchBuilder rows(view.view.root->schema);
  const auto known = recovered.last.views.find(name);
  if (known != recovered.last.views.end() && known->second.schema == view.view.root->schema) {
    for (const Batch& old : TRY(recovered.rows_of_view(name, known->second.schema))) {
      rows.append(with_weights_negated(old));
    }
  }
  rows.append(TRY(waiting(recovered, name)));
  rows.append(TRY(view.store.read_whole()));
  return flow::consolidate(rows.finish());
}

Status Pipeline::draft_edited_views(const Recovered& recovered, Draft& draft) {
  Manifest& manifest = draft.manifest;
  for (const auto& [name, view] : views_) {
    Batch changed;
    if (is_new(name)) {
      manifest.resets.push_back("view:" + name);
      manifest.view_changes[name] = encode_change(TRY(view->store.read_whole()));
      changed = TRY(difference(recovered, name));
    } else if (!view->pending) {
      changed = TRY(waiting(recovered, name));  // it used to emit now and then
    }
    if (view->pending && is_new(name)) {
      view->pending->add(changed);
      changed = weir::gather(changed, {});  // nothing leaves now, and the frame says so
    }
    if (!is_new(name) && changed.rows == 0) continue;
    manifest.emitted[name] = encode_change(changed);
    draft.emitted[name] = std::move(changed);
  }
  return {};
}

Status Pipeline::draft_new_sinks(Draft& draft) {
  for (const SinkState& sink : sinks_) {
    if (!new_sinks_.count(sink.spec.name)) continue;
    Batch first = TRY(views_.at(sink.spec.from)->given());
    draft.manifest.emitted["sink:" + sink.spec.name] = encode_change(first);
    draft.first[sink.spec.name] = std::move(first);
    draft.manifest.sinks[sink.spec.name];
  }
  return {};
}

// Tables, views and sinks that the project no longer has: one of the same name begins anew.
void Pipeline::forget_what_is_gone(const Recovered& recovered, Manifest& manifest) {
  std::set<std::string> kept;
  for (const flow::NamedTable& named : tables()) kept.insert(named.id);
  for (const std::string& id : recovered.table_ids()) {
    const bool view = id.starts_with("view:");
    if (view ? views_.count(id.substr(5)) == 0 : kept.count(id) == 0) {
      manifest.resets.push_back(id);
    }
  }
  std::erase_if(manifest.sinks, [&](const auto& entry) {
    const std::string& name = entry.first;
    if (name.starts_with("emit:")) return views_.count(name.substr(5)) == 0;
    const std::string sink = name.starts_with("to:") ? name.substr(3) : name;
    return std::none_of(sinks_.begin(), sinks_.end(),
                        [&](const SinkState& s) { return s.spec.name == sink; });
  });
}

Status Pipeline::commit_edit(const Recovered& recovered) {
  epoch_now_ = epoch_clock();
  Draft draft;
  draft.manifest = next_manifest();
  Manifest& manifest = draft.manifest;
  TRY_VOID(draft_edited_views(recovered, draft));
  TRY_VOID(draft_new_sinks(draft));
  // Whole, what is new: it has no other frame.
  for (const flow::NamedTable& named : tables()) {
    if (kept_tables_.count(named.id)) {
      if (named.table->dirty_count() > 0) named.table->write_delta(manifest.table_deltas[named.id]);
      named.table->clear_dirty();
      continue;
    }
    manifest.resets.push_back(named.id);
    named.table->write_all(manifest.table_deltas[named.id]);
    named.table->clear_dirty();
  }
  forget_what_is_gone(recovered, manifest);
  draft.appends = side_.take(&manifest.counters);
  draft_topic_sinks(draft);
  TRY_VOID(cold_status());
  TRY_VOID(flush_sinks(draft));
  TRY_VOID(commit(draft));
  TRY_VOID(publish(std::move(draft)));
  log_info("the project was edited", {{"pipeline", spec_.name}, {"views filled", to_fill_.size()}});
  return {};
}

}  // namespace weir::engine
