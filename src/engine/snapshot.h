// Snapshots: the whole state of a pipeline after one epoch, in one file (snapshot_file.h) that
// replaces the frames up to it. Written beside, synced and renamed, so a snapshot is there whole or
// not at all; checksums refuse damage by name (docs/formats/snapshot.md). Of the two newest, the
// older one stays until the next is written: where the newest is damaged, whoever meets that says
// so and uses the other.
#pragma once
#include <memory>
#include <set>
#include <string>

#include "engine/snapshot_file.h"

namespace weir::engine {

class SnapshotBackup;

class SnapshotStore {
 public:
  // `backup`: where copies go, which need the log's frames too; null: nowhere.
  SnapshotStore(io::FileSystem& files, std::string dir, const SnapshotBackup* backup = nullptr)
      : files_(files), dir_(std::move(dir)), backup_(backup) {}

  // The newest at or below `last` whose index can be read and that is not one of `damaged`; null:
  // the journal has all frames, since there never was a second one.
  Result<std::unique_ptr<SnapshotFile>> newest(Epoch last, const std::set<Epoch>& damaged = {});
  Result<std::unique_ptr<SnapshotWriter>> begin(Epoch epoch);
  Status drop_old();  // keeps two
  Status drop_between(Epoch after, Epoch before);
  // Of two or more; frames before it may be released. Epoch(0): there is no second one to fall back
  // on.
  Result<Epoch> oldest_kept();
  // Snapshots of epochs that never came to be (a crash between the two), and halves of one.
  Status drop_behind(Epoch last);

  Result<std::vector<Epoch>> list();  // ascending
  std::string path(Epoch epoch) const;
  Result<std::unique_ptr<SnapshotFile>> open(Epoch epoch) {
    return SnapshotFile::open(files_, path(epoch));
  }

 private:
  io::FileSystem& files_;
  std::string dir_;
  const SnapshotBackup* backup_;
};

}  // namespace weir::engine
