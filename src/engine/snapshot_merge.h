// The next snapshot, made of files alone: the newest one and the frames of the epochs behind it are
// merged (docs/decisions/0062-state-that-is-large.md). The pipeline's state is not looked at, so
// the pipeline goes on while this runs, on another thread or in pieces in between.
//
//   frames   cut into entries, sorted by table and hash; of a key the last one counts, of a view's
//            row the sum of the weights
//   tables   each is one pass over the old table's parts and the sorted entries
//   end      the file gets its name; older snapshots and the frames that they replaced are dropped
//
// Memory: the changes since the newest snapshot, and a few parts. Threads: one at a time.
#pragma once
#include <memory>
#include <string>

#include "engine/snapshot.h"
#include "log/log.h"
#include "state/entry.h"

namespace weir::engine {

class SnapshotMerge {
 public:
  SnapshotMerge(SnapshotStore& store, log::Log& log, std::string pipeline, Epoch through);
  ~SnapshotMerge();

  // A piece of the work; false: all is done. A damaged snapshot is passed over for an older one.
  Result<bool> step();
  Epoch through() const { return through_; }
  uint64_t bytes() const { return bytes_; }  // of the file, once it is done

 private:
  struct Changes;   // of one table
  struct Rows;      // of the old table
  class Copied;     // rows of one part that stand side by side
  struct Work;


  Status begin();
  Result<bool> try_step();
  Status read_frames();
  Status take(std::string state);
  Status begin_table();
  Status merge_rows();
  Status merge_row(state::Entry row, ByteReader& rest, Copied& copied);
  Status write_changed(uint64_t hash, const std::vector<state::Entry>& olds);
  Status finish();

  SnapshotStore& store_;
  log::Log& log_;
  const std::string pipeline_;
  const Epoch through_;
  std::set<Epoch> damaged_;
  std::unique_ptr<Work> work_;
  uint64_t bytes_ = 0;
};

}  // namespace weir::engine
