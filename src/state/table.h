// Table<Value>: the one mutable structure of a keyed operator: bytes (data/row_encoding.h keys) to
// a value, with a list of the entries touched since the last commit. Open addressing over one-byte
// tags; entries stand in pages and are named by 32-bit ids that stay valid until the commit after
// erase(). Whoever holds no ids over a commit may allow_spill(): entries then leave memory, and are
// read from a snapshot one by one in find() and find_or_insert(), or for a batch by fetch().
//
// A Value has: `void encode(std::string&) const`, `bool decode(std::string_view)`,
// `size_t heap_bytes() const`, and is default-constructible. Deltas are entries (state/entry.h).
//
// Not thread-safe: the pipeline's thread, or a reader that holds the pipeline's lock.
#pragma once
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "state/entry.h"
#include "state/table_base.h"

namespace weir::state {

template <class Value>
class Table final : public TableBase {
 public:
  static constexpr uint32_t kNone = ~0u;

  Table() { rehash(16); }

  static uint64_t hash_of(std::string_view key) { return hash64(key); }

  uint32_t find(std::string_view key) const { return find(key, hash_of(key)); }
  uint32_t find(std::string_view key, uint64_t hash) const {
    uint32_t id = lookup(key, hash);
    // What is fetched was there all along.
    if (id == kNone && cold_) id = const_cast<Table*>(this)->fetch_one(key, hash);
    return id == kNone || !entry(id).live ? kNone : id;
  }
  // The entry of the key, made (and dirty) where there is none.
  uint32_t find_or_insert(std::string_view key, uint64_t hash, bool* inserted) {
    uint32_t id = lookup(key, hash);
    if (id == kNone && cold_ && !fetched_) id = fetch_one(key, hash);
    *inserted = id == kNone || !entry(id).live;
    revived_ = *inserted && id != kNone && entry(id).dirty;
    if (id == kNone) {
      id = allocate(key, hash);
    } else if (!entry(id).live) {
      entry(id).value = Value();
      entry(id).live = true;
      entry(id).gone = false;
      ++live_;
    }
    if (*inserted) touch(id);
    return id;
  }
  uint32_t find_or_insert(std::string_view key, bool* inserted) {
    return find_or_insert(key, hash_of(key), inserted);
  }
  // Whether the last find_or_insert() found the entry erased in this epoch: it has its old id
  // again.
  bool revived() const { return revived_; }
  // Before find_or_insert() of these keys and no others: those on disk come in. Until done().
  template <class Keys>
  void fetch(const Keys& keys, uint32_t count);
  void done() { fetched_ = false; }
  void prefetch(uint64_t hash) const {
    __builtin_prefetch(tags_.data() + (hash >> shift_));
    __builtin_prefetch(slots_.data() + (hash >> shift_));
  }

  std::string_view key(uint32_t id) const { return entry(id).key; }
  const Value& value(uint32_t id) const { return entry(id).value; }
  Value& value(uint32_t id) { return entry(id).value; }
  bool live(uint32_t id) const { return entry(id).live; }
  // Whoever changes a value says so.
  bool touch(uint32_t id) {
    Entry& touched = entry(id);
    if (touched.dirty) return false;
    touched.dirty = true;
    dirty_.push_back(id);
    return true;
  }
  void erase(uint32_t id) {
    touch(id);
    if (!entry(id).live) return;
    entry(id).live = false;
    --live_;
  }
  template <class F>
  void for_each(F f) const {
    for (uint32_t id = 0; id < count_; ++id) {
      if (entry(id).live) f(id);
    }
  }
  // f(key, value) of every entry, wherever it is.
  template <class F>
  Status for_each_stored(F f) const;
  const std::vector<uint32_t>& dirty() const { return dirty_; }

  void write_delta(std::string& out) const override {
    for (const uint32_t id : dirty_) write_entry(id, out);
  }
  void write_all(std::string& out) const override;
  Status apply(std::string_view delta) override;
  bool begin_load(uint64_t entries) override;
  Status load(uint64_t first, std::string_view bytes) override;
  void end_load() override;
  void clear_dirty() override;
  void clear() override {
    pages_.clear();
    count_ = 0;
    free_.clear();
    dirty_.clear();
    gone_.clear();
    cold_.reset();
    live_ = heap_bytes_ = only_cold_ = 0;
    marked_ = false;
    rehash(16);
  }
  void allow_spill() { may_spill_ = true; }
  bool can_spill() const override { return may_spill_; }
  void mark() override {
    ++mark_;
    marked_ = true;
  }
  void set_cold(std::shared_ptr<const ColdRows> rows) override;
  uint64_t evict(uint64_t bytes) override;
  Status cold_status() const override { return cold_status_; }
  uint64_t spare_bytes() const override { return free_.size() * sizeof(Entry); }
  uint64_t size() const override { return live_ + only_cold_; }
  uint64_t byte_size() const override {
    return pages_.size() * kPageEntries * sizeof(Entry) + tags_.size() +
           slots_.size() * sizeof(uint32_t) + heap_bytes_;
  }
  uint64_t dirty_count() const override { return dirty_.size(); }

 private:
  static constexpr uint8_t kEmpty = 0;
  static constexpr uint8_t kDeleted = 1;
  static constexpr size_t kAhead = 32;
  // Entries stand in pages, so that a table that grows moves none of them.
  static constexpr uint32_t kPageEntries = 128;

  struct Entry {
    uint64_t hash = 0;
    std::string key;
    Value value;
    uint32_t heap_bytes = 0;
    uint32_t changed_at = 0;  // behind which mark(); 0: as it was loaded
    bool live = false;
    bool dirty = false;
    bool gone = false;        // not live any more, and its key may be among the cold rows
  };

  Entry& entry(uint32_t id) { return pages_[id / kPageEntries][id % kPageEntries]; }
  const Entry& entry(uint32_t id) const { return pages_[id / kPageEntries][id % kPageEntries]; }
  static uint32_t heap_bytes_of(const Entry& of) {
    return static_cast<uint32_t>(of.value.heap_bytes() + heap_of(of.key));
  }
  static size_t heap_of(const std::string& s) { return s.capacity() > 15 ? s.capacity() : 0; }
  static uint8_t tag_of(uint64_t hash) { return static_cast<uint8_t>(hash | 0x80); }

  uint32_t lookup(std::string_view key, uint64_t hash) const {
    const uint8_t tag = tag_of(hash);
    for (uint64_t at = hash >> shift_;; at = (at + 1) & mask_) {
      if (tags_[at] == kEmpty) return kNone;
      if (tags_[at] != tag) continue;
      const Entry& found = entry(slots_[at]);
      if (found.hash == hash && found.key == key) return slots_[at];
    }
  }
  // What lookup() is going to read, as far as tags and slots tell.
  void prefetch_entry(uint64_t hash) const {
    const uint64_t at = hash >> shift_;
    if (tags_[at] > kDeleted) __builtin_prefetch(&entry(slots_[at]));
  }
  bool set(const state::Entry& to, uint64_t hash);
  uint32_t allocate(std::string_view key, uint64_t hash);
  uint32_t fetch_one(std::string_view key, uint64_t hash);
  bool read_part(size_t part);
  template <class F>
  Status for_each_cold(F f) const;
  void place(uint32_t id) {
    const uint64_t hash = entry(id).hash;
    uint64_t at = hash >> shift_;
    while (tags_[at] > kDeleted) at = (at + 1) & mask_;
    used_ += tags_[at] == kEmpty;
    tags_[at] = tag_of(hash);
    slots_[at] = id;
  }
  void release(uint32_t id) {
    Entry& gone = entry(id);
    for (uint64_t at = gone.hash >> shift_; tags_[at] != kEmpty; at = (at + 1) & mask_) {
      if (tags_[at] > kDeleted && slots_[at] == id) {
        tags_[at] = kDeleted;
        break;
      }
    }
    gone = Entry();
    free_.push_back(id);
  }
  void rehash(size_t least);
  void write_entry(uint32_t id, std::string& out) const {
    const Entry& written = entry(id);
    ByteWriter w(out);
    w.string(written.key);
    w.le<uint8_t>(written.live);
    if (!written.live) return;
    std::string value;
    written.value.encode(value);
    w.string(value);
  }

  std::vector<std::unique_ptr<Entry[]>> pages_;
  uint32_t count_ = 0;  // of entries, with those that are free
  std::vector<uint32_t> free_;
  std::vector<uint32_t> dirty_;
  std::vector<uint8_t> tags_;
  std::vector<uint32_t> slots_;
  uint64_t mask_ = 0;
  uint8_t shift_ = 0;   // what is left of a hash is its place
  uint64_t used_ = 0;   // tags that are not empty
  uint64_t live_ = 0;
  uint64_t heap_bytes_ = 0;
  bool revived_ = false;

  // See allow_spill().
  bool may_spill_ = false;
  bool marked_ = false;           // rows as of the last mark are being written
  bool fetched_ = false;
  uint32_t mark_ = 1;
  uint32_t clean_before_ = 0;     // what changed before that mark, cold_ has as it is
  uint32_t hand_ = 0;             // of evict(): it goes round
  uint64_t only_cold_ = 0;        // rows that are not in memory
  std::vector<uint32_t> gone_;
  std::shared_ptr<const ColdRows> cold_;
  size_t part_at_ = SIZE_MAX;     // what part_bytes_ holds
  std::string part_bytes_;
  mutable Status cold_status_;
};

}  // namespace weir::state

#include "state/table_internal.h"  // IWYU pragma: export
