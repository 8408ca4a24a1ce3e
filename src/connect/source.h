// Sources: where rows come from. A reader hands out deliveries: decoded batches of one partition
// with the position behind them. The position is what an epoch commits; a reader opened at a
// position goes on exactly there, so the input must be readable again from it (what cannot be, like
// http and host, is written to a topic of the log first and read from there: `LoggedInput`).
//
// Threads: a reader belongs to one thread. poll() never blocks for longer than a few milliseconds.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "catalog/definition.h"
#include "codec/decoder.h"
#include "expr/expr.h"
#include "io/file_system.h"
#include "log/log.h"

namespace weir::connect {

// Opaque to everybody but the connector that made it; printable JSON, e.g. {"offset":12}.
using Position = std::string;
using Positions = std::map<PartitionId, Position>;  // absent: from the beginning

struct DeadLetter {
  PartitionId partition;
  std::string position;  // where the record stands, for people: "data/a.ndjson:1042" or "offset 12"
  std::string stage;      // "decode", "contract", "expression"
  std::string sqlstate;
  std::string column;
  std::string reason;
  std::string raw;
  std::string former{};   // id of the dead letter that was replayed and is one again
};

// Records that are dead letters, by partition and DeadLetter::position. Whoever reads input again
// passes over them, whatever its decoder thinks of them now: they come back by a replay alone.
struct RefusedRecord {
  size_t size = 0;    // of the raw bytes
  uint64_t hash = 0;  // hash64() of them: another file of the same name is another one
};
using RefusedRecords = std::map<std::pair<PartitionId, std::string>, RefusedRecord>;

struct Delivery {
  PartitionId partition;
  Batch batch;                       // the columns asked for, in their order; weights only for cdc
  std::vector<DeadLetter> dead;
  Position next;                     // behind all of this delivery's records, good and bad
  uint64_t records = 0;
  uint64_t bytes = 0;
  std::string former{};              // the dead letter that this one record was (a replay)
};

struct ReaderOptions {
  std::vector<uint32_t> columns;     // of the definition's schema: only these are decoded
  Positions start;
  // Where given, the reader ends exactly there and is finished() then: a new view is filled from
  // the input up to the positions that the running pipeline has committed.
  std::optional<Positions> stop;
  uint32_t max_rows = 8192;          // of one delivery, about
  std::shared_ptr<const RefusedRecords> refused{};  // null: none
};

struct SourceContext {
  io::FileSystem& files;
  Clock& clock;
  log::Log* log = nullptr;           // for topic and logged inputs
  std::string project_dir;
  std::string internal_topic_prefix; // "_weir.<project>.<env>"
};

class SourceReader {
 public:
  virtual ~SourceReader() = default;
  // nullopt: nothing there now (or paced by rate).
  virtual Result<std::optional<Delivery>> poll() = 0;
  virtual std::vector<PartitionId> partitions() = 0;  // known so far; may grow
  virtual bool finished() = 0;                        // bounded, and all was handed out
  // False while a partition has more to read than was handed out: it is never idle then.
  virtual bool caught_up(PartitionId partition) = 0;
  // How much is left to read, in records or bytes as the connector knows it; for `lag`.
  virtual uint64_t backlog() = 0;
};

// A source as the project says it: the connector's own options are its YAML values, already checked
// against the connector's option table (connect/registry.h).
struct SourceSpec {
  catalog::StreamDefinition definition;
  std::string connector;                          // "file", "http", "generate", ...
  std::map<std::string, std::string> options;  // of the connector: {"path": ..., "follow": "true"}
  codec::DecoderOptions decoder;                  // columns for the whole schema
  // `generate`: column -> expression bound over generate_input_schema(), of the column's type or
  // castable to it. Columns without one are NULL.
  std::map<std::string, expr::ExprPtr> generated;
};

Result<std::unique_ptr<SourceReader>> open_source(const SourceSpec& spec,
                                                  const SourceContext& context,
                                                  const ReaderOptions& options);

}  // namespace weir::connect
