#include "engine/snapshot_writer.h"

namespace weir::engine {

void SnapshotWriter::begin(Snapshot snapshot, std::map<std::string, Batch> views) {
  (void)wait();
  busy_ = true;
  thread_ = std::thread([this, snapshot = std::move(snapshot), views = std::move(views)]() mutable {
    outcome_ = write(std::move(snapshot), views);
    busy_ = false;
  });
}

// The frame of the snapshot's own epoch stays in the log: it says what sinks may have to repeat.
Status SnapshotWriter::write(Snapshot snapshot, const std::map<std::string, Batch>& views) {
  for (const auto& [name, rows] : views) {
    snapshot.manifest.view_changes[name] = encode_change(rows);
  }
  TRY_VOID(store_.write(snapshot));
  const Epoch oldest = TRY(store_.oldest_kept());
  if (oldest.value <= 1) return {};
  return release_(Epoch(oldest.value - 1));
}

Status SnapshotWriter::take_failure() {
  if (busy_) return {};
  return wait();
}

Status SnapshotWriter::wait() {
  if (thread_.joinable()) thread_.join();
  return std::exchange(outcome_, Status());
}

}  // namespace weir::engine
