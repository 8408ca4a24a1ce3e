// One file of record batches, named by the offset that it begins at (docs/formats/log.md). A
// segment is active, the last of its partition and growing, or closed, synced and never written
// again. Its sparse index of offsets and times is in memory; that of a closed one is also beside it
// on disk, so that opening a topic does not read its records. An index that is missing or damaged
// is built again.
//
// Threads: none of its own; its partition says who may call.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "log/record_batch.h"

namespace weir::log {

class Segment {
 public:
  using OnBatch = std::function<Status(const BatchHeader& header, std::string_view bytes)>;

  // `gaps`: compaction may have left some between offsets.
  Segment(io::FileSystem& files, const std::string& dir, int64_t base, bool gaps = false);
  // The file, empty; its name is durable on return.
  static Result<std::unique_ptr<Segment>> create(io::FileSystem& files, const std::string& dir,
                                                 int64_t base);
  // Its first offset, where `name` is that of a segment.
  static std::optional<int64_t> base_of(const std::string& name);

  // A closed one: from its index, else from the headers of its batches. Damage is refused.
  Status load_closed(bool read_only);
  // The active one: every batch with its checksum. What follows the last whole one stays where it
  // is until cut(); whole batches in there are answered, in order.
  Result<std::vector<std::string>> load_active(bool read_only);

  int64_t base() const { return base_; }
  int64_t end() const { return end_; }
  uint64_t size() const { return size_; }
  int64_t max_timestamp_ms() const { return max_timestamp_ms_; }
  const std::string& path() const { return path_; }
  const BatchOrigin& last_origin() const { return origin_; }  // of an active one's last batch
  bool has_unfinished_end() const { return unfinished_end_; }

  // Writes behind the last batch; readers see nothing of it until note().
  Status write(std::string_view batch);
  void note(const BatchHeader& header);
  Status sync();
  Status cut();                          // to size(), durably
  void forget_file() { file_.reset(); }  // of a closed one: it is opened when it is read
  // All batches from `offset` on are gone; on disk too (and a closed one is active again), but
  // `in_memory`.
  Status truncate_to(int64_t offset, bool in_memory);
  // A closed one takes the place of the one with this base: what `content` holds, in two steps.
  // prepare() writes it beside and syncs it; take_place() puts it there.
  Status prepare(std::string_view content, int64_t end);
  Status take_place();
  // Of one that is closed. The names of the folder are durable on return.
  Status write_index();
  Status remove();

  // Batches that hold offsets in [from, visible_end), until `budget` bytes are used up.
  Status read(int64_t& from, int64_t visible_end, size_t& budget, ReadBatch& out) const;
  // Of the first record with this time or a later one.
  Result<std::optional<int64_t>> offset_for_time(int64_t time_ms, int64_t visible_end) const;
  Status for_each_batch(const OnBatch& on_batch) const;

 private:
  struct IndexEntry {
    int64_t offset = 0;
    uint64_t position = 0;
    int64_t max_timestamp_ms = 0;  // of all batches up to and with this one
  };

  std::string index_path() const;
  Result<io::File*> file(std::unique_ptr<io::File>& holder) const;
  Result<std::optional<BatchHeader>> header_at(io::File& file, uint64_t position) const;
  Result<std::string> batch_at(io::File& file, uint64_t position, const BatchHeader& header) const;
  Status scan(io::File& file, uint64_t file_size, bool with_checksums);
  Result<std::vector<std::string>> find_behind(io::File& file, uint64_t file_size) const;
  void note_at(const BatchHeader& header, uint64_t position);
  // Where to begin looking for an offset, and the one that stands there.
  IndexEntry entry_before(int64_t offset) const;
  // Offsets are not covered by a batch's checksum: they are by their order.
  bool follows(const BatchHeader& header, int64_t end) const {
    return gaps_ ? header.base_offset >= end : header.base_offset == end;
  }
  std::string encode_index() const;
  bool decode_index(std::string_view bytes, uint64_t file_size);
  Error damaged(uint64_t position, const char* what) const;

  io::FileSystem& files_;
  const std::string dir_;
  const int64_t base_;
  const std::string path_;
  const bool gaps_;
  std::unique_ptr<io::File> file_;  // of the active one
  uint64_t size_ = 0;
  int64_t end_;
  int64_t max_timestamp_ms_ = INT64_MIN;
  bool unfinished_end_ = false;
  BatchOrigin origin_;
  std::vector<IndexEntry> index_;
};

}  // namespace weir::log
