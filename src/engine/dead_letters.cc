#include "engine/dead_letters.h"

#include <deque>

#include <fmt/core.h>

#include "codec/decoder.h"
#include "engine/replayed_letters.h"

namespace weir::engine {

namespace {

constexpr size_t kReadBytes = 1 << 20;
constexpr size_t kAppendBytes = 4 << 20;
constexpr size_t kReasons = 3;
constexpr size_t kMostReasons = 10'000;  // that are told apart
constexpr size_t kCutAt = 64 << 10;      // where decoders cut the raw bytes of a record

std::string text_at(const Batch& batch, const Schema& schema, const char* column, uint32_t row) {
  const Column& values = *batch.columns[static_cast<size_t>(schema.find(column))];
  return values.is_null(row) ? std::string() : std::string(values.text(row));
}

Letter letter_at(const Batch& batch, uint32_t row, SideKind kind) {
  const Schema schema = kind == SideKind::kDead ? dead_schema() : late_schema();
  Letter letter;
  letter.at = batch.columns[static_cast<size_t>(schema.find("at"))]->value<int64_t>(row);
  letter.reason = text_at(batch, schema, "reason", row);
  if (kind == SideKind::kLate) {
    letter.stage = "late";
    letter.raw = text_at(batch, schema, "row", row);
    return letter;
  }
  letter.id = text_at(batch, schema, "id", row);
  letter.partition =
      batch.columns[static_cast<size_t>(schema.find("partition"))]->value<int32_t>(row);
  letter.position = text_at(batch, schema, "position", row);
  letter.stage = text_at(batch, schema, "stage", row);
  letter.sqlstate = text_at(batch, schema, "sqlstate", row);
  letter.column = text_at(batch, schema, "column", row);
  letter.raw = text_at(batch, schema, "raw", row);
  letter.former = text_at(batch, schema, "former", row);
  return letter;
}

log::Record verdict_record(const Letter& letter, LetterState verdict) {
  log::Record record;
  record.key = letter.id;
  if (verdict == LetterState::kReplayed) record.value = letter.raw;
  record.timestamp = letter.at;
  record.headers = {{std::string(kLetterHeader), letter.id},
                    {std::string(kStageHeader), letter.stage}};
  return record;
}

}  // namespace

std::string_view to_text(LetterState state) {
  switch (state) {
    case LetterState::kWaiting: return "waiting";
    case LetterState::kReplayed: return "replayed";
    case LetterState::kDropped: return "dropped";
    case LetterState::kReadAgain: return "read again";
  }
  return "";
}

bool LetterFilter::takes(const Letter& letter) const {
  if (number && letter.number != *number) return false;
  if (since && letter.at < *since) return false;
  return reason.empty() || letter.reason.find(reason) != std::string::npos;
}

uint64_t LetterSummary::waiting() const {
  const auto it = counts.find(LetterState::kWaiting);
  return it == counts.end() ? 0 : it->second;
}

Status scan_letters(log::Log& log, const std::string& prefix, const SideName& name,
                    const std::function<Status(Letter)>& on_letter) {
  const std::string topic = side_topic(prefix, name.relation, name.kind);
  if (!TRY(log.has_topic(topic))) return {};
  codec::DecoderOptions options;
  const Schema schema = name.kind == SideKind::kDead ? dead_schema() : late_schema();
  for (const Field& field : schema.fields) options.columns.push_back({field, "", {}, {}, {}});
  const auto decoder = TRY(codec::make_decoder(options));
  Offset at = TRY(log.start_offset(topic, PartitionId(0)));
  while (true) {
    const log::ReadBatch read = TRY(log.read(topic, PartitionId(0), at, kReadBytes));
    if (read.records.empty()) return {};
    std::vector<std::string_view> values;
    for (const log::StoredRecord& record : read.records) {
      values.push_back(record.value.value_or("{}"));
    }
    const codec::Decoded decoded = decoder->decode_records(values);
    if (!decoded.dead.empty()) {
      return Error(ErrorKind::kCorrupt, 1445,
                   fmt::format("a record of {} cannot be read: {}", topic, decoded.dead[0].reason));
    }
    for (uint32_t row = 0; row < decoded.batch.rows; ++row) {
      if (read.records[row].offset < at || !read.records[row].value) continue;
      Letter letter = letter_at(decoded.batch, row, name.kind);
      letter.number = read.records[row].offset.value;
      TRY_VOID(on_letter(std::move(letter)));
    }
    at = read.next;
  }
}

Result<std::map<std::string, LetterState, std::less<>>> DeadLetters::verdicts(
    const std::string& source) {
  std::map<std::string, LetterState, std::less<>> verdicts;
  const std::string topic = letters_topic(prefix_, source);
  if (!TRY(log_.has_topic(topic))) return verdicts;
  Offset at = TRY(log_.start_offset(topic, PartitionId(0)));
  while (true) {
    const log::ReadBatch read = TRY(log_.read(topic, PartitionId(0), at, kReadBytes));
    if (read.records.empty()) return verdicts;
    for (const log::StoredRecord& record : read.records) {
      verdicts[std::string(record.key.value_or(""))] =
          record.value ? LetterState::kReplayed : LetterState::kDropped;
    }
    at = read.next;
  }
}

Status DeadLetters::scan(const SideName& name, const std::function<Status(Letter)>& on_letter) {
  if (name.kind == SideKind::kLate) return scan_letters(log_, prefix_, name, on_letter);
  const auto judged = TRY(verdicts(name.relation));
  const Epoch began = began_with(manifest_, name.relation);
  return scan_letters(log_, prefix_, name, [&](Letter letter) {
    const auto it = judged.find(letter.id);
    if (it != judged.end()) {
      letter.state = it->second;
    } else if (epoch_of_letter(letter.id) <= began) {
      letter.state = LetterState::kReadAgain;
    }
    return on_letter(std::move(letter));
  });
}

Result<std::optional<LetterSummary>> DeadLetters::summary(const SideName& name) {
  if (!TRY(log_.has_topic(side_topic(prefix_, name.relation, name.kind)))) {
    return std::optional<LetterSummary>();
  }
  LetterSummary summary;
  summary.name = name.relation + (name.kind == SideKind::kDead ? "__dead" : "__late");
  std::map<std::string, uint64_t> reasons;
  TRY_VOID(scan(name, [&](const Letter& letter) -> Status {
    ++summary.counts[letter.state];
    summary.newest = std::max(summary.newest, letter.at);
    if (letter.state != LetterState::kWaiting) return {};
    if (summary.waiting() == 1) summary.since = letter.at;
    summary.since = std::min(summary.since, letter.at);
    if (reasons.size() < kMostReasons || reasons.count(letter.reason)) ++reasons[letter.reason];
    return {};
  }));
  summary.reasons.assign(reasons.begin(), reasons.end());
  std::stable_sort(summary.reasons.begin(), summary.reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  if (summary.reasons.size() > kReasons) summary.reasons.resize(kReasons);
  return std::optional(std::move(summary));
}

Result<std::vector<Letter>> DeadLetters::newest(const SideName& name, const LetterFilter& filter,
                                                size_t limit) {
  std::deque<Letter> kept;
  TRY_VOID(scan(name, [&](Letter letter) -> Status {
    if (!filter.takes(letter)) return {};
    kept.push_front(std::move(letter));
    if (kept.size() > limit) kept.pop_back();
    return {};
  }));
  return std::vector<Letter>(std::make_move_iterator(kept.begin()),
                             std::make_move_iterator(kept.end()));
}

Result<Judged> DeadLetters::judge(const std::string& source, const LetterFilter& filter,
                                  LetterState verdict) {
  const std::string topic = letters_topic(prefix_, source);
  Judged judged;
  log::TopicAppend append{topic, PartitionId(0), {}};
  size_t bytes = 0;
  const auto flush = [&]() -> Status {
    if (append.records.empty()) return {};
    TRY_VOID(log::ensure_topic(log_, topic, {}));
    TRY_VOID(log_.append(append));
    judged.letters += append.records.size();
    append.records.clear();
    bytes = 0;
    return {};
  };
  TRY_VOID(scan({source, SideKind::kDead}, [&](const Letter& letter) -> Status {
    if (letter.state != LetterState::kWaiting || !filter.takes(letter)) return {};
    if (verdict == LetterState::kReplayed && letter.raw.size() >= kCutAt) {
      ++judged.cut;
      return {};
    }
    append.records.push_back(verdict_record(letter, verdict));
    bytes += letter.raw.size();
    return bytes < kAppendBytes ? Status() : flush();
  }));
  TRY_VOID(flush());
  return judged;
}

Status can_be_judged(const project::Project& project, const std::string& name,
                     LetterState verdict) {
  const bool replays = verdict == LetterState::kReplayed;
  for (const connect::SourceSpec& source : project.sources) {
    if (source.definition.name != name) continue;
    const bool has_header = source.connector == "file" && source.decoder.csv_header &&
                            source.decoder.format == codec::Format::kCsv;
    if (!replays || !has_header) return {};
    return Error(ErrorKind::kNotSupported, 1882,
                 fmt::format("dead letters of \"{}\" are not replayed: its files name their "
                             "columns in their first line, and a letter has its own line alone",
                             name))
        .hint("correct the lines in a file that the source reads, and drop the letters");
  }
  for (const plan::View& view : project.models) {
    if (view.definition.name != name) continue;
    if (!replays) return {};
    return Error(ErrorKind::kInvalidUsage, 1883,
                 fmt::format("\"{}\" is a model: its dead letters are not replayed", name))
        .hint("correct the model: it is filled again from its inputs; then drop the letters");
  }
  return Error(ErrorKind::kNotFound, 1881,
               fmt::format("there is no source or model \"{}\"", name))
      .hint("see `weir dlq ls`");
}

Result<Manifest> last_manifest(log::Log& log, const std::string& pipeline) {
  const Epoch last = TRY(log.last_epoch(pipeline));
  if (last.value == 0) return Manifest();
  const auto epochs = TRY(log.epochs(pipeline, Epoch(last.value - 1)));
  if (epochs.empty()) {
    return Error(ErrorKind::kCorrupt, 1446,
                 fmt::format("the frame of epoch {} of {} is missing", last.value, pipeline));
  }
  return decode_manifest(epochs.back().state);
}

}  // namespace weir::engine
