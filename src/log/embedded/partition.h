// One partition: segments of record batches, named by their first offset, the last one growing
// (docs/formats/segment.md). A sparse index of each segment is kept in memory and, for closed segments,
// beside them on disk; a missing or damaged index file is rebuilt from its segment.
//
// Batches that could not be written (disk full, or a folder opened for reading only) stay in memory as
// a tail behind the files, visible to readers all the same.
//
// Threads: guarded by the log's state lock; sync() may run beside reads.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "log/record_batch.h"

namespace weir::log {

class Partition {
 public:
  struct Options {
    int64_t segment_bytes = 256 << 20;
    bool read_only = false;
  };
  static Result<std::unique_ptr<Partition>> open(io::FileSystem& files, std::string dir, Options options);

  int64_t start() const;
  int64_t end() const { return end_; }
  // Where whole batches were found behind a damaged one at open: the journal must cover up to here.
  int64_t found_beyond() const { return found_beyond_; }

  // Encoded, beginning at end(). Not synced. Never fails for lack of space: then it waits in memory.
  Status append(std::string_view batch);
  Status sync();
  bool flushed() const { return tail_.empty(); }

  Status read(int64_t from, int64_t visible_end, size_t max_bytes, ReadBatch& out) const;
  Result<int64_t> offset_for_time(int64_t time_ms) const;
  uint64_t size_bytes() const;

  Status drop_before(int64_t time_ms, std::optional<int64_t> keep_bytes);
  Status compact();

 private:
  struct IndexEntry {
    int64_t offset = 0;
    uint64_t position = 0;
    int64_t max_timestamp_ms = 0;   // of all batches up to and with this one
  };
  struct Segment {
    int64_t base = 0;
    std::string path;
    std::unique_ptr<io::File> file;
    uint64_t size = 0;
    int64_t end = 0;
    int64_t max_timestamp_ms = 0;
    std::vector<IndexEntry> index;
  };

  Partition(io::FileSystem& files, std::string dir, Options options)
      : files_(files), dir_(std::move(dir)), options_(options) {}
  Status load();
  Status scan(Segment& segment, bool last);
  Status look_beyond(const Segment& segment, uint64_t position, uint64_t file_size);
  Status add_segment(int64_t base);
  Status write(std::string_view batch, const BatchHeader& header);
  Status flush_tail();
  static void note(Segment& segment, const BatchHeader& header, uint64_t position);
  std::string segment_path(int64_t base) const;
  Status read_segment(const Segment& segment, int64_t& from, int64_t visible_end, size_t& budget, ReadBatch& out) const;

  io::FileSystem& files_;
  const std::string dir_;
  const Options options_;
  std::vector<std::unique_ptr<Segment>> segments_;
  std::deque<std::string> tail_;
  int64_t end_ = 0;
  int64_t written_end_ = 0;
  int64_t found_beyond_ = 0;
  bool dirty_ = false;
};

}  // namespace weir::log
