// One input of a pipeline: a source's reader and what the source's definition promises of its rows. It
// turns deliveries into deltas of the relation: event time must be there, keys of upsert sources become
// -old/+new, duplicates within `dedupe` are dropped, violators of `unique` become dead letters.
//
// Threads: the pipeline's.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/source.h"
#include "engine/keyed_relation.h"
#include "engine/manifest.h"
#include "engine/watermark.h"
#include "flow/graph.h"

namespace weir::engine {

// What one poll brought.
struct InputDelta {
  Batch batch;                                // all columns of the relation's schema, with watermarks
  std::vector<connect::DeadLetter> dead;
  uint64_t records = 0;
};

class Input {
 public:
  // `columns`: of the relation, those that anyone reads.
  static Result<std::unique_ptr<Input>> open(const connect::SourceSpec& spec,
                                             const connect::SourceContext& context,
                                             const std::vector<uint32_t>& columns,
                                             InputProgress progress,
                                             std::optional<connect::Positions> stop);

  const std::string& name() const { return spec_.definition.name; }
  const connect::SourceSpec& spec() const { return spec_; }
  // nullopt: nothing there now. Moves progress().
  Result<std::optional<InputDelta>> poll();
  const InputProgress& progress() const { return progress_; }
  bool finished() const { return progress_.finished; }
  bool caught_up();
  uint64_t backlog() { return reader_->backlog(); }

  void begin_epoch();           // remembers the watermark by which other partitions are judged
  Micros watermark();           // now; INT64_MIN: not known
  bool has_event_time() const { return event_time_column_.has_value(); }

  std::vector<flow::NamedTable> tables();   // of keys, duplicates, uniqueness
  const KeyedRelation* keyed() const { return keyed_.get(); }
  uint64_t duplicates() const { return duplicates_; }

 private:
  Input(const connect::SourceSpec& spec, InputProgress progress, Clock& clock);
  InputDelta accept(connect::Delivery delivery);
  void drop_rows_without_time(connect::Delivery& delivery, Batch& batch);
  void observe_time(PartitionId partition, Batch& batch);
  Batch widen(const Batch& batch) const;
  std::map<PartitionId, PartitionActivity> activity();

  connect::SourceSpec spec_;
  Clock& clock_;
  std::vector<uint32_t> columns_;
  std::optional<uint32_t> event_time_column_;  // in the full schema
  InputProgress progress_;
  std::unique_ptr<connect::SourceReader> reader_;
  std::unique_ptr<KeyedRelation> keyed_;       // upsert, cdc, dedupe, unique; null: plain append
  std::map<PartitionId, Micros> marks_at_start_;
  uint64_t duplicates_ = 0;
};

// Event time of a row in micros; the column is a date or a timestamp and not NULL there.
Micros event_time_at(const Column& column, uint32_t row);

}  // namespace weir::engine
