// Writes snapshots beside the epochs that follow them: the pipeline hands over what its state was,
// and goes on. One at a time; what went wrong is said at the next call.
//
// Threads: calls by the pipeline's; one of its own while it writes, which uses files and log.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "data/batch.h"
#include "engine/snapshot.h"

namespace weir::engine {

class SnapshotWriter {
 public:
  // `release`: frames up to this epoch are not needed any more.
  SnapshotWriter(SnapshotStore& store, std::function<Status(Epoch)> release)
      : store_(store), release_(std::move(release)) {}
  ~SnapshotWriter() { (void)wait(); }

  bool busy() const { return busy_; }
  // Not while it is busy. `views`: each whole; they are encoded here.
  void begin(Snapshot snapshot, std::map<std::string, Batch> views);
  Status take_failure();  // of the last one, once it is done
  Status wait();

 private:
  Status write(Snapshot snapshot, const std::map<std::string, Batch>& views);

  SnapshotStore& store_;
  const std::function<Status(Epoch)> release_;
  std::thread thread_;
  std::atomic<bool> busy_ = false;
  Status outcome_;  // the thread's while it is busy
};

}  // namespace weir::engine
