// One snapshot in its file (docs/formats/snapshot.md): tables cut into parts by the hash of the
// key, entries in the order of their hashes, each part with a checksum of its own, and at the end
// an index. So one is written and read piece by piece, in memory that does not depend on its size,
// and two of them, or one and a list of changes, are merged as two sorted streams.
//
// A view is a table of its rows and their weights, called "view:NAME".
//
// Threads: one at a time writes; SnapshotFile::read_parts() by any.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/manifest.h"
#include "io/file_system.h"

namespace weir::engine {

// Entries are those of a delta (state/table.h), alive: string key, u8 1, string value.
struct SnapshotPart {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint64_t entries = 0;
  uint64_t checksum = 0;
};

struct SnapshotTable {
  uint8_t bits = 0;                  // 2^bits parts: by the greatest bits of the key's hash
  std::vector<SnapshotPart> parts;   // those behind each other in the file
  uint64_t entries() const;
  uint64_t bytes() const;
};

class SnapshotFile {
 public:
  // Errors: kCorrupt 1442, kNewerFormat 1443, and of files. What it says of its parts is checked by
  // their place alone.
  static Result<std::unique_ptr<SnapshotFile>> open(io::FileSystem& files, std::string path);

  const Manifest& manifest() const { return manifest_; }  // without changes
  const std::map<std::string, SnapshotTable>& tables() const { return tables_; }
  const SnapshotTable* table(const std::string& id) const;
  uint64_t bytes() const { return bytes_; }
  // False: of version 1, the entries of its tables are in no order.
  bool ordered() const { return whole_.empty(); }
  // Parts [from, to) of a table, checked, one behind the other.
  Result<std::string> read_parts(const SnapshotTable& table, size_t from, size_t to) const;
  // The same from a file that stays open.
  Result<std::unique_ptr<io::File>> reader() const;
  Result<std::string> read_parts(io::File& file, const SnapshotTable& table, size_t from,
                                 size_t to) const;
  Status verify() const;             // all of it
  static Error damaged(const std::string& path, const char* what);

 private:
  SnapshotFile(io::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  Error damaged(const char* what) const { return damaged(path_, what); }
  Status load();
  Status load_version_1(io::File& file);
  Status load_index(std::string_view index);
  Status keep_whole(const std::string& id, const std::string& entries);

  io::FileSystem& files_;
  const std::string path_;
  uint64_t bytes_ = 0;
  Manifest manifest_;
  std::map<std::string, SnapshotTable> tables_;
  std::string whole_;                // version 1: the bytes of all tables
};

class SnapshotWriter {
 public:
  // Beside `path`; it is there once finish() has returned.
  static Result<std::unique_ptr<SnapshotWriter>> begin(io::FileSystem& files, std::string path);
  ~SnapshotWriter();  // what was not finished goes
  void begin_table(std::string id, uint64_t expected_bytes);
  Status add(uint64_t hash, std::string_view entries);  // ascending; entries of one part
  // The greatest hash that is of the same part as this one.
  uint64_t end_of_part(uint64_t hash) const;
  void count(uint64_t entries) { part().entries += entries; }
  Status end_table();
  Status finish(const Manifest& manifest);
  uint64_t bytes() const { return written_ + buffer_.size(); }

 private:
  SnapshotWriter(io::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  SnapshotPart& part() { return table_.parts.back(); }
  void close_parts_before(uint64_t number);
  Status flush();

  io::FileSystem& files_;
  const std::string path_;
  std::unique_ptr<io::File> file_;
  std::string buffer_;               // behind what is written
  size_t part_begin_ = 0;            // in the buffer
  uint64_t written_ = 0;
  uint64_t synced_ = 0;
  std::string id_;
  SnapshotTable table_;              // the one that is being written
  std::map<std::string, SnapshotTable> tables_;
};

}  // namespace weir::engine
