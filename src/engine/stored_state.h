// What a project's folder holds of state, and whether all of it can be read: for `weir state`. The
// log is asked through its interface alone; snapshots are files of the folder.
//
// Threads: of the one that asks.
#pragma once
#include <string>
#include <vector>

#include "engine/snapshot.h"
#include "log/log.h"
#include "project/project.h"

namespace weir::engine {

struct StoredTable {
  std::string id;       // "source:orders.keys", "pending:NAME", an operator's id; "view:NAME"
  std::string used_by;  // a source or a model; empty: nothing of the project as it is now
  uint64_t entries = 0; // of the snapshot and of the deltas behind it
  uint64_t bytes = 0;
};

struct StoredState {
  struct OneSnapshot {
    Epoch epoch;
    uint64_t bytes = 0;
  };
  Epoch last;
  uint64_t frames = 0;  // kept behind the newest snapshot
  std::vector<OneSnapshot> snapshots;
  std::vector<StoredTable> tables;
};

Result<StoredState> list_state(const project::Project& project, io::FileSystem& files,
                               log::Log& log);

struct Damage {
  std::string place;
  Error error;
  std::string lost;
};

// Every snapshot, every frame, every record. The log has been opened, which read its journal.
std::vector<Damage> verify_snapshots(const project::Project& project, io::FileSystem& files);
std::vector<Damage> verify_log(const project::Project& project, io::FileSystem& files,
                               log::Log& log);

}  // namespace weir::engine
