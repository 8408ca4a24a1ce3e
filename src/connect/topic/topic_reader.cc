#include "connect/topic/topic_reader.h"

#include <fmt/core.h>

#include "base/hash.h"
#include "base/log.h"
#include "connect/logged_input.h"
#include "connect/options.h"
#include "connect/position.h"
#include "connect/readers.h"

namespace weir::connect {

namespace {

constexpr size_t kReadBytes = 1 << 20;

// Records that were read and not handed out yet (a read gives whole batches of any size).
struct Partition {
  Offset next;
  std::optional<Offset> stop;
  log::ReadBatch read;
  size_t at = 0;
};

class TopicReader final : public SourceReader {
 public:
  TopicReader(log::Log& log, TopicSettings settings, const ReaderOptions& options,
              std::unique_ptr<codec::Decoder> decoder)
      : log_(log),
        settings_(std::move(settings)),
        max_rows_(options.max_rows),
        refused_(options.refused),
        decoder_(std::move(decoder)) {}

  Status start(const ReaderOptions& options);
  Result<std::optional<Delivery>> poll() override;
  std::vector<PartitionId> partitions() override {
    std::vector<PartitionId> out;
    for (const auto& [id, partition] : partitions_) out.push_back(id);
    return out;
  }
  bool finished() override {
    for (const auto& [id, partition] : partitions_) {
      if (!partition.stop || partition.next < *partition.stop) return false;
    }
    return true;
  }
  bool caught_up(PartitionId id) override {
    const auto it = partitions_.find(id);
    return it == partitions_.end() || left(id, it->second) == 0;
  }
  uint64_t backlog() override {
    uint64_t records = 0;
    for (const auto& [id, partition] : partitions_) records += left(id, partition);
    return records;
  }

 private:
  uint64_t left(PartitionId id, const Partition& partition) {
    Offset end = partition.next;
    if (partition.stop) {
      end = *partition.stop;
    } else if (const auto known = log_.end_offset(settings_.topic, id)) {
      end = *known;
    }
    return end > partition.next ? static_cast<uint64_t>(end.value - partition.next.value) : 0;
  }
  Result<std::optional<Delivery>> poll_partition(PartitionId id, Partition& partition);
  Status read_on(PartitionId id, Partition& partition);
  Result<bool> prepared(const std::vector<const log::StoredRecord*>& records);
  Delivery decode(PartitionId id, const std::vector<const log::StoredRecord*>& records);
  void put_keys(Batch& batch, const std::vector<const log::StoredRecord*>& records,
                const std::vector<size_t>& record_of_row);

  log::Log& log_;
  TopicSettings settings_;
  bool is_refused(PartitionId id, const log::StoredRecord& record) const;

  uint32_t max_rows_;
  std::shared_ptr<const RefusedRecords> refused_;
  std::unique_ptr<codec::Decoder> decoder_;
  std::map<PartitionId, Partition> partitions_;
  PartitionId last_{-1};
  bool waits_ = false;  // for what decoding needs from outside; said once
};

Result<Offset> offset_of(const Position& position) {
  return Offset(TRY(TRY(PositionReader::parse(position)).integer("offset")));
}

Status TopicReader::start(const ReaderOptions& options) {
  const log::TopicConfig config = TRY(log_.topic_config(settings_.topic));
  for (int32_t p = 0; p < config.partitions; ++p) {
    const PartitionId id(p);
    Partition& partition = partitions_[id];
    const auto it = options.start.find(id);
    if (it != options.start.end()) {
      partition.next = TRY(offset_of(it->second));
    } else if (settings_.from_end && !options.stop) {
      partition.next = TRY(log_.end_offset(settings_.topic, id));
    } else {
      partition.next = TRY(log_.start_offset(settings_.topic, id));
    }
    if (!options.stop) continue;
    const auto stop = options.stop->find(id);
    partition.stop = stop == options.stop->end() ? partition.next : TRY(offset_of(stop->second));
  }
  return {};
}

Result<std::optional<Delivery>> TopicReader::poll() {
  auto it = partitions_.upper_bound(last_);
  for (size_t n = 0; n < partitions_.size(); ++n, ++it) {
    if (it == partitions_.end()) it = partitions_.begin();
    auto delivery = TRY(poll_partition(it->first, it->second));
    if (!delivery) continue;
    last_ = it->first;
    return delivery;
  }
  return std::nullopt;
}

Status TopicReader::read_on(PartitionId id, Partition& partition) {
  // What comes for ever is not waited for: the other partitions have something meanwhile.
  auto read = partition.stop ? log_.read(settings_.topic, id, partition.next, kReadBytes)
                             : log_.poll(settings_.topic, id, partition.next, kReadBytes);
  if (!read && read.error().kind() == ErrorKind::kNotFound) {
    // Retention took what was not read yet: said aloud, then read from what is there.
    const Offset start = TRY(log_.start_offset(settings_.topic, id));
    if (start <= partition.next) return std::move(read).error();
    log_error("records were removed by retention before they were read",
              {{"topic", settings_.topic}, {"partition", id.value},
               {"from", partition.next.value}, {"to", start.value}});
    partition.next = start;
    read = log_.read(settings_.topic, id, partition.next, kReadBytes);
  }
  partition.read = TRY(std::move(read));
  partition.at = 0;
  return {};
}

Result<std::optional<Delivery>> TopicReader::poll_partition(PartitionId id, Partition& partition) {
  if (partition.stop && partition.next >= *partition.stop) return std::nullopt;
  if (partition.at >= partition.read.records.size()) TRY_VOID(read_on(id, partition));
  std::vector<const log::StoredRecord*> records;
  const Offset before = partition.next;
  const size_t before_at = partition.at;
  while (partition.at < partition.read.records.size() && records.size() < max_rows_) {
    const log::StoredRecord& record = partition.read.records[partition.at];
    if (partition.stop && record.offset >= *partition.stop) break;
    ++partition.at;
    if (record.offset < before) continue;  // of a batch that began before the position
    records.push_back(&record);
    partition.next = Offset(record.offset.value + 1);
  }
  const bool all = partition.at >= partition.read.records.size();
  if (all && partition.read.next > partition.next) partition.next = partition.read.next;
  if (partition.stop && partition.next > *partition.stop) partition.next = *partition.stop;
  if (partition.stop && !all && records.empty()) partition.next = *partition.stop;  // a gap
  if (records.empty()) return std::nullopt;
  if (!TRY(prepared(records))) {
    partition.next = before;
    partition.at = before_at;
    return std::nullopt;
  }
  Delivery out = decode(id, records);
  out.next = PositionWriter().add("offset", partition.next.value).finish();
  return out;
}

// False: what the records need from outside cannot be had now; they are read again later.
Result<bool> TopicReader::prepared(const std::vector<const log::StoredRecord*>& records) {
  std::vector<std::string_view> values;
  for (const log::StoredRecord* record : records) {
    if (record->value) values.push_back(*record->value);
  }
  const Status ready = decoder_->prepare(values);
  if (ready) {
    waits_ = false;
    return true;
  }
  if (ready.error().kind() != ErrorKind::kUnavailable) return ready.error();
  if (!waits_) {
    log_warn("records wait for their schema, trying again",
             {{"topic", settings_.topic}, {"error", ready.error().to_string()}});
  }
  waits_ = true;
  return false;
}

bool TopicReader::is_refused(PartitionId id, const log::StoredRecord& record) const {
  if (!refused_ || !record.value) return false;
  const auto it = refused_->find({id, fmt::format("offset {}", record.offset.value)});
  return it != refused_->end() && it->second.size <= record.value->size() &&
         hash64(record.value->substr(0, it->second.size)) == it->second.hash;
}

void TopicReader::put_keys(Batch& batch, const std::vector<const log::StoredRecord*>& records,
                           const std::vector<size_t>& record_of_row) {
  if (!settings_.key_column) return;
  ColumnPtr& column = batch.columns[*settings_.key_column];
  ColumnBuilder builder(column->type());
  for (const size_t record : record_of_row) {
    if (records[record]->key) {
      builder.append_text(*records[record]->key);
    } else {
      builder.append_null();
    }
  }
  column = builder.finish();
}

Delivery TopicReader::decode(PartitionId id, const std::vector<const log::StoredRecord*>& records) {
  Delivery out;
  out.partition = id;
  out.records = records.size();
  std::vector<std::string_view> values;
  std::vector<size_t> record_of_value;
  // A delete is shown to the decoder as an empty record, and gets its key and operation afterwards.
  const bool takes_deletes = settings_.operation_column && settings_.key_column;
  for (size_t i = 0; i < records.size(); ++i) {
    if (!records[i]->value && !takes_deletes) continue;
    if (is_refused(id, *records[i])) continue;
    values.push_back(records[i]->value ? *records[i]->value : codec::Decoder::kEmptyRecord);
    record_of_value.push_back(i);
    out.bytes += values.back().size();
  }
  codec::Decoded decoded = decoder_->decode_records(values);
  out.batch = std::move(decoded.batch);
  std::vector<size_t> record_of_row;
  for (uint32_t row = 0; row < out.batch.rows; ++row) {
    const size_t value = decoded.record_of_row.empty() ? row : decoded.record_of_row[row];
    record_of_row.push_back(record_of_value[value]);
  }
  put_keys(out.batch, records, record_of_row);
  if (takes_deletes) {
    ColumnPtr& column = out.batch.columns[*settings_.operation_column];
    ColumnBuilder builder(column->type());
    for (uint32_t row = 0; row < out.batch.rows; ++row) {
      if (records[record_of_row[row]]->value) {
        builder.append_from(*column, row);
      } else {
        builder.append_text("delete");
      }
    }
    column = builder.finish();
  }
  for (codec::DeadRow& dead : decoded.dead) {
    const log::StoredRecord& record = *records[record_of_value[dead.index]];
    out.dead.push_back({id, fmt::format("offset {}", record.offset.value), "decode",
                        std::move(dead.sqlstate), std::move(dead.column), std::move(dead.reason),
                        std::move(dead.raw)});
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<SourceReader>> make_topic_reader(log::Log& log, TopicSettings settings,
                                                        const ReaderOptions& options) {
  auto decoder = TRY(codec::make_decoder(settings.decoder));
  auto reader =
      std::make_unique<TopicReader>(log, std::move(settings), options, std::move(decoder));
  TRY_VOID(reader->start(options));
  return std::unique_ptr<SourceReader>(std::move(reader));
}

namespace {
Result<log::Log*> log_of(const SourceSpec& spec, const SourceContext& context) {
  if (context.log) return context.log;
  return Error(ErrorKind::kInternal, 1517,
               fmt::format("source {} needs a log and none is open", spec.definition.name));
}

std::optional<uint32_t> place_of(const SourceSpec& spec, const std::vector<uint32_t>& columns,
                                 const std::string& name) {
  for (uint32_t i = 0; i < columns.size(); ++i) {
    if (!name.empty() && spec.definition.schema.fields[columns[i]].name == name) return i;
  }
  return std::nullopt;
}
}  // namespace

ReaderResult open_topic_source(const SourceSpec& spec, const SourceContext& context,
                               const ReaderOptions& options) {
  log::Log* log = TRY(log_of(spec, context));
  const Options values(spec.options, "source " + spec.definition.name);
  if (!values.has("topic")) return values.missing("topic");
  TopicSettings settings;
  settings.topic = values.text("topic");
  settings.decoder = decoder_for(spec, options.columns);
  settings.decoder.csv_header = false;
  settings.key_column = place_of(spec, options.columns, values.text("key_column"));
  if (settings.key_column) {
    const Type type = spec.definition.schema.fields[options.columns[*settings.key_column]].type;
    if (!type.is_string()) return values.wrong("key_column", "a column of type text");
    settings.operation_column = place_of(spec, options.columns, spec.definition.operation);
  }
  const std::string from = values.text("from", "start");
  if (from != "start" && from != "end") return values.wrong("from", "start or end");
  settings.from_end = from == "end";
  auto reader = make_topic_reader(*log, std::move(settings), options);
  if (!reader && reader.error().kind() == ErrorKind::kNotFound) {
    return Error(ErrorKind::kNotFound, 1518,
                 fmt::format("source {} reads the topic {}, which does not exist",
                             spec.definition.name, values.text("topic")))
        .caused_by(std::move(reader).error());
  }
  return reader;
}

ReaderResult open_logged_source(const SourceSpec& spec, const SourceContext& context,
                                const ReaderOptions& options) {
  log::Log* log = TRY(log_of(spec, context));
  const LoggedInput input =
      TRY(LoggedInput::open(*log, context.internal_topic_prefix, spec.definition));
  SourceSpec own = spec;  // CSV rows were turned into objects when they were taken in
  if (own.decoder.format == codec::Format::kCsv) own.decoder.format = codec::Format::kJson;
  TopicSettings settings;
  settings.topic = input.topic();
  settings.decoder = decoder_for(own, options.columns);
  return make_topic_reader(*log, std::move(settings), options);
}

}  // namespace weir::connect
