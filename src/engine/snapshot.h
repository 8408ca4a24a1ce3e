// Snapshots: the whole state of a pipeline after one epoch, in one file that replaces the manifests
// up to it. Written beside, synced and renamed, so a snapshot is there whole or not at all; a
// checksum over the content refuses damage by name (docs/formats/snapshot.md). Of the two newest,
// the older one stays until the next is written: where the newest is damaged, recovery says so and
// uses the other.
#pragma once
#include <optional>
#include <string>

#include "engine/manifest.h"
#include "io/file_system.h"

namespace weir::engine {

class SnapshotBackup;

struct Snapshot {
  Manifest manifest;   // table_deltas: every table whole; view_changes: every view whole
};

class SnapshotStore {
 public:
  // `backup`: where copies go, which need the log's frames too; null: nowhere.
  SnapshotStore(io::FileSystem& files, std::string dir, const SnapshotBackup* backup = nullptr)
      : files_(files), dir_(std::move(dir)), backup_(backup) {}

  Status write(const Snapshot& snapshot);
  // The newest readable one at or below `last`; nullopt: the journal has all frames, since there
  // never was a second one.
  Result<std::optional<Snapshot>> newest(Epoch last);
  // Of two or more; frames before it may be released. Epoch(0): there is no second one to fall back
  // on.
  Result<Epoch> oldest_kept();
  // Snapshots of epochs that never came to be (a crash between the two).
  Status drop_behind(Epoch last);

  Result<std::vector<Epoch>> list();  // ascending
  std::string path(Epoch epoch) const;
  Result<Snapshot> read(Epoch epoch);

 private:
  io::FileSystem& files_;
  std::string dir_;
  const SnapshotBackup* backup_;
};

}  // namespace weir::engine
