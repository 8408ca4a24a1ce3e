// The manifest of an epoch: everything that says what the epoch was, and what it changed in state.
// One manifest is the `state` of one log::EpochCommit; the sequence of manifests since a snapshot
// is all that recovery needs (docs/formats/manifest.md). Version 2, little-endian, frozen by a
// test.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/ids.h"
#include "connect/source.h"

namespace weir::engine {

// Among a source's partitions: its dead letters that were replayed (replayed_letters.h).
constexpr PartitionId kReplayedLetters(1 << 30);

struct PartitionProgress {
  connect::Position position;         // behind the last record that the epoch took
  Micros max_event_time = INT64_MIN;  // of all accepted rows; INT64_MIN: none yet
  Micros last_active = 0;             // the clock when a row last came
  bool operator==(const PartitionProgress&) const = default;
};

struct InputProgress {
  std::map<PartitionId, PartitionProgress> partitions;
  bool finished = false;
  Micros watermark = INT64_MIN;       // published; it never goes back
  uint64_t signature = 0;             // of the source's definition: another one begins anew
  uint64_t records = 0;               // taken so far, good and bad
  uint64_t dead = 0;
  uint64_t bytes = 0;
  bool operator==(const InputProgress&) const = default;
  connect::Positions positions() const;  // of the partitions of which anything was taken
};

struct SinkProgress {
  std::string position;               // what the sink's last flush() answered
  Micros last_emit = 0;               // for `emit: every`
  bool operator==(const SinkProgress&) const = default;
};

struct ViewIdentity {
  uint64_t root_id = 0;               // flow::Graph::root_id
  Schema schema;                      // of the rows in view_changes and emitted
  bool operator==(const ViewIdentity&) const = default;
};

struct Manifest {
  Epoch epoch;
  Micros clock = 0;
  bool input_ended = false;           // the watermark is infinite from this epoch on
  std::map<std::string, InputProgress> inputs;
  std::map<std::string, SinkProgress> sinks;
  std::map<std::string, uint64_t> counters;       // late rows and dead rows of views, ...
  std::map<std::string, ViewIdentity> views;
  // Tables (by id) and views ("view:NAME") whose earlier deltas are void: what is here begins anew.
  std::vector<std::string> resets;
  std::map<std::string, std::string> table_deltas;   // table id -> state::TableBase delta
  std::map<std::string, std::string> view_changes;   // view -> encode_change()
  // What left for sinks in this epoch, where it is not view_changes: by view (emit: every, an
  // edited model), or "sink:NAME" for the first contents of a new sink.
  std::map<std::string, std::string> emitted;

  void drop_changes();  // leaves what the epoch was, without what it changed
};

std::string encode_manifest(const Manifest& manifest);
void encode_manifest(const Manifest& manifest, std::string& out);  // appended
Result<Manifest> decode_manifest(std::string_view bytes);  // kCorrupt, kNewerFormat

Error missing_frame(const std::string& pipeline, Epoch after);

// A consolidated change of a view as bytes, and back. Rows in identity encoding with their weights.
std::string encode_change(const Batch& change);
Result<Batch> decode_change(std::string_view bytes, const Schema& schema);
// The same rows as entries of a table (state/table.h) from row to weight.
Result<std::string> entries_of_change(std::string_view bytes);

}  // namespace weir::engine
