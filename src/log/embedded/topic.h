// A topic on disk: the folder topics/<name> with the text file "config" and a folder per partition
// (docs/formats/log.md). The folder is a topic once its config is there; one without is what a
// crash left of a topic that was being made or removed, and goes.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "log/embedded/journal.h"
#include "log/embedded/partition.h"

namespace weir::log {

struct Topic {
  TopicConfig config;
  // Frames of the journal before this place are about an earlier topic of this name.
  Journal::Place created;
  std::vector<std::unique_ptr<Partition>> partitions;
  std::vector<int64_t> visible;  // end offsets that readers may see

  static Result<Topic> open(io::FileSystem& files, const std::string& dir, bool read_only);
  static Result<Topic> create(io::FileSystem& files, const std::string& dir,
                              const TopicConfig& config, const Journal::Place& created);
  Status write_config(io::FileSystem& files, const std::string& dir) const;
  static Status remove(io::FileSystem& files, const std::string& dir);
};

Status check_topic_name(const std::string& name);

// The positions of consumers: the file "positions", replaced whole.
class Positions {
 public:
  Positions(io::FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}
  Status load();
  Status put(const std::string& group, const std::string& topic, PartitionId partition,
             Offset next);
  Status forget(const std::string& topic);
  std::optional<Offset> get(const std::string& group, const std::string& topic,
                            PartitionId partition) const;

 private:
  using Key = std::tuple<std::string, std::string, int32_t>;  // group, topic, partition
  Status save(const std::map<Key, int64_t>& positions);

  io::FileSystem& files_;
  const std::string path_;
  std::map<Key, int64_t> positions_;
};

}  // namespace weir::log
