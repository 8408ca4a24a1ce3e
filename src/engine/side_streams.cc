#include "engine/side_streams.h"

#include <fmt/core.h>

#include "codec/encoder.h"
#include "data/text_form.h"

namespace weir::engine {

namespace {

constexpr std::string_view kDeadSuffix = "__dead";
constexpr std::string_view kLateSuffix = "__late";
constexpr size_t kReadBytes = 4 << 20;

std::string row_as_json(const Schema& schema, const Batch& batch, uint32_t row) {
  std::string json;
  codec::make_encoder(codec::OutputFormat::kJson, schema)->encode(batch, row, json);
  return json;
}

// Builds one row of the side schemas, value by value, NULL where there is none.
class RowWriter {
 public:
  explicit RowWriter(const Schema& schema) : builder_(schema) {}
  RowWriter& text(std::string_view v) {
    builder_.column(at_++).append_text(v);
    return *this;
  }
  RowWriter& text_or_null(std::string_view v) {
    if (!v.empty()) return text(v);
    builder_.column(at_++).append_null();
    return *this;
  }
  RowWriter& integer(int64_t v) {
    builder_.column(at_++).append(v);
    return *this;
  }
  RowWriter& small(int32_t v) {
    builder_.column(at_++).append(v);
    return *this;
  }
  RowWriter& time_or_null(std::optional<Micros> v) {
    if (v) return integer(*v);
    builder_.column(at_++).append_null();
    return *this;
  }
  Batch finish() {
    builder_.end_row();
    return builder_.finish();
  }

 private:
  BatchBuilder builder_;
  size_t at_ = 0;
};

std::optional<Micros> known(Micros watermark) {
  if (watermark == flow::kNoWatermark) return std::nullopt;
  return watermark;
}

}  // namespace

Schema dead_schema() {
  return {{{"id", TypeId::kText},
           {"at", TypeId::kTimestamptz},
           {"source", TypeId::kText},
           {"partition", TypeId::kInt4},
           {"position", TypeId::kText},
           {"stage", TypeId::kText},
           {"sqlstate", TypeId::kText},
           {"column", TypeId::kText},
           {"reason", TypeId::kText},
           {"raw", TypeId::kBytea},
           {"row", TypeId::kJsonb},
           {"former", TypeId::kText}}};
}

Schema late_schema() {
  return {{{"at", TypeId::kTimestamptz},
           {"op", TypeId::kText},
           {"input", TypeId::kText},
           {"row", TypeId::kJsonb},
           {"event_time", TypeId::kTimestamptz},
           {"window_start", TypeId::kTimestamptz},
           {"window_end", TypeId::kTimestamptz},
           {"watermark", TypeId::kTimestamptz},
           {"reason", TypeId::kText}}};
}

std::optional<SideName> parse_side_name(const std::string& name) {
  if (name.ends_with(kDeadSuffix)) {
    return SideName{name.substr(0, name.size() - kDeadSuffix.size()), SideKind::kDead};
  }
  if (name.ends_with(kLateSuffix)) {
    return SideName{name.substr(0, name.size() - kLateSuffix.size()), SideKind::kLate};
  }
  return std::nullopt;
}

std::string side_topic(const std::string& prefix, const std::string& relation, SideKind kind) {
  return fmt::format("{}.{}.{}", prefix, kind == SideKind::kDead ? "dead" : "late", relation);
}

std::string SideStreams::topic(const std::string& relation, SideKind kind) const {
  return side_topic(prefix_, relation, kind);
}

void SideStreams::begin(Epoch epoch, Micros now) {
  epoch_ = epoch;
  now_ = now;
  next_ = 0;
}

std::string SideStreams::next_id() { return fmt::format("{}-{}", epoch_.value, next_++); }

void SideStreams::add(const std::string& relation, SideKind kind, const Batch& row) {
  log::Record record;
  const Schema schema = kind == SideKind::kDead ? dead_schema() : late_schema();
  record.value = row_as_json(schema, row, 0);
  record.timestamp = now_;
  records_[{relation, kind}].push_back(std::move(record));
}

bool SideStreams::fails(const std::string& relation, const std::string& reason,
                        const std::string& row) {
  if (!failing_.count(relation)) return false;
  if (!failure_) {
    failure_ =
        Error(ErrorKind::kInvalidData, 1456,
              fmt::format("a row of \"{}\" is bad: {}", relation, reason))
            .detail(fmt::format("The row is {}. It says on_error: fail.", row.substr(0, 500)))
            .hint("correct the row, or let it become a dead letter (on_error: dead_letter)");
  }
  return true;
}

void SideStreams::dead_letter(const std::string& source, const connect::DeadLetter& letter) {
  if (fails(source, letter.reason, letter.raw)) return;
  add(source, SideKind::kDead,
      RowWriter(dead_schema())
          .text(next_id())
          .integer(now_)
          .text(source)
          .small(letter.partition.value)
          .text_or_null(letter.position)
          .text(letter.stage)
          .text_or_null(letter.sqlstate)
          .text_or_null(letter.column)
          .text(letter.reason)
          .text(letter.raw)
          .text_or_null("")
          .text_or_null(letter.former)
          .finish());
}

void SideStreams::dead(const std::string& view, const Schema& schema, const Batch& batch,
                       const RowError& error) {
  // A retraction of a row that was refused is refused too, and is no second dead letter.
  if (batch.weight(error.row) < 0) return;
  const std::string json = row_as_json(schema, batch, error.row);
  if (fails(view, error.message, json)) return;
  add(view, SideKind::kDead,
      RowWriter(dead_schema())
          .text(next_id())
          .integer(now_)
          .text(view)
          .small(0)
          .text_or_null("")
          .text("expression")
          .text(error.sqlstate)
          .text_or_null("")
          .text(error.message)
          .text(json)
          .text(json)
          .text_or_null("")
          .finish());
}

void SideStreams::late(const std::string& view, const Schema& schema, flow::LateRow row) {
  add(view, SideKind::kLate,
      RowWriter(late_schema())
          .integer(now_)
          .text(row.weight < 0 ? "delete" : "insert")
          .text_or_null(row.input)
          .text(row_as_json(schema, row.row, 0))
          .time_or_null(row.event_time)
          .time_or_null(row.window_start)
          .time_or_null(row.window_end)
          .time_or_null(known(row.watermark))
          .text(row.reason)
          .finish());
}

std::vector<log::TopicAppend> SideStreams::take(std::map<std::string, uint64_t>* counts) {
  std::vector<log::TopicAppend> appends;
  for (auto& [to, records] : records_) {
    const auto& [relation, kind] = to;
    (*counts)[relation + std::string(kind == SideKind::kDead ? kDeadSuffix : kLateSuffix)] +=
        records.size();
    appends.push_back({topic(relation, kind), PartitionId(0), std::move(records)});
  }
  records_.clear();
  return appends;
}

Result<std::vector<Batch>> read_side_stream(log::Log& log, const std::string& topic,
                                            SideKind kind, uint64_t max_bytes) {
  const Schema schema = kind == SideKind::kDead ? dead_schema() : late_schema();
  codec::DecoderOptions options;
  for (const Field& field : schema.fields) options.columns.push_back({field, "", {}, {}, {}});
  const auto decoder = TRY(codec::make_decoder(options));
  std::vector<Batch> batches;
  uint64_t bytes = 0;
  Offset at = TRY(log.start_offset(topic, PartitionId(0)));
  while (true) {
    const log::ReadBatch read = TRY(log.read(topic, PartitionId(0), at, kReadBytes));
    if (read.records.empty()) return batches;
    std::vector<std::string_view> values;
    for (const log::StoredRecord& record : read.records) {
      if (!record.value) continue;
      values.push_back(*record.value);
      bytes += record.value->size();
    }
    if (bytes > max_bytes) {
      return Error(ErrorKind::kOutOfMemory, 1460,
                   fmt::format("{} has more than {} MiB of rows", topic, max_bytes >> 20))
          .detail("A query reads them all; it may take half of the memory that the project has.")
          .hint("raise `memory` in the environment, or read the topic with another tool")
          .sqlstate("53200");
    }
    codec::Decoded decoded = decoder->decode_records(values);
    if (!decoded.dead.empty()) {
      return Error(ErrorKind::kCorrupt, 1445,
                   fmt::format("a record of {} cannot be read: {}", topic, decoded.dead[0].reason));
    }
    batches.push_back(std::move(decoded.batch));
    at = read.next;
  }
}

}  // namespace weir::engine
