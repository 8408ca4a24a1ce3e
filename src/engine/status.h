// What a running project says about itself: figures since the start and as of the last epoch.
#pragma once
#include <string>
#include <vector>

#include "base/ids.h"

namespace weir::engine {

struct StreamStatus {
  std::string name;
  std::string connector;
  uint64_t records = 0;        // good and bad, over all runs
  uint64_t bytes = 0;
  uint64_t dead = 0;
  uint64_t backlog = 0;        // left to read, in the connector's own unit
  double records_per_second = 0;
  Micros watermark = INT64_MIN;
  bool finished = false;
};

struct ViewStatus {
  std::string name;
  uint64_t rows = 0;
  uint64_t bytes = 0;
  uint64_t changes = 0;        // rows inserted and deleted since the start
  double changes_per_second = 0;
  uint64_t late = 0;
  uint64_t dead = 0;
  std::string emit;            // "on_change", ...
};

struct SinkStatus {
  std::string name;
  std::string connector;
  std::string from;
  uint64_t records = 0;        // since the start
};

struct RecoveryFigures {
  uint64_t snapshot_bytes = 0;
  uint64_t frames = 0;         // replayed behind the snapshot
  uint64_t frame_bytes = 0;
  int64_t read_nanos = 0;      // of the frames, and the snapshot's index
  int64_t load_nanos = 0;      // the snapshot into tables
  int64_t replay_nanos = 0;    // the frames' changes into tables
};

struct EpochFigures {
  uint64_t epochs = 0;         // since the start
  uint64_t commit_nanos = 0;   // of the last one, with its sync
  uint64_t step_nanos = 0;     // of the last one, all of it
  double rows_per_second = 0;
  RecoveryFigures recovery;
};

// Snapshots in object storage.
struct BackupStatus {
  std::string place;           // empty: none is named
  Epoch newest;                // that is there
  Micros uploaded_at = 0;      // by this run; 0: none yet
  std::string error;           // of the last try
};

struct PipelineStatus {
  std::string name;
  // "running", "level", "ended", "failed", "waiting for disk space", "waiting for the log"
  std::string state;
  std::string error;
  Epoch epoch;
  Micros clock = 0;
  uint64_t state_bytes = 0;
  EpochFigures figures;
  std::vector<StreamStatus> streams;
  std::vector<ViewStatus> views;
  std::vector<SinkStatus> sinks;
  BackupStatus backup;
};

}  // namespace weir::engine
