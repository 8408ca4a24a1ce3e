// A pipeline: a set of views that move together. It takes what its inputs have, runs the graph once
// on the delta, and commits input positions, state and output as one epoch (log::EpochCommit).
// Everything that it is after a crash follows from the newest snapshot and the manifests after it.
//
//   step():  gather  poll the inputs until they are quiet, the commit interval is over, or it is
//   full
//            settle  graph.finish(), collect the changes of views, dead letters, late rows
//            commit  one frame in the log, synced once
//            publish apply the changes to the view stores, hand them to sinks and subscribers
//
// Threads: step() and open() by one thread; the readers' side (contents, status, subscribe) by any.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "connect/sink.h"
#include "engine/input.h"
#include "engine/manifest.h"
#include "engine/pending_change.h"
#include "engine/side_streams.h"
#include "engine/recovered_state.h"
#include "engine/snapshotter.h"
#include "engine/status.h"
#include "engine/subscription.h"
#include "flow/graph.h"
#include "flow/view_store.h"

namespace weir::engine {

struct PipelineSpec {
  std::string name;
  std::vector<connect::SourceSpec> sources;
  std::vector<plan::View> views;          // in dependency order
  std::vector<connect::SinkSpec> sinks;
  Micros commit_interval = 100'000;
  uint64_t memory_limit = 2ULL << 30;
};

struct PipelineContext {
  connect::SourceContext source;
  log::Log& log;
  std::string snapshot_dir;
  uint64_t snapshot_after_bytes = 64 << 20;  // of deltas, and a quarter of the snapshot at least
  // Threads for snapshots and recovery; without, their work is done in pieces between epochs.
  bool threads = false;
  bool spill_always = false;  // as if memory were always short; for tests
  const std::atomic<bool>* stop = nullptr;   // true: give up waiting for disk space
  bool read_only = false;                    // only to be looked at: nothing is opened or committed
  const SnapshotBackup* backup = nullptr;    // of snapshots: it needs frames of the log, too
};

class Pipeline {
 public:
  enum class Step : uint8_t { kWorked, kIdle, kEnded };

  // Recovers what the log and the snapshots hold; views that are new or changed are filled from the
  // input up to the committed positions before it returns.
  static Result<std::unique_ptr<Pipeline>> open(PipelineSpec spec, PipelineContext context);
  ~Pipeline();

  Result<Step> step();
  // What the last epoch wrote to sinks is on disk behind this. Called when there is nothing else to
  // do.
  Status flush_outputs();
  // As of the last epoch; waits for it.
  Status write_snapshot();
  // A clean end: a snapshot where that is quick, else the journal keeps what is in none.
  Status close();
  // Before another pipeline takes the folder over: no file is written behind this.
  void stop_snapshots() { snapshotter_.stop(); }
  bool writes_snapshot() const { return snapshotter_.running(); }  // the thread of step()
  // Dead letters were replayed: the next step takes them. Any thread.
  void letters_came() { letters_came_ = true; }
  // True where every input has handed out what it had: with nothing left to do, the views are
  // level.
  bool level();

  // pipeline_readers.cc. contents(): the relation as of the last committed epoch. A view is at
  // hand; a source is read again from its beginning up to the committed positions; a side stream is
  // a topic.
  Result<std::vector<Batch>> contents(const std::string& relation);
  const PipelineSpec& spec() const { return spec_; }
  PipelineStatus status();
  // Of views as of the last committed epoch; of sources the records that have been read.
  std::map<std::string, uint64_t> row_counts();
  // The view's changes from now on, after its contents where they are asked for.
  Result<SubscriptionHandle> subscribe(const std::string& view, bool with_contents);

 private:
  static constexpr uint64_t kMaxReplayRows = 50'000'000;
  static constexpr int64_t kLongCommitNanos = 2'000'000'000;
  struct SinkState {
    connect::SinkSpec spec;
    std::unique_ptr<connect::Sink> sink;   // null: a topic, fed by the commit itself
    bool unflushed = false;
    uint64_t records = 0;
  };
  struct ViewState {
    plan::View view;
    flow::ViewStore store;
    std::unique_ptr<PendingChange> pending;  // emit: every; it waits for its time
    // Of `pending`, between settle and publish: what is in there and not in the store yet, and what
    // was taken out and is not sent yet.
    Batch unpublished;
    Batch unsent;
    uint64_t rows_changed = 0;
    explicit ViewState(plan::View v);
    // What sinks and subscribers have been given: the view without what waits for its time.
    Result<Batch> given() const;
  };
  // What an epoch is going to commit.
  struct Draft {
    Manifest manifest;
    std::vector<log::TopicAppend> appends;
    std::map<std::string, Batch> changes;  // of views
    std::map<std::string, Batch> emitted;  // to sinks and subscribers, by view
    std::map<std::string, Batch> first;    // to sinks that are new: what the view holds, by sink
  };
  using Recovered = RecoveredState;

  Pipeline(PipelineSpec spec, PipelineContext context);

  // pipeline_recovery.cc
  Status recover();
  Result<Recovered> read_state();
  Status link_graph(const Recovered& recovered);
  std::set<std::string> changed_sources(const Manifest& last) const;
  Result<bool> is_edited(const Recovered& recovered);
  void tell_recovery(const RecoveryFigures& figures);
  static std::string stored_id(const Recovered& recovered, const flow::NamedTable& named);
  Status restore(Recovered& recovered);
  Status restore_views(Recovered& recovered);
  Status open_inputs(const Manifest& last);
  Status open_sinks(const Manifest& last);
  static std::string signature(const connect::SinkSpec& spec);
  Result<std::string> repeat_last_output(const connect::SinkSpec& spec,
                                         const connect::SinkContext& context,
                                         const Manifest& last, const std::string& position);
  Status fill_views(const Manifest& last);
  Result<std::vector<std::unique_ptr<Input>>> open_replays(const flow::Graph& side,
                                                           const Manifest& last);
  Status fill(flow::Graph& side, const Manifest& last);
  Status commit_edit(const Recovered& recovered);
  Result<Batch> difference(const Recovered& recovered, const std::string& view);
  Result<Batch> waiting(const Recovered& recovered, const std::string& view);
  Status draft_edited_views(const Recovered& recovered, Draft& draft);
  Status draft_new_sinks(Draft& draft);
  void forget_what_is_gone(const Recovered& recovered, Manifest& manifest);
  Status settle_schemas();
  Status create_sink_topics();
  Status create_side_topic(const std::string& topic);

  Result<std::vector<Batch>> replay(const connect::SourceSpec& source);

  // pipeline_memory.cc
  Status check_memory();
  uint64_t needed_bytes();
  void evict(uint64_t bytes);
  void mark_tables();
  Status read_from(Epoch snapshot);
  Status cold_status();
  std::vector<flow::NamedTable> stored_tables();
  bool fits(const Recovered& recovered) const;
  Status fold_frames(Recovered& recovered);

  // pipeline.cc
  struct Taken {
    uint64_t records = 0;
    uint64_t bytes = 0;
  };
  Taken taken() const;
  Result<bool> gather();
  void begin_epoch();
  Result<bool> poll_once();
  bool time_moved();
  Micros epoch_clock() const;
  flow::RelationWatermarks watermarks();
  Draft settle();
  void settle_view(ViewState& view, Draft& draft);
  void draft_topic_sinks(Draft& draft);
  const Batch* output_for(const SinkState& sink, const Draft& draft) const;
  Status flush_sinks(Draft& draft);
  Status commit(Draft& draft);
  Status commit_watched(const log::EpochCommit& commit);
  Status publish(Draft draft);
  Manifest next_manifest();
  void send(const Draft& draft);
  void publish_status();
  Status snapshot_if_due();
  void start_snapshot();
  Status take_snapshot(std::optional<Result<SnapshotDone>> done);
  uint64_t state_bytes();
  std::vector<flow::NamedTable> tables();
  bool emit_due(const ViewState& view) const;
  bool all_finished() const;
  bool is_new(const std::string& view) const { return to_fill_.count(view) != 0; }

  PipelineSpec spec_;
  PipelineContext context_;
  flow::Graph graph_;
  std::vector<std::unique_ptr<Input>> inputs_;
  std::map<std::string, std::unique_ptr<ViewState>> views_;
  std::vector<SinkState> sinks_;
  std::set<std::string> to_fill_;        // views that are new or changed, while it opens
  std::map<std::string, std::vector<uint32_t>> columns_read_;  // by any view, by relation
  std::map<std::string, Epoch> began_;   // sources: the epoch they began anew with
  std::atomic<bool> letters_came_ = false;
  std::atomic<int64_t> committing_since_ = 0;  // monotonic; 0: nothing is under way
  bool moved_tables_ = false;            // recovery found some under the ids of older folders
  std::set<std::string> kept_tables_;    // those that recovery found under their own
  std::set<std::string> known_topics_;   // that exist
  std::set<std::string> new_sinks_;      // as long as they wait for the contents of their view
  SideStreams side_;
  SnapshotStore snapshots_;
  Snapshotter snapshotter_;
  std::set<Epoch> damaged_;              // snapshots that recovery has met
  std::optional<Epoch> recovered_from_;  // the snapshot, while it opens
  Manifest last_;                        // without deltas
  flow::RelationWatermarks marks_;       // that the graph has finished by
  bool epoch_open_ = false;
  Micros epoch_now_ = 0;
  int64_t gathered_nanos_ = 0;           // when the last epoch had its input
  uint64_t delta_bytes_ = 0;             // since the last snapshot
  uint64_t merging_bytes_ = 0;           // of them, those that go into the one being written
  uint64_t snapshot_bytes_ = 0;          // of the last one
  bool spilling_ = false;                // memory was short: tables remember what is in no snapshot
  bool marked_ = false;                  // the snapshot that is being written is one to read from
  uint64_t next_snapshot_ = 0;           // not before there are so many bytes: the disk was full

  // Guards what readers see: view stores, last_, figures_, subscriptions_, the rest below.
  std::mutex mutex_;
  std::vector<std::weak_ptr<Subscription>> subscriptions_;
  EpochFigures figures_;
  bool waiting_for_space_ = false;
  std::vector<StreamStatus> streams_;
  std::vector<uint64_t> sink_records_;
  uint64_t published_state_bytes_ = 0;
};

}  // namespace weir::engine
