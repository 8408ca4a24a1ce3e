// The Log: topics of partitions of records, consumer positions and the atomic commit of an epoch.
// Two backends: log/embedded (this machine's files) and Apache Kafka (later). It carries bytes and
// knows no schema.
//
// A writer that needs exactly-once (a pipeline) appends nothing by itself: it hands all that an epoch
// changes to commit() as one EpochCommit. Either all of it is there after a crash, or none.
// Plain producers (the HTTP receiver) use append(), which returns when the records are durable.
//
// Threads: all calls from any thread. Reads never wait for a commit's disk sync.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace weir::log {

struct Header {
  std::string key;
  std::string value;
};

// A record as Kafka has it: key and value may be null (a null value is a tombstone).
struct Record {
  std::optional<std::string> key;
  std::optional<std::string> value;
  Micros timestamp = 0;  // stored in milliseconds, as Kafka does
  std::vector<Header> headers;
};

struct StoredRecord {
  Offset offset;
  Micros timestamp = 0;
  std::optional<std::string_view> key;  // views into ReadBatch::buffer
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string_view, std::string_view>> headers;
};

struct ReadBatch {
  std::vector<StoredRecord> records;  // in offset order; compaction may leave gaps
  Offset next;                        // where to read on
  std::vector<std::shared_ptr<const std::string>> buffers;  // owns the bytes of the views
};

enum class Compression : uint8_t { kNone = 0, kLz4 = 3, kZstd = 4 };  // Kafka's numbers

struct TopicConfig {
  int32_t partitions = 1;
  Compression compression = Compression::kLz4;
  bool compact = false;                       // keep the newest record of each key
  std::optional<int64_t> retention_ms;        // none: for ever
  std::optional<int64_t> retention_bytes;     // of each partition
  int64_t segment_bytes = 256 << 20;
};

struct TopicAppend {
  std::string topic;
  PartitionId partition;
  std::vector<Record> records;
};

// Everything that one epoch of one pipeline changes. `state` is opaque to the log: the engine's
// manifest and state deltas. On return of commit() it is durable (or, with durable = false, handed to
// the operating system only).
struct EpochCommit {
  std::string pipeline;
  Epoch epoch;                                 // the pipeline's last one plus 1
  std::vector<TopicAppend> appends;
  std::string state;
  bool begins = false;                         // the first one of all here, of any number: imported
};

struct CommittedEpoch {
  Epoch epoch;
  std::string state;
};

class Log {
 public:
  virtual ~Log() = default;

  virtual Status create_topic(const std::string& name, const TopicConfig& config) = 0;
  virtual Status delete_topic(const std::string& name) = 0;
  virtual Status set_retention(const std::string& name, std::optional<int64_t> retention_ms,
                               std::optional<int64_t> retention_bytes) = 0;
  virtual Result<TopicConfig> topic_config(const std::string& name) = 0;  // kNotFound
  // An error is no answer: whether a topic is there is not known where its cluster is not reached.
  virtual Result<bool> has_topic(const std::string& name) = 0;
  virtual std::vector<std::string> topics() = 0;

  // Durable on return; all records of one call are one batch: all or none. Returns the first offset.
  virtual Result<Offset> append(const TopicAppend& append) = 0;
  // From `from` on, whole batches, until about `max_bytes`; empty at the end. A `from` below the start
  // (retention) is kNotFound and names the start.
  virtual Result<ReadBatch> read(const std::string& topic, PartitionId partition, Offset from,
                                 size_t max_bytes) = 0;
  // The same of what is at hand: where there is more that would have to be waited for, it may be
  // empty before the end.
  virtual Result<ReadBatch> poll(const std::string& topic, PartitionId partition, Offset from,
                                 size_t max_bytes) {
    return read(topic, partition, from, max_bytes);
  }
  virtual Result<Offset> start_offset(const std::string& topic, PartitionId partition) = 0;
  virtual Result<Offset> end_offset(const std::string& topic, PartitionId partition) = 0;
  virtual Result<Offset> offset_for_time(const std::string& topic, PartitionId partition,
                                         Micros time) = 0;
  virtual Result<uint64_t> size_bytes(const std::string& topic) = 0;

  // Positions of consumers outside the engine (`weir tail`, sinks), by group name. Durable.
  virtual Status commit_position(const std::string& group, const std::string& topic,
                                 PartitionId partition, Offset next) = 0;
  virtual Result<std::optional<Offset>> position(const std::string& group, const std::string& topic,
                                                 PartitionId partition) = 0;

  virtual Status commit(const EpochCommit& commit) = 0;
  // The epochs after `after` in order: what recovery replays on top of a snapshot.
  Result<std::vector<CommittedEpoch>> epochs(const std::string& pipeline, Epoch after) {
    return epochs(pipeline, after, UINT64_MAX);
  }
  // The first of them: one at least, and no more once there are `enough_bytes` of state.
  virtual Result<std::vector<CommittedEpoch>> epochs(const std::string& pipeline, Epoch after,
                                                     uint64_t enough_bytes) = 0;
  virtual Result<Epoch> last_epoch(const std::string& pipeline) = 0;  // Epoch(0): none
  // Frames up to `through` are no longer needed by this pipeline (a snapshot holds them).
  virtual Status release_epochs(const std::string& pipeline, Epoch through) = 0;

  // Retention, compaction, journal cut: called now and then by its owner.
  virtual Status maintain() = 0;
};

// Makes the topic where it is not there, also where another one does so at the same time.
Status ensure_topic(Log& log, const std::string& name, const TopicConfig& config);

}  // namespace weir::log
