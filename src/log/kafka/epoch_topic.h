// The epochs of a pipeline as records of one topic: each epoch's manifest and state in pieces small
// enough for any broker, written in the transaction of the epoch (docs/formats/kafka.md). Inside
// src/log/kafka only.
#pragma once
#include <string>
#include <vector>

#include "log/kafka/reader.h"
#include "log/log.h"

namespace weir::log::kafka {

class EpochTopic {
 public:
  EpochTopic(std::string topic, Reader& reader) : topic_(std::move(topic)), reader_(reader) {}

  const std::string& topic() const { return topic_; }
  TopicAppend records(const EpochCommit& commit) const;
  // What was just committed here, its first piece at `first`: follow() need not read it again.
  void committed(const EpochCommit& commit, Offset first, size_t pieces);
  // Reads what was committed since the last call; of all pipelines.
  Status follow();
  Epoch last(const std::string& pipeline) const;
  // Which part of the topic holds the epochs after `after`, as far as it is known. Reading it needs
  // nothing that a commit changes.
  struct Part {
    std::string pipeline;
    Epoch after;
    Offset from;
    Offset end;
  };
  Part part(const std::string& pipeline, Epoch after) const {
    return {pipeline, after, behind(pipeline, after), next_};
  }
  // See Log::epochs().
  Result<std::vector<CommittedEpoch>> read(const Part& part, uint64_t enough_bytes) const;
  // Nobody will ask for these again.
  void forget(const std::string& pipeline, Epoch through);
  bool followed() const { return next_.value >= 0; }
  // Where the first epoch behind `through` begins; the end where there is none.
  Offset behind(const std::string& pipeline, Epoch through) const;

 private:
  struct Entry {
    std::string pipeline;
    Epoch epoch;
    Offset first;
    uint32_t pieces = 0;
  };
  struct Piece;
  static Result<Piece> parse(const StoredRecord& record);

  std::string topic_;
  Reader& reader_;
  std::vector<Entry> entries_;  // in order of offsets
  Offset next_{-1};             // -1: nothing was read yet
};

}  // namespace weir::log::kafka
