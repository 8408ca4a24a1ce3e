#include "engine/snapshotter.h"

#include <sys/resource.h>

namespace weir::engine {

namespace {
constexpr int kPieces = 8;  // between two epochs, where there is no thread
constexpr int kBehindOthers = 10;
}

void Snapshotter::start(const std::string& pipeline, Epoch through) {
  WEIR_CHECK(!running());
  merge_ = std::make_unique<SnapshotMerge>(store_, log_, pipeline, through);
  began_ = clock_.monotonic_nanos();
  status_ = {};
  done_ = stop_ = false;
  if (on_thread_) thread_ = std::thread([this] { work(); });
}

// Rows go first where processors are short: nobody waits for a snapshot.
void Snapshotter::work() {
  (void)setpriority(PRIO_PROCESS, 0, kBehindOthers);  // of this thread alone, on Linux
  while (!stop_ && !done_) {
    Result<bool> more = merge_->step();
    if (!more) status_ = std::move(more).error();
    if (!more || !*more) done_ = true;
  }
}

std::optional<Result<SnapshotDone>> Snapshotter::look() {
  if (!running()) return std::nullopt;
  for (int i = 0; !on_thread_ && i < kPieces && !done_; ++i) {
    Result<bool> more = merge_->step();
    if (!more) status_ = std::move(more).error();
    done_ = !more || !*more;
  }
  return done_ ? take() : std::nullopt;
}

std::optional<Result<SnapshotDone>> Snapshotter::finish() {
  if (!running()) return std::nullopt;
  if (thread_.joinable()) thread_.join();
  work();  // what is left, here
  return take();
}

std::optional<Result<SnapshotDone>> Snapshotter::take() {
  if (thread_.joinable()) thread_.join();
  const SnapshotDone done{merge_->through(), merge_->bytes(), clock_.monotonic_nanos() - began_};
  merge_.reset();
  if (!status_) return Result<SnapshotDone>(std::move(status_).error());
  return Result<SnapshotDone>(done);
}

void Snapshotter::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  merge_.reset();
}

}  // namespace weir::engine
