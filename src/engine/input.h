// One input of a pipeline: a source's reader and what the source's definition promises of its rows.
// It turns deliveries into deltas of the relation: event time must be there, keys of upsert sources
// become -old/+new, duplicates within `dedupe` are dropped, violators of `unique` become dead
// letters.
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
#include "engine/replayed_letters.h"
#include "engine/watermark.h"
#include "flow/graph.h"

namespace weir::engine {

// What one poll brought.
struct InputDelta {
  Batch batch;  // all columns of the relation's schema, with watermarks
  std::vector<connect::DeadLetter> dead;
};

struct InputOptions {
  std::vector<uint32_t> columns;              // of the relation, those that anyone reads
  InputProgress progress;                     // where to go on
  std::optional<connect::Positions> stop;     // where to end (a replay)
  Epoch began;                                // the source did, anew, with this epoch
};

class Input {
 public:
  static Result<std::unique_ptr<Input>> open(const connect::SourceSpec& spec,
                                             const connect::SourceContext& context,
                                             InputOptions options);

  const std::string& name() const { return spec_.definition.name; }
  const connect::SourceSpec& spec() const { return spec_; }
  // nullopt: nothing there now. Moves progress().
  Result<std::optional<InputDelta>> poll();
  const InputProgress& progress() const { return progress_; }
  // Of a bounded source: a letter may still be replayed. Where it is read up to a stop, they count.
  bool finished() const { return progress_.finished && !letters_->owes(); }
  void look_for_letters() { letters_->look(); }
  bool caught_up();
  uint64_t backlog() { return reader_->backlog(); }

  void begin_epoch();   // remembers the marks by which rows are judged
  Micros mark();        // the watermark as of now; INT64_MIN: not known
  void keep_mark() { progress_.watermark = mark(); }  // it never goes back behind this
  bool has_event_time() const { return event_time_column_.has_value(); }

  std::vector<flow::NamedTable> tables();   // of keys, duplicates, uniqueness
  uint64_t duplicates() const { return duplicates_; }

  // What of the definition decides which rows the source has: another one begins anew.
  static uint64_t signature(const connect::SourceSpec& spec);

 private:
  Input(const connect::SourceSpec& spec, InputOptions options, Clock& clock);
  InputDelta accept(connect::Delivery delivery);
  Batch drop_rows_without_time(const connect::Delivery& delivery, Batch batch,
                               std::vector<connect::DeadLetter>& dead);
  void observe_time(PartitionId partition, Batch& batch);
  Batch widen(const Batch& batch) const;
  void refuse(const connect::Delivery& delivery, const Batch& batch,
              const KeyedRelation::Refusal& refusal, std::vector<connect::DeadLetter>& dead) const;
  std::map<PartitionId, PartitionActivity> activity();

  connect::SourceSpec spec_;
  Clock& clock_;
  std::vector<uint32_t> columns_;
  std::optional<uint32_t> event_time_column_;  // in the full schema
  InputProgress progress_;
  std::unique_ptr<connect::SourceReader> reader_;
  std::unique_ptr<ReplayedLetters> letters_;
  std::unique_ptr<KeyedRelation> keyed_;       // upsert, cdc, dedupe, unique; null: plain append
  std::map<PartitionId, Micros> others_;  // the least mark of the other partitions, per partition
  uint64_t duplicates_ = 0;
};

}  // namespace weir::engine
