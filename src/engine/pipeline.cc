// The epoch. See pipeline.h for the four steps; recovery is in pipeline_recovery.cc.
//
// When an epoch ends: if the last one ended longer ago than the commit interval, as soon as the
// inputs are quiet (a single row is visible after one sync); under load at the interval, so that
// syncs and deltas are shared by many rows. The interval is counted from end of reading to end of
// reading: what settling and the commit take is not added to it. Latency and throughput need no
// setting.
#include "engine/pipeline.h"

#include <fmt/core.h>

#include "base/log.h"
#include "flow/consolidate.h"

namespace weir::engine {

namespace {
constexpr uint64_t kMaxEpochRows = 500'000;
constexpr uint64_t kMinEpochBytes = 1 << 20;
constexpr uint64_t kQuickSnapshot = 128 << 20;
constexpr Micros kDiskFullRetry = 500'000;
// Between two looks at inputs that are quiet, while the epoch lasts: what comes meanwhile is one
// batch.
constexpr Micros kGatherPause = 10'000;
}  // namespace

Pipeline::ViewState::ViewState(plan::View v)
    : view(std::move(v)), store(view.root->schema, view.key) {
  if (view.definition.emit == catalog::EmitMode::kEvery) {
    pending = std::make_unique<PendingChange>();
  }
}

Result<Batch> Pipeline::ViewState::given() const {
  if (!pending) return store.read_whole();
  const Schema& schema = view.root->schema;
  BatchBuilder rows(schema);
  rows.append(TRY(store.read_whole()));
  if (unpublished.rows > 0) rows.append(unpublished);
  if (unsent.rows > 0) rows.append(with_weights_negated(unsent));
  rows.append(with_weights_negated(TRY(pending->rows(schema))));
  return flow::consolidate(rows.finish());
}

Pipeline::Pipeline(PipelineSpec spec, PipelineContext context)
    : spec_(std::move(spec)),
      context_(std::move(context)),
      side_(context_.source.internal_topic_prefix),
      snapshots_(context_.source.files, context_.snapshot_dir, context_.backup),
      snapshotter_(snapshots_, context_.log, context_.source.clock, context_.threads) {
  std::set<std::string> failing;
  for (const connect::SourceSpec& source : spec_.sources) {
    if (source.definition.on_error == catalog::OnError::kFail)
      failing.insert(source.definition.name);
  }
  for (const plan::View& view : spec_.views) {
    if (view.definition.on_error == catalog::OnError::kFail) failing.insert(view.definition.name);
  }
  side_.fail_on(std::move(failing));
}

Pipeline::~Pipeline() {
  for (const auto& weak : subscriptions_) {
    if (const auto subscription = weak.lock()) subscription->close("the project was stopped");
  }
}

Result<Pipeline::Step> Pipeline::step() {
  const int64_t begin = context_.source.clock.monotonic_nanos();
  if (letters_came_.exchange(false)) {
    for (const auto& input : inputs_) input->look_for_letters();
  }
  const bool any = TRY(gather());
  if (!any && !time_moved()) {
    TRY_VOID(take_snapshot(snapshotter_.look()));
    return last_.input_ended ? Step::kEnded : Step::kIdle;
  }
  gathered_nanos_ = context_.source.clock.monotonic_nanos();
  if (!epoch_open_) begin_epoch();
  Draft draft = settle();
  if (std::optional<Error> failure = side_.take_failure()) return std::move(*failure);
  TRY_VOID(cold_status());
  TRY_VOID(flush_sinks(draft));
  const int64_t before_commit = context_.source.clock.monotonic_nanos();
  TRY_VOID(commit(draft));
  const int64_t now = context_.source.clock.monotonic_nanos();
  figures_.commit_nanos = static_cast<uint64_t>(now - before_commit);
  figures_.step_nanos = static_cast<uint64_t>(now - begin);
  ++figures_.epochs;
  TRY_VOID(publish(std::move(draft)));
  TRY_VOID(check_memory());
  return Step::kWorked;
}

// The clock of an epoch that begins now: it never goes back.
Micros Pipeline::epoch_clock() const {
  return std::max(context_.source.clock.now(), last_.clock);
}

void Pipeline::begin_epoch() {
  epoch_now_ = epoch_clock();
  const Epoch epoch(last_.epoch.value + 1);
  graph_.begin(epoch, epoch_now_, marks_, side_);
  side_.begin(epoch, epoch_now_);
  epoch_open_ = true;
}

// Polls each input once; true where one of them had something.
Result<bool> Pipeline::poll_once() {
  bool any = false;
  if (!epoch_open_) {
    for (const auto& input : inputs_) input->begin_epoch();
  }
  for (const auto& input : inputs_) {
    const bool was_finished = input->finished();
    std::optional<InputDelta> delta = TRY(input->poll());
    if (!delta) {
      any = any || input->finished() != was_finished;
      continue;
    }
    any = true;
    if (!epoch_open_) begin_epoch();
    for (const connect::DeadLetter& letter : delta->dead) {
      side_.dead_letter(input->name(), letter);
    }
    if (delta->batch.rows > 0) graph_.push(input->name(), delta->batch);
  }
  return any;
}

Pipeline::Taken Pipeline::taken() const {
  Taken sum;
  for (const auto& input : inputs_) {
    sum.records += input->progress().records;
    sum.bytes += input->progress().bytes;
  }
  return sum;
}

// What an epoch holds before it is committed is bounded, in rows and as a share of the memory
// budget; what does not fit waits where it is: in a file, a topic, an unanswered push.
Result<bool> Pipeline::gather() {
  Clock& clock = context_.source.clock;
  const int64_t interval = spec_.commit_interval * 1000;
  const int64_t begin = clock.monotonic_nanos();
  const int64_t deadline = std::max(begin, gathered_nanos_ + interval);
  const Taken before = taken();
  const uint64_t most_bytes = std::max(kMinEpochBytes, spec_.memory_limit / 8);
  bool any = false;
  while (true) {
    const bool more = TRY(poll_once());
    any = any || more;
    const int64_t now = clock.monotonic_nanos();
    if (!more && (!any || now >= deadline || all_finished())) return any;
    if (now - begin >= interval && now >= deadline) return any;
    const Taken now_taken = taken();
    if (now_taken.records - before.records >= kMaxEpochRows) return any;
    if (now_taken.bytes - before.bytes >= most_bytes) return any;
    if (!more) clock.sleep_for(std::min<Micros>(kGatherPause, (deadline - now) / 1000 + 1));
  }
}

bool Pipeline::all_finished() const {
  return !inputs_.empty() &&
         std::all_of(inputs_.begin(), inputs_.end(), [](const auto& i) { return i->finished(); });
}

flow::RelationWatermarks Pipeline::watermarks() {
  flow::RelationWatermarks marks;
  for (const auto& input : inputs_) {
    marks[input->name()] = relation_watermark(input->progress(), input->has_event_time(),
                                              input->mark());
  }
  return marks;
}

// Something can happen without new rows: the inputs have ended, a window can close because an idle
// partition lets go, or a view that emits now and then is due.
bool Pipeline::time_moved() {
  if (last_.epoch.value == 0) return true;
  if (all_finished() != last_.input_ended) return true;
  for (const auto& [name, view] : views_) {
    if (view->pending && !view->pending->empty() && emit_due(*view)) return true;
  }
  const std::optional<Micros> wake = graph_.next_wake();
  if (wake && *wake <= epoch_clock()) return true;
  return graph_.waits_for_time() && watermarks() != marks_;
}

bool Pipeline::emit_due(const ViewState& view) const {
  const Micros every = view.view.definition.emit_every;
  const auto it = last_.sinks.find("emit:" + view.view.definition.name);
  const Micros last = it == last_.sinks.end() ? 0 : it->second.last_emit;
  return all_finished() || context_.source.clock.now() / every != last / every;
}

void Pipeline::settle_view(ViewState& view, Draft& draft) {
  const std::string& name = view.view.definition.name;
  if (graph_.changed(name)) {
    Batch change = graph_.take_change(name);
    if (change.rows > 0) {
      draft.manifest.view_changes[name] = encode_change(change);
      if (view.pending) {
        const std::lock_guard lock(mutex_);
        view.pending->add(change);
        view.unpublished = change;
      }
      draft.changes[name] = std::move(change);
    }
  }
  if (!view.pending) {
    const auto it = draft.changes.find(name);
    if (it != draft.changes.end()) draft.emitted[name] = it->second;
    return;
  }
  if (view.pending->empty() || !emit_due(view)) return;
  const std::lock_guard lock(mutex_);
  Result<Batch> emitted = view.pending->take(view.view.root->schema);
  WEIR_CHECK(emitted.has_value());  // it was encoded by add()
  view.unsent = *emitted;
  // By the wall clock: where that steps back, one emission comes early and the next in its time.
  draft.manifest.sinks["emit:" + name].last_emit = context_.source.clock.now();
  draft.manifest.emitted[name] = encode_change(*emitted);
  draft.emitted[name] = std::move(*emitted);
}

Manifest Pipeline::next_manifest() {
  Manifest manifest = last_;
  manifest.epoch = Epoch(last_.epoch.value + 1);
  manifest.clock = epoch_now_;
  manifest.input_ended = all_finished();
  manifest.inputs.clear();
  for (const auto& input : inputs_) manifest.inputs[input->name()] = input->progress();
  for (const auto& [name, epoch] : began_) {
    if (epoch.value > 0) manifest.counters[began_counter(name)] = epoch.value;
  }
  manifest.views.clear();
  for (const auto& [name, view] : views_) {
    manifest.views[name] = {graph_.root_id(name), view->view.root->schema};
  }
  return manifest;
}

Pipeline::Draft Pipeline::settle() {
  Draft draft;
  for (const auto& input : inputs_) input->keep_mark();
  marks_ = watermarks();
  graph_.finish(marks_);
  epoch_open_ = false;
  draft.manifest = next_manifest();
  Manifest& manifest = draft.manifest;
  for (const std::string& name : graph_.views()) settle_view(*views_.at(name), draft);
  for (const flow::NamedTable& named : tables()) {
    if (named.table->dirty_count() == 0) continue;
    std::string& delta = manifest.table_deltas[named.id];
    named.table->write_delta(delta);
    named.table->clear_dirty();
  }
  draft.appends = side_.take(&manifest.counters);
  draft_topic_sinks(draft);
  return draft;
}

// A new sink gets what its view holds before it gets changes.
const Batch* Pipeline::output_for(const SinkState& sink, const Draft& draft) const {
  if (new_sinks_.count(sink.spec.name)) {
    const auto first = draft.first.find(sink.spec.name);
    return first == draft.first.end() ? nullptr : &first->second;
  }
  const auto it = draft.emitted.find(sink.spec.from);
  return it == draft.emitted.end() ? nullptr : &it->second;
}

void Pipeline::draft_topic_sinks(Draft& draft) {
  for (const SinkState& sink : sinks_) {
    const Batch* output = sink.sink ? nullptr : output_for(sink, draft);
    if (!output || output->rows == 0) continue;
    const connect::EpochChanges changes{draft.manifest.epoch, epoch_now_, *output};
    draft.appends.push_back({sink.spec.options.at("topic"), PartitionId(0),
                             connect::encode_changes(sink.spec, changes)});
  }
}

// The position of a sink covers all earlier epochs: it stands in this one's frame. A topic has
// none, and an entry all the same: a sink without one is new, and gets what its view holds.
Status Pipeline::flush_sinks(Draft& draft) {
  for (SinkState& sink : sinks_) {
    SinkProgress& progress = draft.manifest.sinks[sink.spec.name];
    draft.manifest.sinks["to:" + sink.spec.name].position = signature(sink.spec);
    if (!sink.sink) continue;
    progress.position = TRY(sink.sink->flush());
    sink.unflushed = false;
  }
  return {};
}

Status Pipeline::flush_outputs() {
  for (SinkState& sink : sinks_) {
    if (!sink.unflushed) continue;
    TRY_VOID(sink.sink->flush());
    sink.unflushed = false;
  }
  return {};
}

// Without space the epoch waits, and with it its inputs: nothing is lost, and it goes on when there
// is space again.
Status Pipeline::commit(Draft& draft) {
  for (const log::TopicAppend& append : draft.appends) {
    if (known_topics_.insert(append.topic).second) TRY_VOID(create_side_topic(append.topic));
  }
  log::EpochCommit commit{spec_.name, draft.manifest.epoch, std::move(draft.appends),
                          encode_manifest(draft.manifest)};
  delta_bytes_ += commit.state.size();
  bool told = false;
  while (true) {
    Status status = commit_watched(commit);
    if (status) return {};
    if (status.error().kind() != ErrorKind::kNoSpace) return status;
    if (!told) log_warn("the disk is full, waiting for space", {{"pipeline", spec_.name}});
    told = true;
    {
      const std::lock_guard lock(mutex_);
      waiting_for_space_ = true;
    }
    if (context_.stop && *context_.stop) return status;
    context_.source.clock.sleep_for(kDiskFullRetry);
  }
}

// A disk or a cluster that hangs holds this thread alone: readers are told why nothing moves.
Status Pipeline::commit_watched(const log::EpochCommit& commit) {
  Clock& clock = context_.source.clock;
  const int64_t began = clock.monotonic_nanos();
  committing_since_ = began;
  Status status = context_.log.commit(commit);
  committing_since_ = 0;
  const int64_t nanos = clock.monotonic_nanos() - began;
  if (nanos > kLongCommitNanos) {
    log_warn("the log took long to make an epoch durable",
             {{"pipeline", spec_.name}, {"seconds", fmt::format("{:.1f}", nanos / 1e9)}});
  }
  return status;
}

Status Pipeline::publish(Draft draft) {
  {
    const std::lock_guard lock(mutex_);
    waiting_for_space_ = false;
    for (auto& [name, change] : draft.changes) {
      ViewState& view = *views_.at(name);
      TRY_VOID(view.store.apply(change));
      view.store.clear_dirty();
      view.rows_changed += change.rows;
    }
    for (auto& [name, view] : views_) view->unpublished = view->unsent = Batch();
    draft.manifest.drop_changes();
    last_ = std::move(draft.manifest);
    publish_status();
    send(draft);
  }
  for (SinkState& sink : sinks_) {
    const Batch* output = output_for(sink, draft);
    if (!output || output->rows == 0) continue;
    sink.records += output->rows;
    if (!sink.sink) continue;
    TRY_VOID(sink.sink->write({last_.epoch, last_.clock, *output}));
    sink.unflushed = true;
  }
  new_sinks_.clear();
  return snapshot_if_due();
}

// With the lock held that the stores were changed under: whoever subscribes has an epoch either in
// the first contents or behind them.
void Pipeline::send(const Draft& draft) {
  for (const auto& weak : subscriptions_) {
    const auto subscription = weak.lock();
    if (!subscription) continue;
    const auto it = draft.emitted.find(subscription->view());
    if (it == draft.emitted.end() || it->second.rows == 0) continue;
    subscription->offer({last_.epoch, last_.clock, it->second});
  }
  std::erase_if(subscriptions_, [](const auto& weak) { return weak.expired(); });
}

// By what the journal holds of changes: the snapshot is made of that and the one before.
Status Pipeline::snapshot_if_due() {
  TRY_VOID(take_snapshot(snapshotter_.look()));
  if (snapshotter_.running() || delta_bytes_ < context_.snapshot_after_bytes) return {};
  if (delta_bytes_ < snapshot_bytes_ / 4 || delta_bytes_ < next_snapshot_) return {};
  start_snapshot();
  return {};
}

void Pipeline::start_snapshot() {
  merging_bytes_ = delta_bytes_;
  marked_ = spilling_;
  if (marked_) mark_tables();
  snapshotter_.start(spec_.name, last_.epoch);
}

// Where the disk is full the journal keeps what the snapshot would have replaced.
Status Pipeline::take_snapshot(std::optional<Result<SnapshotDone>> done) {
  if (!done) return {};
  if (!*done) {
    if (done->error().kind() != ErrorKind::kNoSpace) return std::move(*done).error();
    log_warn("no snapshot was written", {{"error", done->error().to_string()}});
    next_snapshot_ = delta_bytes_ + context_.snapshot_after_bytes;
    return {};
  }
  delta_bytes_ -= merging_bytes_;
  next_snapshot_ = 0;
  if ((*done)->bytes > 0) snapshot_bytes_ = (*done)->bytes;
  log_info("a snapshot was written", {{"pipeline", spec_.name},
                                      {"epoch", (*done)->epoch.value},
                                      {"bytes", (*done)->bytes},
                                      {"ms", (*done)->nanos / 1'000'000}});
  return marked_ ? read_from((*done)->epoch) : Status();
}

Status Pipeline::write_snapshot() {
  TRY_VOID(take_snapshot(snapshotter_.finish()));
  if (last_.epoch.value == 0 || delta_bytes_ == 0) return {};
  start_snapshot();
  return take_snapshot(snapshotter_.finish());
}

Status Pipeline::close() {
  if (snapshot_bytes_ + delta_bytes_ <= kQuickSnapshot) return write_snapshot();
  snapshotter_.stop();
  return {};
}

std::vector<flow::NamedTable> Pipeline::tables() {
  std::vector<flow::NamedTable> tables = graph_.tables();
  for (const auto& input : inputs_) {
    for (flow::NamedTable& named : input->tables()) tables.push_back(std::move(named));
  }
  for (const auto& [name, view] : views_) {
    if (view->pending) tables.push_back({"pending:" + name, view->pending.get()});
  }
  return tables;
}

uint64_t Pipeline::state_bytes() {
  uint64_t bytes = 0;
  for (const flow::NamedTable& named : tables()) bytes += named.table->byte_size();
  for (const auto& [name, view] : views_) bytes += view->store.byte_size();
  return bytes;
}

bool Pipeline::level() {
  return !epoch_open_ && std::all_of(inputs_.begin(), inputs_.end(), [](const auto& input) {
    return input->finished() || input->caught_up();
  });
}

}  // namespace weir::engine
