// Copies of a pipeline's state outside its folder: immutable files under names made of their
// content, and for each copy one small text that names them, written last
// (docs/formats/state-copy.md). A file that is there already is not written again; a copy that
// lacks a file, or has one of other content, is damaged and says so.
//
//   <project>.<environment>/<epoch, 20 digits>.copy
//   <project>.<environment>/files/<name>-<checksum>
//
// Threads: one at a time.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "io/objects/object_store.h"

namespace weir::engine {

struct CopiedFile {
  std::string path;       // below the state's folder: "snapshots/00000000000000000007.snapshot"
  uint64_t bytes = 0;
  uint64_t checksum = 0;  // of 8 MiB pieces, each one's hash the seed of the next

  std::string object() const;
};

struct StateCopy {
  std::string pipeline;   // "shop.prod"
  Epoch epoch;            // of the newest snapshot
  bool kafka = false;     // the log is a Kafka cluster's, and none of it is here
  bool with_log = false;  // all of the embedded log is here
  std::vector<CopiedFile> files;
};

std::string encode_copy(const StateCopy& copy);
// Errors: kCorrupt 1911, kNewerFormat 1912.
Result<StateCopy> decode_copy(const std::string& text, const std::string& place);

class CopyStore {
 public:
  CopyStore(std::unique_ptr<io::ObjectStore> objects, io::FileSystem& files, std::string pipeline)
      : objects_(std::move(objects)), files_(files), pipeline_(std::move(pipeline)) {}

  Result<std::vector<Epoch>> list();  // ascending
  Result<StateCopy> read(Epoch epoch);
  // Of the files at `paths` below `dir`. False where there is a copy of that epoch, which stays.
  Result<bool> write(StateCopy copy, const std::string& dir, const std::vector<std::string>& paths);
  // Writes the copy's files below `dir`, which has none of these names. Errors: kCorrupt 1917 names
  // the file.
  Status fetch(const StateCopy& copy, const std::string& dir);
  // Older ones go, and the files that only they had.
  Status keep_newest(size_t count);
  Result<std::set<std::string>> pipelines();  // that have anything here
  const std::string& place() const { return objects_->name(); }

 private:
  std::string key(const std::string& name) const { return pipeline_ + "/" + name; }
  Result<CopiedFile> describe(const std::string& dir, const std::string& path);
  Status put(const std::string& dir, const CopiedFile& file);
  Status fetch_file(const CopiedFile& file, const std::string& to);

  std::unique_ptr<io::ObjectStore> objects_;
  io::FileSystem& files_;
  std::string pipeline_;
};

}  // namespace weir::engine
