// Lateness is judged row by row: a row meets the marks that the other partitions had when the epoch
// began, and the mark of its own partition just before it. So within a partition the judgement
// depends on the order of its rows alone, not on how they were cut into epochs (decisions 19, 20).
#include "engine/input.h"

#include <set>

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "codec/encoder.h"
#include "data/time_zone.h"
#include "data/type_detail.h"
#include "data/zone_table.h"

namespace weir::engine {

namespace {

constexpr Micros kNoTime = INT64_MIN;

std::vector<uint32_t> needed_columns(const catalog::StreamDefinition& definition,
                                     const std::vector<uint32_t>& read) {
  const bool all = definition.mode != catalog::SourceMode::kAppend;
  std::vector<bool> needed(definition.schema.size(), all);
  for (const uint32_t column : read) needed[column] = true;
  const auto need = [&](const std::string& name) {
    const int at = definition.schema.find(name);
    if (at >= 0) needed[static_cast<size_t>(at)] = true;
  };
  need(definition.event_time);
  for (const auto& names : definition.unique) {
    for (const std::string& name : names) need(name);
  }
  if (definition.dedupe) {
    for (const std::string& name : definition.dedupe->key) need(name);
  }
  std::vector<uint32_t> columns;
  for (uint32_t i = 0; i < needed.size(); ++i) {
    if (needed[i]) columns.push_back(i);
  }
  return columns;
}

// The position of the replayed letters, out of the connector's.
std::optional<connect::Position> take_letters(connect::Positions& positions) {
  const auto it = positions.find(kReplayedLetters);
  if (it == positions.end()) return std::nullopt;
  std::optional<connect::Position> position = std::move(it->second);
  positions.erase(it);
  return position;
}

bool is_pacing(std::string_view option) {
  return option == "rate" || option == "speed" || option == "follow" || option == "interval" ||
         option == "idempotency_window" || option == "idempotency_keys";
}

// How bytes become rows. A column more is no other source to those who do not read it; but what is
// kept of keys holds their types, and where it is the newest row of each, all columns.
void write_decoding(ByteWriter& w, const connect::SourceSpec& spec) {
  const codec::DecoderOptions& decoder = spec.decoder;
  const catalog::StreamDefinition& d = spec.definition;
  w.le(static_cast<uint8_t>(decoder.on_bad_value));
  w.le(decoder.csv_delimiter);
  w.le(decoder.csv_quote);
  w.le<uint8_t>(decoder.csv_header);
  w.string(decoder.csv_null);
  std::set<std::string> kept;
  for (const auto& names : d.unique) kept.insert(names.begin(), names.end());
  if (d.dedupe) kept.insert(d.dedupe->key.begin(), d.dedupe->key.end());
  for (const codec::DecodeColumn& column : decoder.columns) {
    const bool whole = d.mode != catalog::SourceMode::kAppend || kept.count(column.field.name) > 0;
    const bool special = !column.path.empty() || column.epoch_unit ||
                         column.zone_offset_seconds || column.zone;
    if (!whole && !special) continue;
    w.string(column.field.name);
    write_type(w, column.field.type);
    w.string(column.path);
    w.le(column.epoch_unit.value_or(0));
    w.le(column.zone_offset_seconds.value_or(INT32_MIN));
    // Another version of the zone data may read other instants.
    if (column.zone) w.string(column.zone->name() + " " + std::string(zone_version()));
  }
}

}  // namespace

uint64_t Input::signature(const connect::SourceSpec& spec) {
  std::string bytes;
  ByteWriter w(bytes);
  const catalog::StreamDefinition& d = spec.definition;
  w.string(spec.connector);
  for (const auto& [name, value] : spec.options) {
    if (is_pacing(name)) continue;
    w.string(name);
    w.string(value);
  }
  w.le(static_cast<uint8_t>(spec.decoder.format));
  if (!spec.decoder.reader_schema.empty()) w.string(spec.decoder.reader_schema);
  for (const codec::NamedSchema& import : spec.decoder.imports) w.string(import.text);
  if (!spec.decoder.message.empty()) w.string(spec.decoder.message);
  w.le(static_cast<uint8_t>(d.mode));
  const auto names = [&](const std::vector<std::string>& list) {
    w.varint(list.size());
    for (const std::string& name : list) w.string(name);
  };
  names(d.key);
  w.string(d.operation);
  w.string(d.event_time);
  w.varint(d.unique.size());
  for (const auto& list : d.unique) names(list);
  if (d.dedupe) {
    names(d.dedupe->key);
    w.le(d.dedupe->within);
  }
  write_decoding(w, spec);
  return hash64(bytes);
}

Result<std::unique_ptr<Input>> Input::open(const connect::SourceSpec& spec,
                                           const connect::SourceContext& context,
                                           InputOptions options) {
  connect::ReaderOptions reader;
  LetterRange letters{options.began, {}, {}, {}};
  reader.start = options.progress.positions();
  letters.start = take_letters(reader.start);
  if ((reader.stop = options.stop)) {
    letters.stop = take_letters(*reader.stop).value_or("");
    reader.refused = TRY(refused_records(context, spec.definition.name, options.began));
    letters.refused = reader.refused;
  }
  std::unique_ptr<Input> input(new Input(spec, std::move(options), context.clock));
  reader.columns = input->columns_;
  input->letters_ = TRY(ReplayedLetters::open(spec, context, reader.columns, letters));
  input->reader_ = TRY(connect::open_source(spec, context, reader));
  return input;
}

Input::Input(const connect::SourceSpec& spec, InputOptions options, Clock& clock)
    : spec_(spec),
      clock_(clock),
      columns_(needed_columns(spec.definition, options.columns)),
      progress_(std::move(options.progress)),
      keyed_(KeyedRelation::make(spec.definition)) {
  progress_.signature = signature(spec);
  const int at = spec_.definition.schema.find(spec_.definition.event_time);
  if (!spec_.definition.event_time.empty() && at >= 0) {
    event_time_column_ = static_cast<uint32_t>(at);
  }
}

std::map<PartitionId, PartitionActivity> Input::activity() {
  std::map<PartitionId, PartitionActivity> activity;
  for (const auto& [partition, progress] : progress_.partitions) {
    if (partition == kReplayedLetters) continue;
    activity[partition].caught_up = reader_->caught_up(partition);
  }
  return activity;
}

bool Input::caught_up() {
  const std::vector<PartitionId> partitions = reader_->partitions();
  return std::all_of(partitions.begin(), partitions.end(),
                     [&](PartitionId partition) { return reader_->caught_up(partition); });
}

Micros Input::mark() {
  if (!event_time_column_) return kNoTime;
  return std::max(progress_.watermark,
                  input_mark(spec_.definition, progress_, activity(), clock_.now()));
}

void Input::begin_epoch() {
  for (const PartitionId partition : reader_->partitions()) {
    progress_.partitions.try_emplace(partition,
                                     PartitionProgress{{}, kNoTime, clock_.now()});
  }
  if (!event_time_column_) return;
  others_.clear();
  const auto active = activity();
  for (const auto& [partition, progress] : progress_.partitions) {
    InputProgress others = progress_;
    others.partitions.erase(partition);
    others.partitions.erase(kReplayedLetters);
    others_[partition] = others.partitions.empty()
                             ? INT64_MAX
                             : input_mark(spec_.definition, others, active, clock_.now());
  }
}

Result<std::optional<InputDelta>> Input::poll() {
  std::optional<connect::Delivery> delivery;
  if (!progress_.finished) {
    delivery = TRY(reader_->poll());
    if (!delivery) progress_.finished = reader_->finished();
  }
  if (!delivery) delivery = TRY(letters_->poll());
  if (!delivery) return std::optional<InputDelta>();
  return std::optional<InputDelta>(accept(std::move(*delivery)));
}

InputDelta Input::accept(connect::Delivery delivery) {
  InputDelta delta;
  delta.dead = std::move(delivery.dead);
  Batch batch = widen(delivery.batch);
  if (event_time_column_ && spec_.definition.mode == catalog::SourceMode::kAppend) {
    batch = drop_rows_without_time(delivery, std::move(batch), delta.dead);
  }
  if (event_time_column_) observe_time(delivery.partition, batch);
  PartitionProgress& progress = progress_.partitions[delivery.partition];
  progress.position = std::move(delivery.next);
  progress.last_active = clock_.now();
  if (keyed_) {
    KeyedRelation::Outcome outcome = keyed_->apply(batch, clock_.now(), progress_.watermark);
    for (const auto& refusal : outcome.refused) refuse(delivery, batch, refusal, delta.dead);
    duplicates_ += outcome.duplicates;
    batch = std::move(outcome.delta);
  }
  progress_.records += delivery.records;
  progress_.bytes += delivery.bytes;
  progress_.dead += delta.dead.size();
  for (connect::DeadLetter& letter : delta.dead) letter.former = delivery.former;
  delta.batch = std::move(batch);
  return delta;
}

void Input::refuse(const connect::Delivery& delivery, const Batch& batch,
                   const KeyedRelation::Refusal& refusal,
                   std::vector<connect::DeadLetter>& dead) const {
  connect::DeadLetter letter;
  letter.partition = delivery.partition;
  const auto progress = progress_.partitions.find(delivery.partition);
  if (progress != progress_.partitions.end()) {
    letter.position = fmt::format("behind {}", progress->second.position);
  }
  letter.stage = "contract";
  letter.sqlstate = refusal.sqlstate;
  letter.column = refusal.column;
  letter.reason = refusal.reason;
  codec::make_encoder(codec::OutputFormat::kJson, spec_.definition.schema)
      ->encode(batch, refusal.row, letter.raw);
  dead.push_back(std::move(letter));
}

Batch Input::drop_rows_without_time(const connect::Delivery& delivery, Batch batch,
                                    std::vector<connect::DeadLetter>& dead) {
  const Column& times = *batch.columns[*event_time_column_];
  if (!times.may_have_nulls()) return batch;
  std::vector<uint32_t> good;
  for (uint32_t row = 0; row < batch.rows; ++row) {
    if (!times.is_null(row)) {
      good.push_back(row);
    } else {
      refuse(delivery, batch, {row, "23502", spec_.definition.event_time, "the event time is null"},
             dead);
    }
  }
  return good.size() == batch.rows ? std::move(batch) : gather(batch, good);
}

void Input::observe_time(PartitionId partition, Batch& batch) {
  PartitionProgress& progress = progress_.partitions[partition];
  const auto it = others_.find(partition);
  const Micros others = it == others_.end() ? progress_.watermark : it->second;
  const Column& times = *batch.columns[*event_time_column_];
  const bool judged =
      spec_.definition.mode == catalog::SourceMode::kAppend || spec_.definition.dedupe;
  ColumnBuilder marks = ColumnBuilder::sized(TypeId::kInt8, judged ? batch.rows : 0);
  int64_t* out = marks.mutable_values<int64_t>();
  for (uint32_t row = 0; row < batch.rows; ++row) {
    if (judged) {
      const Micros own = progress.max_event_time == kNoTime
                             ? kNoTime
                             : progress.max_event_time - spec_.definition.lateness;
      out[row] = std::max(progress_.watermark, std::min(others, own));
    }
    if (times.is_null(row)) continue;
    const Micros time = event_time_at(times, row);
    if (time == INT64_MAX || time == kNoTime) continue;  // an infinity says nothing about progress
    if (partition == kReplayedLetters) continue;
    progress.max_event_time = std::max(progress.max_event_time, time);
  }
  if (judged) batch.watermarks = marks.finish();
}

Batch Input::widen(const Batch& batch) const {
  Batch out;
  out.rows = batch.rows;
  out.weights = batch.weights;
  const Schema& schema = spec_.definition.schema;
  out.columns.resize(schema.size());
  for (size_t i = 0; i < columns_.size(); ++i) out.columns[columns_[i]] = batch.columns[i];
  for (size_t i = 0; i < schema.size(); ++i) {
    if (!out.columns[i]) out.columns[i] = Column::nulls(schema.fields[i].type, batch.rows);
  }
  return out;
}

std::vector<flow::NamedTable> Input::tables() {
  return keyed_ ? keyed_->tables() : std::vector<flow::NamedTable>();
}

}  // namespace weir::engine
