#include "engine/snapshot_merge.h"

#include <algorithm>
#include <deque>

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "state/table.h"

namespace weir::engine {

namespace {

using state::Entry;

constexpr uint64_t kFrameBytes = 4 << 20;   // of frames that are read at once
constexpr uint64_t kChunkBytes = 256 << 10; // of the old table
constexpr std::string_view kView = "view:";

Entry entry_at(std::string_view bytes) {
  Entry entry;
  ByteReader r(bytes);
  WEIR_CHECK(entry.read(r, bytes));
  return entry;
}

int64_t weight_of(const Entry& entry) { return ByteReader(entry.value).zigzag(); }

void append_row(std::string& out, std::string_view row, int64_t weight) {
  std::string value;
  ByteWriter(value).zigzag(weight);
  ByteWriter w(out);
  w.string(row);
  w.le<uint8_t>(1);
  w.string(value);
}

}  // namespace

struct SnapshotMerge::Changes {
  struct Item {
    uint64_t hash = 0;
    uint32_t order = 0;
    uint32_t size = 0;
    const char* begin = nullptr;
    std::string_view bytes() const { return {begin, size}; }
  };
  std::vector<Item> items;
  size_t next = 0;

  bool add(std::string_view delta) {
    ByteReader r(delta);
    Entry entry;
    while (!r.at_end()) {
      if (!entry.read(r, delta)) return false;
      items.push_back({hash64(entry.key), static_cast<uint32_t>(items.size()),
                       static_cast<uint32_t>(entry.bytes.size()), entry.bytes.data()});
    }
    return true;
  }
  void sort() {
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
      return a.hash != b.hash ? a.hash < b.hash : a.order < b.order;
    });
  }
  uint64_t bytes() const {
    uint64_t sum = 0;
    for (const Item& item : items) sum += item.size;
    return sum;
  }
  bool at_end() const { return next == items.size(); }
  uint64_t hash() const { return items[next].hash; }
  // What is said of each key of the next hash, the last word at the end.
  std::vector<Entry> take() {
    std::vector<Entry> entries;
    const uint64_t of = hash();
    for (; !at_end() && hash() == of; ++next) entries.push_back(entry_at(items[next].bytes()));
    return entries;
  }
};

struct SnapshotMerge::Rows {
  const SnapshotTable* table = nullptr;  // null: there is none
  size_t next_part = 0;
  std::string bytes;
  size_t position = 0;

  bool chunk_at_end() const { return position == bytes.size(); }
  bool at_end() const { return chunk_at_end() && (!table || next_part == table->parts.size()); }
  Status read(const SnapshotFile& file) {
    size_t to = next_part;
    uint64_t size = 0;
    while (to < table->parts.size() && size < kChunkBytes) size += table->parts[to++].bytes;
    bytes = TRY(file.read_parts(*table, next_part, to));
    position = 0;
    next_part = to;
    return {};
  }
};

// They go to the file as one.
class SnapshotMerge::Copied {
 public:
  explicit Copied(SnapshotWriter& writer) : writer_(writer) {}
  Status add(uint64_t hash, std::string_view entry) {
    if (rows_ == 0 || hash > limit_ || entry.data() != bytes_.data() + bytes_.size()) {
      TRY_VOID(flush());
      hash_ = hash;
      limit_ = writer_.end_of_part(hash);
      bytes_ = entry.substr(0, 0);
    }
    bytes_ = {bytes_.data(), bytes_.size() + entry.size()};
    ++rows_;
    return {};
  }
  Status flush() {
    if (rows_ == 0) return {};
    TRY_VOID(writer_.add(hash_, bytes_));
    writer_.count(rows_);
    rows_ = 0;
    return {};
  }

 private:
  SnapshotWriter& writer_;
  uint64_t hash_ = 0;
  uint64_t limit_ = 0;
  uint64_t rows_ = 0;
  std::string_view bytes_;
};

struct SnapshotMerge::Work {
  std::unique_ptr<SnapshotFile> base;
  Epoch at;                            // up to which frames were taken
  Manifest last;                       // of that epoch
  std::deque<std::string> deltas;      // what the changes point into
  std::map<std::string, Changes> changes;
  std::set<std::string> dropped;       // tables of the base that are void
  std::unique_ptr<SnapshotWriter> writer;
  std::vector<std::string> ids;        // tables that are left to be written, backwards
  Changes* change = nullptr;           // of the table that is being written; null: none is
  Rows rows;

  const SnapshotTable* old_table(const std::string& id) const {
    return base && base->ordered() && !dropped.count(id) ? base->table(id) : nullptr;
  }
  bool keep(const std::string& id, std::string delta) {
    return changes[id].add(deltas.emplace_back(std::move(delta)));
  }
};

SnapshotMerge::SnapshotMerge(SnapshotStore& store, log::Log& log, std::string pipeline,
                             Epoch through)
    : store_(store), log_(log), pipeline_(std::move(pipeline)), through_(through) {}

SnapshotMerge::~SnapshotMerge() = default;

Result<bool> SnapshotMerge::step() {
  Result<bool> more = try_step();
  if (more || more.error().code() != 1442 || !work_ || !work_->base) return more;
  log_warn("snapshot cannot be used, trying an older one", {{"error", more.error().to_string()}});
  damaged_.insert(work_->base->manifest().epoch);
  work_.reset();
  return true;
}

Result<bool> SnapshotMerge::try_step() {
  if (!work_) {
    TRY_VOID(begin());
  } else if (work_->at < through_) {
    TRY_VOID(read_frames());
  } else if (work_->change) {
    TRY_VOID(merge_rows());
  } else if (!work_->ids.empty()) {
    TRY_VOID(begin_table());
  } else {
    TRY_VOID(finish());
    return false;
  }
  return true;
}

Status SnapshotMerge::begin() {
  work_ = std::make_unique<Work>();
  work_->base = TRY(store_.newest(through_, damaged_));
  if (!work_->base) return {};
  work_->at = work_->base->manifest().epoch;
  work_->last = work_->base->manifest();
  if (work_->base->ordered()) return {};
  for (const auto& [id, table] : work_->base->tables()) {
    if (!work_->keep(id, TRY(work_->base->read_parts(table, 0, table.parts.size())))) {
      return SnapshotFile::damaged(store_.path(work_->at), "a table is cut off");
    }
  }
  return {};
}

Status SnapshotMerge::read_frames() {
  const Epoch before = work_->at;
  for (log::CommittedEpoch& frame : TRY(log_.epochs(pipeline_, work_->at, kFrameBytes))) {
    if (frame.epoch.value != work_->at.value + 1) break;
    if (frame.epoch > through_) break;
    TRY_VOID(take(std::move(frame.state)));
    work_->at = frame.epoch;
    if (work_->at < through_) continue;
    for (auto& [id, changes] : work_->changes) changes.sort();
    std::set<std::string> ids;
    for (const auto& [id, changes] : work_->changes) ids.insert(id);
    if (work_->base) {
      for (const auto& [id, table] : work_->base->tables()) {
        if (!work_->dropped.count(id)) ids.insert(id);
      }
    }
    work_->ids.assign(ids.rbegin(), ids.rend());
    work_->writer = TRY(store_.begin(through_));
    return {};
  }
  return work_->at == before ? missing_frame(pipeline_, before) : Status();
}

// The changes of an epoch.
Status SnapshotMerge::take(std::string state) {
  Manifest manifest = TRY(decode_manifest(state));
  state = std::string();
  for (const std::string& id : manifest.resets) {
    work_->dropped.insert(id);
    work_->changes.erase(id);
  }
  bool good = true;
  for (auto& [id, delta] : manifest.table_deltas) good = good && work_->keep(id, std::move(delta));
  for (auto& [name, change] : manifest.view_changes) {
    good = good && work_->keep(fmt::format("{}{}", kView, name), TRY(entries_of_change(change)));
  }
  manifest.drop_changes();
  work_->last = std::move(manifest);
  return good ? Status() : state::damaged_delta();
}

Status SnapshotMerge::begin_table() {
  const std::string id = work_->ids.back();
  work_->rows = Rows();
  work_->rows.table = work_->old_table(id);
  work_->change = &work_->changes[id];
  const uint64_t old_bytes = work_->rows.table ? work_->rows.table->bytes() : 0;
  work_->writer->begin_table(id, old_bytes + work_->change->bytes());
  return {};
}

// A piece: what one chunk of the old table holds, and the changes in between.
Status SnapshotMerge::merge_rows() {
  Rows& rows = work_->rows;
  Changes& changes = *work_->change;
  if (rows.chunk_at_end() && !rows.at_end()) TRY_VOID(rows.read(*work_->base));
  Copied copied(*work_->writer);
  ByteReader r(rows.bytes);
  for (Entry row; !r.at_end();) {
    if (!row.read(r, rows.bytes)) {
      return SnapshotFile::damaged(store_.path(work_->at), "a table is cut off");
    }
    TRY_VOID(merge_row(row, r, copied));
  }
  TRY_VOID(copied.flush());
  rows.position = rows.bytes.size();
  if (!rows.at_end()) return {};
  while (!changes.at_end()) TRY_VOID(write_changed(changes.hash(), {}));
  TRY_VOID(work_->writer->end_table());
  changes = Changes();
  work_->change = nullptr;
  work_->ids.pop_back();
  return {};
}

// Changes that come before the row, then the row, where it is changed with the others of its hash:
// those stand next in `rest`.
Status SnapshotMerge::merge_row(Entry row, ByteReader& rest, Copied& copied) {
  Changes& changes = *work_->change;
  const uint64_t hash = hash64(row.key);
  while (!changes.at_end() && changes.hash() < hash) {
    TRY_VOID(copied.flush());
    TRY_VOID(write_changed(changes.hash(), {}));
  }
  if (changes.at_end() || changes.hash() > hash) return copied.add(hash, row.bytes);
  std::vector<Entry> olds = {row};
  while (!rest.at_end()) {
    const ByteReader before = rest;
    if (row.read(rest, work_->rows.bytes) && hash64(row.key) == hash) {
      olds.push_back(row);
      continue;
    }
    rest = before;
    break;
  }
  TRY_VOID(copied.flush());
  return write_changed(hash, olds);
}

// The rows of one hash, as they are after the changes of it.
Status SnapshotMerge::write_changed(uint64_t hash, const std::vector<Entry>& olds) {
  const bool view = work_->ids.back().starts_with(kView);
  std::map<std::string_view, Entry> now;
  std::map<std::string_view, int64_t> weights;
  for (const Entry& old : olds) {
    now[old.key] = old;
    if (view) weights[old.key] = weight_of(old);
  }
  for (const Entry& change : work_->change->take()) {
    now[change.key] = change;
    if (view) weights[change.key] += weight_of(change);
  }
  std::string bytes;
  uint64_t count = 0;
  for (const auto& [key, entry] : now) {
    const int64_t weight = view ? weights[key] : 1;
    if (weight < 0) {
      return Error(ErrorKind::kCorrupt, 1461, "a view gives back rows that it never had")
          .hint("restore the folder from a backup, or remove it to read the sources again");
    }
    if (!entry.live || weight == 0) continue;
    if (view) {
      append_row(bytes, key, weight);
    } else {
      bytes += entry.bytes;
    }
    ++count;
  }
  if (count == 0) return {};
  TRY_VOID(work_->writer->add(hash, bytes));
  work_->writer->count(count);
  return {};
}

// A snapshot between the two that was passed over is of no use to anyone.
Status SnapshotMerge::finish() {
  if (!work_->writer) return {};  // it is there already
  TRY_VOID(work_->writer->finish(work_->last));
  bytes_ = work_->writer->bytes();
  const Epoch base = work_->base ? work_->base->manifest().epoch : Epoch(0);
  TRY_VOID(store_.drop_between(base, through_));
  TRY_VOID(store_.drop_old());
  const Epoch oldest = TRY(store_.oldest_kept());
  work_.reset();
  if (oldest.value <= 1) return {};
  // The frame of the snapshot's own epoch stays: it says what sinks may have to repeat.
  return log_.release_epochs(pipeline_, Epoch(oldest.value - 1));
}

}  // namespace weir::engine
