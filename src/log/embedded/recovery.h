// What opening a log takes from its journal: where each epoch's frame is, records that segments do
// not have yet, and whether the last thing in it is a large epoch that was announced and never
// happened.
//
// Threads: of the one that opens.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/embedded/epoch_frame.h"
#include "log/embedded/epoch_index.h"
#include "log/embedded/topic.h"

namespace weir::log {

// Of the data folder; written where there is none. kNewerFormat, kCorrupt; kNotFound when only
// reading.
Status check_version(io::FileSystem& files, const std::string& root, bool read_only);

using Topics = std::map<std::string, Topic, std::less<>>;

// What a frame of a large epoch announced and no frame of the epoch has confirmed yet.
struct Announced {
  struct Range {
    Partition* partition = nullptr;
    int64_t from = 0;
    int64_t to = 0;
  };
  Journal::Place place;
  std::string pipeline;
  Epoch epoch;
  std::vector<Range> ranges;

  // It has not happened. Its segments go back before its frame does, so that this can be done
  // again.
  Status truncate() const;
};

class Recovery {
 public:
  Recovery(Topics& topics, EpochIndex& epochs) : topics_(topics), epochs_(epochs) {}
  Status on_frame(std::string_view payload, const Journal::Place& place);
  const std::optional<Announced>& announced() const { return announced_; }

 private:
  Status confirm(const EpochFrame& frame);
  Status check_ends(const EpochFrame& frame, const Journal::Place& place);
  Partition* target_of(std::string_view topic, int32_t partition, const Journal::Place& place);

  Topics& topics_;
  EpochIndex& epochs_;
  std::optional<Announced> announced_;
};

// What the segments hold from now on without the journal.
EpochFrame ends_of(const Topics& topics);

// A batch goes to its segment when its epoch is durable in the journal: one that is ahead says that
// the journal has lost epochs that were confirmed, and nobody can tell what else they held.
Status check_origins(const Topics& topics, const EpochIndex& epochs);

}  // namespace weir::log
