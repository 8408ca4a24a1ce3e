// One partition: closed segments, an active one (segment.h), and a tail in memory behind them:
// batches that the journal holds and the disk had no room for, or that may not be written yet
// (while the log is being opened, or for reading only). Readers see files and tail as one. Opening
// has two steps, because only the journal knows whether what follows a damaged batch was ever
// confirmed: open() changes nothing on disk, redo() takes what the journal has, settle() then cuts
// a torn end or refuses damage. Threads: append, sync, truncate_to and roll by one writer at a
// time; drop_before and compact by one other; the rest by anyone. Nothing that waits for a disk's
// sync holds the lock that readers need.
#pragma once
#include <deque>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "log/embedded/segment.h"

namespace weir::log {

class Partition {
 public:
  struct Options {
    int64_t segment_bytes = 256 << 20;
    Compression compression = Compression::kLz4;  // of what compaction writes
    bool compact = false;
    bool read_only = false;
  };
  static Result<std::unique_ptr<Partition>> open(io::FileSystem& files, std::string dir,
                                                 Options options);
  Status redo(std::string_view batch);  // nothing where it is there already
  // Offsets from here on were never confirmed. Durable, where the partition may be written.
  Status truncate_to(int64_t offset);
  Status settle();

  // Of the last batch, where it is in the active segment or behind it.
  BatchOrigin last_origin() const;
  int64_t start() const;
  int64_t end() const;
  uint64_t size_bytes() const;

  // Encoded, beginning at end(). Not synced. kNoSpace: nothing has changed.
  Status append(std::string_view batch);
  // The same for what the journal holds: where there is no room it waits in memory.
  Status append_journaled(std::string_view batch);
  Status sync();  // the tail too
  // A sync failed on bytes that nobody holds elsewhere in memory: what is on disk is unknown, and
  // asking again would only hide it. The process must end; recovery then has the journal.
  bool sync_failed() const { return sync_failed_; }
  // A new active segment, where the present one has records, none younger than `time_ms`.
  Status roll_if_older(int64_t time_ms);

  Status read(int64_t from, int64_t visible_end, size_t max_bytes, ReadBatch& out) const;
  Result<int64_t> offset_for_time(int64_t time_ms, int64_t visible_end) const;

  Status drop_before(int64_t time_ms, std::optional<int64_t> keep_bytes, int64_t visible_end);
  // The newest record of each key stays, in its place and with its offset; a deletion (null value)
  // goes as well once it is older than `deletions_before_ms`. Closed segments below `visible_end`
  // only, and only when at least as many bytes are new as were kept the last time.
  Status compact(int64_t visible_end, int64_t deletions_before_ms);

 private:
  Partition(io::FileSystem& files, std::string dir, Options options)
      : files_(files), dir_(std::move(dir)), options_(options) {}
  Status load();
  Status check_order() const;
  Status write(std::string_view batch, const BatchHeader& header);
  Status add_segment(int64_t base);
  Status flush_tail();
  Status sync_active();
  Error damaged(int64_t offset) const;
  Status load_compacted();
  Status replace(size_t index, const Segment& old, std::string_view content);

  io::FileSystem& files_;
  const std::string dir_;
  const Options options_;
  mutable std::shared_mutex mutex_;
  std::vector<std::unique_ptr<Segment>> segments_;
  Segment* active_ = nullptr;  // the last one
  std::deque<std::string> tail_;
  std::vector<std::string> found_;  // until settle(): whole batches behind a damaged one
  bool settled_ = false;
  int64_t end_ = 0;
  bool dirty_ = false;
  bool owes_journal_ = false;  // of what is not synced, some is promised by the journal
  bool sync_failed_ = false;
  int64_t compacted_to_ = 0;  // first offset that no compaction has seen
};

}  // namespace weir::log
