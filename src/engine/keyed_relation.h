// The keyed table behind a source whose definition asks for one (decisions 1, 2, 5):
//
//   upsert, cdc  the newest row of each key, in log order: a row of a known key is -old +new, a
//   delete
//                of a known key is -old, of an unknown one a counted no-op, a NULL key a dead
//                letter
//   dedupe       the keys seen within a span of event time: the first row wins, the others are
//   counted unique       the keys seen: a second row of a key is a dead letter
//
// Its tables are part of the epoch's state. Threads: the pipeline's.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "catalog/definition.h"
#include "flow/graph.h"
#include "state/table.h"

namespace weir::engine {

// Bytes as a table's value.
struct RowValue {
  std::string row;
  void encode(std::string& out) const { out += row; }
  bool decode(std::string_view bytes) {
    row = bytes;
    return true;
  }
  size_t heap_bytes() const { return row.capacity() > 15 ? row.capacity() : 0; }
};
struct TimeValue {
  Micros time = 0;
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
  size_t heap_bytes() const { return 0; }
};

class KeyedRelation {
 public:
  struct Refusal {
    uint32_t row = 0;
    std::string sqlstate;
    std::string column;
    std::string reason;
  };
  struct Outcome {
    Batch delta;
    std::vector<Refusal> refused;  // rows of the batch, to be dead letters
    uint64_t duplicates = 0;
    uint64_t unknown_deletes = 0;
  };

  // Null where the definition asks for none of it.
  static std::unique_ptr<KeyedRelation> make(const catalog::StreamDefinition& definition);

  // `batch` has the relation's full schema; `now` stands in for a missing event time. Entries that
  // `watermark` has left behind are forgotten.
  Outcome apply(const Batch& batch, Micros now, Micros watermark);
  std::vector<flow::NamedTable> tables();

 private:
  struct Unique {
    std::vector<uint32_t> columns;
    std::unique_ptr<state::Table<RowValue>> seen;
  };
  enum class Operation : uint8_t { kUpsert, kDelete, kBefore, kUnknown };

  explicit KeyedRelation(const catalog::StreamDefinition& definition);
  std::vector<uint32_t> drop_duplicates(const Batch& batch, Micros now, Outcome& out);
  std::vector<uint32_t> drop_violators(const Batch& batch, const std::vector<uint32_t>& rows,
                                       Outcome& out);
  Batch upsert(const Batch& batch, const std::vector<uint32_t>& rows, Outcome& out);
  Operation operation_of(const Batch& batch, uint32_t row) const;
  void forget(Micros watermark);

  const catalog::StreamDefinition definition_;
  std::vector<uint32_t> key_;
  std::vector<uint32_t> dedupe_key_;
  std::optional<uint32_t> operation_;
  std::optional<uint32_t> event_time_;
  state::Table<RowValue> newest_;      // upsert, cdc
  state::Table<TimeValue> last_seen_;  // dedupe
  std::vector<Unique> unique_;
  Micros forgotten_to_ = INT64_MIN;
};

// Event time of a row in micros; the column is a date or a timestamp and not NULL there.
Micros event_time_at(const Column& column, uint32_t row);

}  // namespace weir::engine
