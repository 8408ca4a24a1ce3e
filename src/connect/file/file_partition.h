// One path of a file source: its bytes, decoded from a position on. While it is followed, one path
// is a chain of files: what was renamed away is read to its end, then the new file of the name; a
// file that was cut in place begins again. A file is known by inode and a fingerprint of its first
// bytes.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "connect/file/byte_source.h"
#include "connect/source.h"

namespace weir::connect {

struct FileSourceSettings {
  bool follow = false;
  codec::DecoderOptions decoder;  // of the columns that are read
  std::shared_ptr<const RefusedRecords> refused{};
};

// Where reading stands in one file.
struct FilePlace {
  std::string path;
  uint64_t inode = 0;
  uint64_t fingerprint = 0;
  uint64_t fingerprint_bytes = 0;  // at most 1024: of how many first bytes
  uint64_t offset = 0;             // of unpacked bytes

  Position to_position() const;
  static Result<FilePlace> from_position(const Position& position);
};

class FilePartition {
 public:
  FilePartition(const FileSourceSettings& settings, const SourceContext& context, PartitionId id,
                std::string path, std::optional<FilePlace> start, std::optional<FilePlace> stop);

  Result<std::optional<Delivery>> poll(uint32_t max_rows);
  bool done() const { return done_; }
  bool caught_up() const { return done_ || caught_up_; }
  uint64_t backlog();
  const std::string& path() const { return path_; }
  PartitionId id() const { return id_; }

 private:
  Status open_first();
  Status open_file(const std::string& path, uint64_t offset);
  Result<bool> is_at(const std::string& path, const FilePlace& place);
  std::optional<std::string> find_renamed(const FilePlace& place);
  std::optional<std::string> next_generation();
  Status extend_fingerprint();
  Status read_header();
  Result<bool> has_more();
  Result<size_t> fill();
  Result<bool> look_for_change();
  Result<bool> go_on_behind_end();
  std::optional<Delivery> decode(uint32_t max_rows);
  void load_refused();
  size_t up_to_refused() const;
  std::optional<size_t> refused_bytes() const;
  Delivery skip_refused(size_t bytes);
  Delivery make_delivery(codec::Decoded decoded, uint64_t base, bool began_inside);
  Status retry_later(Error error);
  void finish();
  std::string full_path(const std::string& path) const;

  const FileSourceSettings& settings_;
  SourceContext context_;
  PartitionId id_;
  std::string path_;                // as configured or found by the glob
  std::optional<FilePlace> start_;
  std::optional<FilePlace> stop_;
  FilePlace place_;                 // of the open file; `offset`: behind what was handed out
  std::string open_path_;
  std::unique_ptr<ByteSource> bytes_;
  std::unique_ptr<codec::Decoder> decoder_;
  std::string buffer_;              // [begin_, end_) is read and not decoded yet
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t begin_offset_ = 0;       // of begin_ in the unpacked file
  std::map<uint64_t, RefusedRecord> refused_;  // of this path, by offset
  bool inside_record_ = false;
  bool stops_here_ = false;         // the stop is in the open file
  bool renamed_ = false;            // the open file no longer has the path's name
  bool ended_ = false;              // no byte will come behind end_
  bool done_ = false;
  bool caught_up_ = false;
  int64_t next_look_nanos_ = 0;
  int64_t back_off_nanos_ = 0;
};

}  // namespace weir::connect
