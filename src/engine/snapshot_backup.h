// Snapshots on their way to object storage, where the environment names one: what is durable in the
// folder is uploaded by a thread of its own, newest first, and the two newest stay there. The
// pipeline never waits for it. A machine that has no snapshot takes the newest good one from there.
//
// Threads: prepare() before the thread starts; the rest may be called from any.
#pragma once
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/project_log.h"
#include "engine/snapshot.h"
#include "engine/state_copy.h"
#include "engine/status.h"

namespace weir::engine {

class SnapshotBackup {
 public:
  // Null where the environment names no object storage. Asks nobody yet.
  static Result<std::unique_ptr<SnapshotBackup>> open(const project::Project& project,
                                                      io::FileSystem& files, Clock& clock);
  ~SnapshotBackup() { finish(0); }

  // Before the pipeline recovers up to `last`: takes a snapshot into the folder where there is a
  // newer one outside. Errors: 1910 where what is outside is of another life; what the object
  // storage refuses; kUnavailable where it is needed and cannot be reached.
  Status prepare(Epoch last);
  void start();
  // Waits for what is on its way, at most so long, and ends.
  void finish(Micros at_most);

  // The older of the two that are there, from which recovery on another machine would need the
  // log's frames; Epoch(0): there are no two yet. With the embedded log nobody needs them:
  // greatest.
  Epoch oldest_kept() const { return Epoch(oldest_.load()); }
  BackupStatus status();

 private:
  SnapshotBackup(const project::Project& project, io::FileSystem& files, Clock& clock);
  void run();
  Result<bool> upload_newest();
  Result<std::vector<Epoch>> list_there();
  Status take_newest(const std::vector<Epoch>& there, Epoch above);
  void tell(const Status& status);

  io::FileSystem& files_;
  Clock& clock_;
  const std::string state_dir_;
  const bool kafka_;
  SnapshotStore snapshots_;
  std::unique_ptr<CopyStore> copies_;
  std::atomic<uint64_t> oldest_ = 0;
  std::atomic<bool> give_up_ = false;    // no more tries, not even of what is on its way
  std::thread thread_;

  std::mutex mutex_;                     // of what follows
  std::condition_variable changed_;
  bool ending_ = false;                  // after what is there now
  int64_t fails_until_ = 0;              // while it ends: no longer tried in vain
  bool ended_ = false;
  BackupStatus status_;
};

}  // namespace weir::engine
