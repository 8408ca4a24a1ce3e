// Sinks: where a view's changes go. The engine hands a sink the committed output of an epoch, in
// order, and the sink answers with a position that stands in the next epoch's frame; on recovery it
// is opened at the last committed position and repeats from there (file: truncate and re-append).
// Topic sinks are special: their records are part of the epoch's commit itself (encode_changes).
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "codec/encoder.h"
#include "io/file_system.h"
#include "log/log.h"

namespace weir::connect {

// append: every change with an operation and the weight; upsert: last row per key, tombstones for
// deletes; debezium: before/after envelopes.
enum class ChangeMode : uint8_t { kAppend, kUpsert, kDebezium };
// Under which name a registry has the schema of a record: TOPIC-value, RECORD or TOPIC-RECORD.
enum class SubjectName : uint8_t { kTopic, kRecord, kTopicAndRecord };

class SchemaRegistry;  // connect/schema_registry.h
// Whose number stands before the records.
struct RegisteredSchemas {
  uint32_t key = 0;
  uint32_t value = 0;
};

struct SinkSpec {
  std::string name;
  std::string from;                            // the view
  std::string connector;                       // "file", "topic", "stdout"
  std::map<std::string, std::string>
      options;  // {"path": ...} or {"topic": ...}, roll, partition_by
  codec::OutputFormat format = codec::OutputFormat::kJson;
  ChangeMode changes = ChangeMode::kAppend;
  Schema schema;                               // of the view
  std::vector<uint32_t> key;                   // of the view; upsert and debezium need it
  bool view_is_append_only = false;            // then append mode writes plain rows, no operation
  // Formats with a schema.
  std::string record;                          // the full name of a row
  SubjectName subject_name = SubjectName::kTopic;
  std::shared_ptr<const SchemaRegistry> registry;
  bool register_schemas = false;               // else they must be there
  std::optional<RegisteredSchemas> registered; // settle_schemas(); none: records have no frame
};

// A consolidated net change of one epoch: rows with weight != 0, deletes of a key before its
// insert.
struct EpochChanges {
  Epoch epoch;
  Micros time = 0;  // the epoch's clock
  Batch batch;
};

// The records of a change, for topics (key and value) and for files (value + newline).
// Formats with a schema: settle_schemas() came before where they go to a topic.
std::vector<log::Record> encode_changes(const SinkSpec& spec, const EpochChanges& changes);

struct SinkContext {
  io::FileSystem& files;
  Clock& clock;
  std::string project_dir;
};

class Sink {
 public:
  virtual ~Sink() = default;
  virtual Status write(const EpochChanges& changes) = 0;
  // Makes what was written durable and names it; stands in the next frame. Called before each
  // commit.
  virtual Result<std::string> flush() = 0;
};

// `position` is the last committed one ("" at the first start): what stands behind it is cut off.
Result<std::unique_ptr<Sink>> open_sink(const SinkSpec& spec, const SinkContext& context,
                                        const std::string& position);

}  // namespace weir::connect
