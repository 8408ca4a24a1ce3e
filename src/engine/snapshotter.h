// Who writes a pipeline's snapshots: one merge at a time (snapshot_merge.h), on a thread of its
// own, or, where the owner wants each life to be the same (simulation, tests), in pieces that the
// owner asks for.
//
// Threads: the owner's. What the merge does on its own thread touches files and the log alone.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "engine/snapshot_merge.h"

namespace weir::engine {

struct SnapshotDone {
  Epoch epoch;
  uint64_t bytes = 0;
  int64_t nanos = 0;   // from its beginning to its end
};

class Snapshotter {
 public:
  Snapshotter(SnapshotStore& store, log::Log& log, Clock& clock, bool on_thread)
      : store_(store), log_(log), clock_(clock), on_thread_(on_thread) {}
  ~Snapshotter() { stop(); }

  bool running() const { return merge_ != nullptr; }
  Epoch through() const { return merge_->through(); }
  void start(const std::string& pipeline, Epoch through);
  // A few pieces, where there is no thread. Answers once what became of it.
  std::optional<Result<SnapshotDone>> look();
  std::optional<Result<SnapshotDone>> finish();  // waits
  void stop();                                   // gives up what is not done

 private:
  void work();
  std::optional<Result<SnapshotDone>> take();

  SnapshotStore& store_;
  log::Log& log_;
  Clock& clock_;
  const bool on_thread_;
  std::unique_ptr<SnapshotMerge> merge_;
  int64_t began_ = 0;
  Status status_;               // of the merge, once it is done
  std::atomic<bool> done_ = false;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace weir::engine
