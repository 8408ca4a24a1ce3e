#include "log/kafka/epoch_topic.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace weir::log::kafka {

namespace {

constexpr size_t kPieceBytes = 512 << 10;  // half of what a broker takes when nobody changed it
constexpr size_t kReadBytes = 8 << 20;
constexpr const char* kVersion = "1";

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

struct EpochTopic::Piece {
  std::string_view pipeline;
  Epoch epoch;
  uint32_t index = 0;
  uint32_t count = 0;
};

TopicAppend EpochTopic::records(const EpochCommit& commit) const {
  TopicAppend out{topic_, PartitionId(0), {}};
  const size_t count = std::max<size_t>(1, (commit.state.size() + kPieceBytes - 1) / kPieceBytes);
  for (size_t i = 0; i < count; ++i) {
    Record record;
    record.key = commit.pipeline;
    record.value = commit.state.substr(i * kPieceBytes, kPieceBytes);
    record.headers = {{"v", kVersion},
                      {"epoch", std::to_string(commit.epoch.value)},
                      {"piece", std::to_string(i)},
                      {"pieces", std::to_string(count)}};
    out.records.push_back(std::move(record));
  }
  return out;
}

Result<EpochTopic::Piece> EpochTopic::parse(const StoredRecord& record) {
  std::optional<uint64_t> epoch, piece, pieces;
  std::string_view version;
  for (const auto& [name, value] : record.headers) {
    if (name == "v") version = value;
    if (name == "epoch") epoch = number(value);
    if (name == "piece") piece = number(value);
    if (name == "pieces") pieces = number(value);
  }
  if (!version.empty() && version != kVersion) {
    return Error(ErrorKind::kNewerFormat, 1808,
                 fmt::format("epochs were written by a newer weir (version {})", version))
        .hint("run that version, or one that is newer");
  }
  if (version.empty() || !epoch || !piece || !pieces || !record.key || !record.value ||
      *piece >= *pieces) {
    return Error(ErrorKind::kCorrupt, 1809,
                 fmt::format("the record at offset {} is no epoch of weir", record.offset.value))
        .detail("only weir writes to this topic");
  }
  return Piece{*record.key, Epoch(*epoch), static_cast<uint32_t>(*piece),
               static_cast<uint32_t>(*pieces)};
}

Status EpochTopic::follow() {
  const Reader::Range range = TRY(reader_.range(topic_, PartitionId(0)));
  if (next_ < range.start) next_ = range.start;
  while (next_ < range.end) {
    const ReadBatch batch = TRY(reader_.read({topic_, PartitionId(0), next_}, kReadBytes));
    for (const StoredRecord& record : batch.records) {
      const Piece piece = TRY(parse(record));
      if (piece.index != 0) continue;
      entries_.push_back({std::string(piece.pipeline), piece.epoch, record.offset, piece.count});
    }
    if (batch.records.empty() && batch.next <= next_) break;
    next_ = batch.next;
  }
  return {};
}

void EpochTopic::committed(const EpochCommit& commit, Offset first, size_t pieces) {
  entries_.push_back({commit.pipeline, commit.epoch, first, static_cast<uint32_t>(pieces)});
  next_ = Offset(first.value + static_cast<int64_t>(pieces));
}

Epoch EpochTopic::last(const std::string& pipeline) const {
  for (auto it = entries_.rbegin(); it != entries_.rend(); ++it) {
    if (it->pipeline == pipeline) return it->epoch;
  }
  return Epoch(0);
}

Offset EpochTopic::behind(const std::string& pipeline, Epoch through) const {
  for (const Entry& entry : entries_) {
    if (entry.pipeline == pipeline && entry.epoch > through) return entry.first;
  }
  return next_;
}

// The last one stays: the next must follow it.
void EpochTopic::forget(const std::string& pipeline, Epoch through) {
  const Epoch newest = last(pipeline);
  std::erase_if(entries_, [&](const Entry& entry) {
    return entry.pipeline == pipeline && entry.epoch <= through && entry.epoch < newest;
  });
}

Result<std::vector<CommittedEpoch>> EpochTopic::read(const Part& part,
                                                     uint64_t enough_bytes) const {
  std::vector<CommittedEpoch> out;
  uint64_t bytes = 0;
  Offset at = part.from;
  uint32_t expected = 0;  // pieces that the last one of `out` still lacks
  while (at < part.end) {
    const ReadBatch batch = TRY(reader_.read({topic_, PartitionId(0), at}, kReadBytes));
    for (const StoredRecord& record : batch.records) {
      if (record.offset >= part.end) break;
      const Piece piece = TRY(parse(record));
      if (piece.pipeline != part.pipeline || piece.epoch <= part.after) continue;
      const bool first = piece.index == 0;
      if (first ? expected != 0 : (expected == 0 || out.back().epoch != piece.epoch)) {
        return Error(ErrorKind::kCorrupt, 1810,
                     fmt::format("epoch {} of {} is not whole", piece.epoch.value, part.pipeline))
            .detail(fmt::format("topic {}, offset {}", topic_, record.offset.value));
      }
      if (first) {
        if (!out.empty() && bytes >= enough_bytes) return out;
        out.push_back({piece.epoch, {}});
        expected = piece.count;
      }
      out.back().state.append(*record.value);
      bytes += record.value->size();
      --expected;
    }
    if (batch.records.empty() && batch.next <= at) break;
    at = batch.next;
  }
  if (expected != 0) {
    return Error(ErrorKind::kCorrupt, 1810,
                 fmt::format("epoch {} of {} is not whole", out.back().epoch.value,
                             part.pipeline));
  }
  return out;
}

}  // namespace weir::log::kafka
