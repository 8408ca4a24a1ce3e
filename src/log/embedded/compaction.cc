// Compaction of a keyed partition. One pass over the closed segments finds the newest offset of
// each key, a second one writes every segment that holds older records again, oldest first, each in
// one rename: a crash leaves some done and some not, both right. Keys are remembered by 128 bits of
// hash, 24 bytes each, so that a partition of millions of keys needs tens of megabytes and not its
// own size.
//
// Records without a key are kept. A pass is worth its reading when there is as much new as was
// kept.
#include <algorithm>
#include <mutex>
#include <unordered_map>

#include <fmt/core.h>

#include "base/hash.h"
#include "base/log.h"
#include "log/embedded/partition.h"

namespace weir::log {

namespace {

constexpr size_t kBatchBytes = 1 << 20;

struct KeyHash {
  uint64_t low = 0;
  uint64_t high = 0;
  bool operator==(const KeyHash&) const = default;
};
struct OfKeyHash {
  size_t operator()(const KeyHash& key) const { return key.low; }
};
using Newest = std::unordered_map<KeyHash, int64_t, OfKeyHash>;

KeyHash hash_of(std::string_view key) {
  return {hash64(key), hash64(key.data(), key.size(), 0x6b65795f68617368)};
}

Status note_newest(const Segment& segment, Newest& newest) {
  return segment.for_each_batch([&](const BatchHeader&, std::string_view bytes) -> Status {
    ReadBatch batch;
    TRY_VOID(decode_batch(bytes, batch));
    for (const StoredRecord& record : batch.records) {
      if (record.key) newest[hash_of(*record.key)] = record.offset.value;
    }
    return {};
  });
}

bool stays(const StoredRecord& record, const Newest& newest, int64_t deletions_before_ms) {
  if (!record.key) return true;
  if (newest.at(hash_of(*record.key)) != record.offset.value) return false;
  return record.value || record.timestamp / 1000 >= deletions_before_ms;
}

// Collects the records that stay into batches of a moderate size.
class Rewriter {
 public:
  explicit Rewriter(Compression compression) : compression_(compression) {}

  Status add(const StoredRecord& stored) {
    Record record;
    if (stored.key) record.key = std::string(*stored.key);
    if (stored.value) record.value = std::string(*stored.value);
    record.timestamp = stored.timestamp;
    for (const auto& [key, value] : stored.headers) {
      record.headers.push_back({std::string(key), std::string(value)});
    }
    bytes_ += (stored.key ? stored.key->size() : 0) + (stored.value ? stored.value->size() : 0);
    records_.push_back(std::move(record));
    offsets_.push_back(stored.offset.value);
    return bytes_ < kBatchBytes ? Status() : flush();
  }
  Status flush() {
    if (records_.empty()) return {};
    content_ += TRY(encode_batch(offsets_[0], records_, compression_, offsets_));
    records_.clear();
    offsets_.clear();
    bytes_ = 0;
    return {};
  }
  const std::string& content() const { return content_; }

 private:
  const Compression compression_;
  std::vector<Record> records_;
  std::vector<int64_t> offsets_;
  size_t bytes_ = 0;
  std::string content_;
};

}  // namespace

// How far the last pass came. It saves work only: where it is lost, the next pass does it again.
Status Partition::load_compacted() {
  const std::string path = io::join_path(dir_, "compacted");
  if (!options_.compact || !files_.exists(path)) return {};
  const std::string text = TRY(files_.read_all(path));
  std::from_chars(text.data(), text.data() + text.size(), compacted_to_);
  return {};
}

Status Partition::replace(size_t index, const Segment& old, std::string_view content) {
  auto fresh = std::make_unique<Segment>(files_, dir_, old.base(), true);
  Segment* placed = fresh.get();
  TRY_VOID(fresh->prepare(content, old.end()));
  {
    const std::unique_lock lock(mutex_);
    TRY_VOID(fresh->take_place());
    segments_[index] = std::move(fresh);
  }
  return placed->write_index();
}

Status Partition::compact(int64_t visible_end, int64_t deletions_before_ms) {
  std::vector<const Segment*> closed;  // only this thread changes them
  {
    const std::shared_lock lock(mutex_);
    for (size_t i = 0; i + 1 < segments_.size(); ++i) closed.push_back(segments_[i].get());
  }
  while (!closed.empty() && closed.back()->end() > visible_end) closed.pop_back();
  uint64_t kept_bytes = 0;
  uint64_t new_bytes = 0;
  for (const Segment* s : closed) (s->base() < compacted_to_ ? kept_bytes : new_bytes) += s->size();
  if (new_bytes == 0 || new_bytes < kept_bytes) return {};
  Newest newest;
  for (const Segment* segment : closed) TRY_VOID(note_newest(*segment, newest));
  const int64_t compacted_to = closed.back()->end();
  for (size_t i = 0; i < closed.size(); ++i) {
    Rewriter rewriter(options_.compression);
    bool changed = false;
    TRY_VOID(closed[i]->for_each_batch([&](const BatchHeader&, std::string_view bytes) -> Status {
      ReadBatch batch;
      TRY_VOID(decode_batch(bytes, batch));
      for (const StoredRecord& record : batch.records) {
        if (stays(record, newest, deletions_before_ms)) {
          TRY_VOID(rewriter.add(record));
        } else {
          changed = true;
        }
      }
      return {};
    }));
    TRY_VOID(rewriter.flush());
    if (changed) TRY_VOID(replace(i, *closed[i], rewriter.content()));
  }
  compacted_to_ = compacted_to;
  return files_.write_atomically(io::join_path(dir_, "compacted"),
                                 fmt::format("{}\n", compacted_to));
}

}  // namespace weir::log
