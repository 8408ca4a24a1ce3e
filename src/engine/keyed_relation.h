// The keyed table behind a source whose definition asks for one (decisions 1, 2, 5):
//
//   upsert, cdc  the newest row of each key, in log order: a row of a known key is -old +new, a delete
//                of a known key is -old, of an unknown one a counted no-op, a NULL key a dead letter
//   dedupe       the keys seen within a span of event time: the first row wins, the others are counted
//   unique       the keys seen: a second row of a key is a dead letter
//
// Shared by all readers of the source; its tables are part of the epoch's state.
#pragma once
#include <string>
#include <vector>

#include "connect/source.h"
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
  explicit KeyedRelation(const catalog::StreamDefinition& definition);
  static bool needed(const catalog::StreamDefinition& definition);

  struct Outcome {
    Batch delta;
    std::vector<std::pair<uint32_t, std::string>> refused;  // row, reason (dead letters)
    uint64_t duplicates = 0;
    uint64_t unknown_deletes = 0;
  };
  // `batch` has the relation's full schema. `deletes[i]`: row i is a delete (cdc operation column).
  Outcome apply(const Batch& batch, Micros watermark);
  std::vector<flow::NamedTable> tables();
  // Contents as batches: of upsert and cdc sources.
  bool has_contents() const { return keyed_; }
  Batch contents() const;
};

}  // namespace weir::engine
