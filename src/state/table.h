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
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/result.h"
#include "state/entry.h"

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

  // A table that holds nothing takes `entries` live ones, each once, in the order of their hashes:
  // load() of some, the first of which is the one of number `first`, by several threads at once.
  // begin_load() answers false where the table takes deltas only.
  virtual bool begin_load(uint64_t) { return false; }
  virtual Status load(uint64_t, std::string_view) { return {}; }
  virtual void end_load() {}
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
    return id == kNone || !entry(id).live ? kNone : id;
  }
  // The entry of the key, made (and dirty) where there is none.
  uint32_t find_or_insert(std::string_view key, uint64_t hash, bool* inserted) {
    uint32_t id = lookup(key, hash);
    *inserted = id == kNone || !entry(id).live;
    revived_ = *inserted && id != kNone;
    if (id == kNone) {
      id = allocate(key, hash);
    } else if (!entry(id).live) {
      entry(id).value = Value();
      entry(id).live = true;
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
  const std::vector<uint32_t>& dirty() const { return dirty_; }

  void write_delta(std::string& out) const override {
    for (const uint32_t id : dirty_) write_entry(id, out);
  }
  void write_all(std::string& out) const override {
    for_each([&](uint32_t id) { write_entry(id, out); });
  }
  Status apply(std::string_view delta) override {
    ByteReader r(delta);
    std::array<state::Entry, kAhead> entries;
    std::array<uint64_t, kAhead> hashes;
    while (!r.at_end()) {
      size_t n = 0;
      for (; n < kAhead && !r.at_end(); ++n) {
        if (!entries[n].read(r, delta)) return damaged_delta();
        hashes[n] = hash_of(entries[n].key);
        prefetch(hashes[n]);
      }
      for (size_t i = 0; i < n; ++i) prefetch_entry(hashes[i]);
      for (size_t i = 0; i < n; ++i) {
        if (!set(entries[i], hashes[i])) return damaged_delta();
      }
    }
    clear_dirty();
    return {};
  }
  bool begin_load(uint64_t entries) override {
    if (count_ > 0 || entries == 0 || entries >= kNone) return false;
    count_ = static_cast<uint32_t>(entries);
    pages_.resize((count_ + kPageEntries - 1) / kPageEntries);
    for (auto& page : pages_) page.reset(new Entry[kPageEntries]);
    return true;
  }
  Status load(uint64_t first, std::string_view bytes) override {
    ByteReader r(bytes);
    state::Entry read;
    for (; !r.at_end(); ++first) {
      if (!read.read(r, bytes) || !read.live || first >= count_) return damaged_delta();
      Entry& loaded = entry(static_cast<uint32_t>(first));
      loaded.key = read.key;
      loaded.hash = hash_of(read.key);
      if (!loaded.value.decode(read.value)) return damaged_delta();
      loaded.heap_bytes = heap_bytes_of(loaded);
      loaded.live = true;
    }
    return {};
  }
  // Placed in the order of their hashes, entries come to stand side by side.
  void end_load() override {
    rehash(count_ + count_ / 8);
    for (uint32_t id = 0; id < count_; ++id) {
      heap_bytes_ += entry(id).heap_bytes;
      live_ += entry(id).live;
    }
  }
  void clear_dirty() override {
    for (const uint32_t id : dirty_) {
      Entry& changed = entry(id);
      changed.dirty = false;
      heap_bytes_ -= changed.heap_bytes;
      if (changed.live) {
        changed.heap_bytes = heap_bytes_of(changed);
        heap_bytes_ += changed.heap_bytes;
      } else {
        release(id);
      }
    }
    dirty_.clear();
  }
  void clear() override {
    pages_.clear();
    count_ = 0;
    free_.clear();
    dirty_.clear();
    live_ = heap_bytes_ = 0;
    rehash(16);
  }
  uint64_t size() const override { return live_; }
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
    bool live = false;
    bool dirty = false;
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
  bool set(const state::Entry& to, uint64_t hash) {
    bool inserted = false;
    const uint32_t id = find_or_insert(to.key, hash, &inserted);
    if (!to.live) {
      erase(id);
      return true;
    }
    touch(id);
    entry(id).value = Value();
    return entry(id).value.decode(to.value);
  }
  uint32_t allocate(std::string_view key, uint64_t hash) {
    if ((used_ + 1) * 8 > tags_.size() * 7) {
      rehash(std::max<size_t>(16, (live_ + dirty_.size() + 1) * 2));
    }
    uint32_t id = count_;
    if (free_.empty()) {
      if (id % kPageEntries == 0) pages_.emplace_back(new Entry[kPageEntries]);
      ++count_;
    } else {
      id = free_.back();
      free_.pop_back();
    }
    Entry& made = entry(id);
    made.key = key;
    made.hash = hash;
    made.live = true;
    ++live_;
    place(id);
    return id;
  }
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
  void rehash(size_t least) {
    size_t capacity = 16;
    while (capacity * 7 < least * 8) capacity *= 2;
    tags_.assign(capacity, kEmpty);
    slots_.assign(capacity, 0);
    mask_ = capacity - 1;
    shift_ = static_cast<uint8_t>(64 - std::countr_zero(capacity));
    used_ = 0;
    for (uint32_t id = 0; id < count_; ++id) {
      if (entry(id).live || entry(id).dirty) place(id);
    }
  }
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
};

}  // namespace weir::state
