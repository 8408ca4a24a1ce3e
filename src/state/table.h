// Table<Value>: the one mutable structure of a keyed operator: bytes (data/row_encoding.h keys) to
// a value, with a list of the entries touched since the last commit. Durability, incremental
// snapshots and accounting are functions of that list, so an operator that uses a Table has them
// for free.
//
// Open addressing over one-byte tags; entries stand in a dense array and are named by 32-bit ids
// that stay valid until the commit after erase(). A Value has: `void encode(std::string&) const`,
// `bool decode(std::string_view)`, `size_t heap_bytes() const`, and is default-constructible.
//
// Delta bytes: entries of (varint key length, key, u8 live, if live: varint value length, value).
//
// Not thread-safe: the pipeline's thread, or a reader that holds the pipeline's lock.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/result.h"

namespace weir::state {

class TableBase {
 public:
  virtual ~TableBase() = default;
  // Appends (key, value or tombstone) of each dirty entry; clear_dirty() follows after the commit.
  virtual void write_delta(std::string& out) const = 0;
  virtual void write_all(std::string& out) const = 0;   // the same format, every entry
  virtual Status apply(std::string_view delta) = 0;     // kCorrupt: not such bytes
  virtual void clear_dirty() = 0;
  virtual void clear() = 0;
  virtual uint64_t size() const = 0;
  virtual uint64_t byte_size() const = 0;
  virtual uint64_t dirty_count() const = 0;
};

Error damaged_delta();

template <class Value>
class Table final : public TableBase {
 public:
  static constexpr uint32_t kNone = ~0u;

  Table() { rehash(16); }

  static uint64_t hash_of(std::string_view key) { return hash64(key); }

  uint32_t find(std::string_view key) const { return find(key, hash_of(key)); }
  uint32_t find(std::string_view key, uint64_t hash) const {
    const uint32_t id = lookup(key, hash);
    return id == kNone || !entries_[id].live ? kNone : id;
  }
  // The entry of the key, made (and dirty) where there is none.
  uint32_t find_or_insert(std::string_view key, uint64_t hash, bool* inserted) {
    uint32_t id = lookup(key, hash);
    *inserted = id == kNone || !entries_[id].live;
    revived_ = *inserted && id != kNone;
    if (id == kNone) {
      id = allocate(key, hash);
    } else if (!entries_[id].live) {
      entries_[id].value = Value();
      entries_[id].live = true;
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
  void prefetch(uint64_t hash) const {
    __builtin_prefetch(tags_.data() + (hash & mask_));
    __builtin_prefetch(slots_.data() + (hash & mask_));
  }

  std::string_view key(uint32_t id) const { return entries_[id].key; }
  const Value& value(uint32_t id) const { return entries_[id].value; }
  Value& value(uint32_t id) { return entries_[id].value; }
  bool live(uint32_t id) const { return entries_[id].live; }
  // Whoever changes a value says so.
  bool touch(uint32_t id) {
    if (entries_[id].dirty) return false;
    entries_[id].dirty = true;
    dirty_.push_back(id);
    return true;
  }
  void erase(uint32_t id) {
    touch(id);
    if (!entries_[id].live) return;
    entries_[id].live = false;
    --live_;
  }
  template <class F>
  void for_each(F f) const {
    for (uint32_t id = 0; id < entries_.size(); ++id) {
      if (entries_[id].live) f(id);
    }
  }
  const std::vector<uint32_t>& dirty() const { return dirty_; }

  void write_delta(std::string& out) const override {
    for (const uint32_t id : dirty_) write_entry(id, out);
  }
  void write_all(std::string& out) const override {
    for_each([&](uint32_t id) { write_entry(id, out); });
  }
  Status apply(std::string_view delta) override {
    ByteReader r(delta);
    while (!r.at_end()) {
      const std::string_view key = r.string();
      const auto live = r.le<uint8_t>();
      const std::string_view bytes = live == 1 ? r.string() : std::string_view();
      if (!r.ok() || live > 1) return damaged_delta();
      bool inserted = false;
      const uint32_t id = find_or_insert(key, &inserted);
      if (live == 0) {
        erase(id);
        continue;
      }
      touch(id);
      entries_[id].value = Value();
      if (!entries_[id].value.decode(bytes)) return damaged_delta();
    }
    clear_dirty();
    return {};
  }
  void clear_dirty() override {
    for (const uint32_t id : dirty_) {
      Entry& entry = entries_[id];
      entry.dirty = false;
      heap_bytes_ -= entry.heap_bytes;
      if (entry.live) {
        entry.heap_bytes = static_cast<uint32_t>(entry.value.heap_bytes() + heap_of(entry.key));
        heap_bytes_ += entry.heap_bytes;
      } else {
        release(id);
      }
    }
    dirty_.clear();
  }
  void clear() override {
    entries_.clear();
    free_.clear();
    dirty_.clear();
    live_ = heap_bytes_ = 0;
    rehash(16);
  }
  uint64_t size() const override { return live_; }
  uint64_t byte_size() const override {
    return entries_.capacity() * sizeof(Entry) + tags_.size() + slots_.size() * sizeof(uint32_t) +
           heap_bytes_;
  }
  uint64_t dirty_count() const override { return dirty_.size(); }

 private:
  static constexpr uint8_t kEmpty = 0;
  static constexpr uint8_t kDeleted = 1;

  struct Entry {
    std::string key;
    Value value;
    uint64_t hash = 0;
    uint32_t heap_bytes = 0;
    bool live = false;
    bool dirty = false;
  };

  static size_t heap_of(const std::string& s) { return s.capacity() > 15 ? s.capacity() : 0; }
  static uint8_t tag_of(uint64_t hash) { return static_cast<uint8_t>(hash >> 57 | 0x80); }

  uint32_t lookup(std::string_view key, uint64_t hash) const {
    const uint8_t tag = tag_of(hash);
    for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
      if (tags_[at] == kEmpty) return kNone;
      if (tags_[at] != tag) continue;
      const Entry& entry = entries_[slots_[at]];
      if (entry.hash == hash && entry.key == key) return slots_[at];
    }
  }
  uint32_t allocate(std::string_view key, uint64_t hash) {
    if ((used_ + 1) * 8 > tags_.size() * 7) {
      rehash(std::max<size_t>(16, (live_ + dirty_.size() + 1) * 2));
    }
    uint32_t id = static_cast<uint32_t>(entries_.size());
    if (free_.empty()) {
      entries_.emplace_back();
    } else {
      id = free_.back();
      free_.pop_back();
    }
    Entry& entry = entries_[id];
    entry.key = key;
    entry.hash = hash;
    entry.live = true;
    ++live_;
    place(id);
    return id;
  }
  void place(uint32_t id) {
    uint64_t at = entries_[id].hash & mask_;
    while (tags_[at] > kDeleted) at = (at + 1) & mask_;
    used_ += tags_[at] == kEmpty;
    tags_[at] = tag_of(entries_[id].hash);
    slots_[at] = id;
  }
  void release(uint32_t id) {
    Entry& entry = entries_[id];
    for (uint64_t at = entry.hash & mask_; tags_[at] != kEmpty; at = (at + 1) & mask_) {
      if (tags_[at] > kDeleted && slots_[at] == id) {
        tags_[at] = kDeleted;
        break;
      }
    }
    entry = Entry();
    free_.push_back(id);
  }
  void rehash(size_t least) {
    size_t capacity = 16;
    while (capacity * 7 < least * 8) capacity *= 2;
    tags_.assign(capacity, kEmpty);
    slots_.assign(capacity, 0);
    mask_ = capacity - 1;
    used_ = 0;
    for (uint32_t id = 0; id < entries_.size(); ++id) {
      if (entries_[id].live || entries_[id].dirty) place(id);
    }
  }
  void write_entry(uint32_t id, std::string& out) const {
    const Entry& entry = entries_[id];
    ByteWriter w(out);
    w.string(entry.key);
    w.le<uint8_t>(entry.live);
    if (!entry.live) return;
    std::string value;
    entry.value.encode(value);
    w.string(value);
  }

  std::vector<Entry> entries_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> dirty_;
  std::vector<uint8_t> tags_;
  std::vector<uint32_t> slots_;
  uint64_t mask_ = 0;
  uint64_t used_ = 0;   // tags that are not empty
  uint64_t live_ = 0;
  uint64_t heap_bytes_ = 0;
  bool revived_ = false;
};

}  // namespace weir::state
