// Table: what takes bytes in, and what moves entries between memory and disk. Included by table.h
// alone.
#pragma once
#include <algorithm>
#include <array>
#include <bit>

#include "state/table.h"

namespace weir::state {

template <class Value>
uint32_t Table<Value>::allocate(std::string_view key, uint64_t hash) {
  if ((used_ + 1) * 8 > tags_.size() * 7) {
    rehash(std::max<size_t>(16, (live_ + gone_.size() + dirty_.size() + 1) * 2));
  }
  uint32_t id = count_;
  if (free_.empty()) {
    if (id % kPageEntries == 0) pages_.push_back(std::make_unique<Entry[]>(kPageEntries));
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

template <class Value>
void Table<Value>::rehash(size_t least) {
  size_t capacity = 16;
  while (capacity * 7 < least * 8) capacity *= 2;
  tags_.assign(capacity, kEmpty);
  slots_.assign(capacity, 0);
  mask_ = capacity - 1;
  shift_ = static_cast<uint8_t>(64 - std::countr_zero(capacity));
  used_ = 0;
  for (uint32_t id = 0; id < count_; ++id) {
    if (entry(id).live || entry(id).dirty || entry(id).gone) place(id);
  }
}

template <class Value>
template <class Keys>
void Table<Value>::fetch(const Keys& keys, uint32_t count) {
  if (!cold_) return;
  std::vector<std::pair<uint64_t, uint32_t>> missing;
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t hash = hash_of(keys[i]);
    if (lookup(keys[i], hash) == kNone) missing.emplace_back(hash, i);
  }
  std::sort(missing.begin(), missing.end());
  for (const auto& [hash, i] : missing) {
    if (lookup(keys[i], hash) == kNone) fetch_one(keys[i], hash);
  }
  fetched_ = true;
}

template <class Value>
template <class F>
Status Table<Value>::for_each_stored(F f) const {
  for_each([&](uint32_t id) { f(key(id), value(id)); });
  if (!cold_) return {};
  Value value;
  return for_each_cold([&](const state::Entry& cold) {
    value = Value();
    if (!value.decode(cold.value)) return false;
    f(cold.key, value);
    return true;
  });
}

template <class Value>
void Table<Value>::write_all(std::string& out) const {
  for_each([&](uint32_t id) { write_entry(id, out); });
  if (!cold_) return;
  const Status read = for_each_cold([&](const state::Entry& cold) {
    out += cold.bytes;
    return true;
  });
  if (!read) cold_status_ = read;
}

template <class Value>
Status Table<Value>::apply(std::string_view delta) {
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

template <class Value>
bool Table<Value>::begin_load(uint64_t entries) {
  if (count_ > 0 || entries == 0 || entries >= kNone) return false;
  count_ = static_cast<uint32_t>(entries);
  pages_.resize((count_ + kPageEntries - 1) / kPageEntries);
  for (auto& page : pages_) page = std::make_unique<Entry[]>(kPageEntries);
  return true;
}

template <class Value>
Status Table<Value>::load(uint64_t first, std::string_view bytes) {
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
template <class Value>
void Table<Value>::end_load() {
  rehash(count_ + count_ / 8);
  for (uint32_t id = 0; id < count_; ++id) {
    heap_bytes_ += entry(id).heap_bytes;
    live_ += entry(id).live;
  }
}

template <class Value>
void Table<Value>::clear_dirty() {
  for (const uint32_t id : dirty_) {
    Entry& changed = entry(id);
    changed.dirty = false;
    changed.changed_at = mark_;
    heap_bytes_ -= changed.heap_bytes;
    changed.heap_bytes = 0;
    if (changed.live) {
      changed.heap_bytes = heap_bytes_of(changed);
      heap_bytes_ += changed.heap_bytes;
    } else if (marked_ || cold_) {
      changed.gone = true;  // the rows on disk do not know it
      changed.value = Value();
      gone_.push_back(id);
    } else {
      release(id);
    }
  }
  dirty_.clear();
}

template <class Value>
void Table<Value>::set_cold(std::shared_ptr<const ColdRows> rows) {
  if (count_ == 0 && !cold_) only_cold_ = rows->entries();
  cold_ = std::move(rows);
  part_at_ = SIZE_MAX;
  clean_before_ = mark_;
  marked_ = false;
  std::erase_if(gone_, [&](uint32_t id) {
    if (entry(id).live || entry(id).dirty || !entry(id).gone) return true;
    if (entry(id).changed_at >= clean_before_) return false;
    release(id);
    return true;
  });
}

template <class Value>
uint64_t Table<Value>::evict(uint64_t bytes) {
  uint64_t freed = 0;
  for (uint32_t seen = 0; cold_ && seen < count_ && freed < bytes; ++seen) {
    hand_ = hand_ + 1 < count_ ? hand_ + 1 : 0;
    const Entry& at = entry(hand_);
    if (!at.live || at.dirty || at.changed_at >= clean_before_) continue;
    freed += sizeof(Entry) + at.heap_bytes;
    heap_bytes_ -= at.heap_bytes;
    release(hand_);
    --live_;
    ++only_cold_;
  }
  return freed;
}

template <class Value>
bool Table<Value>::set(const state::Entry& to, uint64_t hash) {
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

// The entry of a key among the cold rows, brought in as it is there. Its key is not in memory.
template <class Value>
uint32_t Table<Value>::fetch_one(std::string_view key, uint64_t hash) {
  const size_t part = cold_->part_of(hash);
  if (part != part_at_ && !read_part(part)) return kNone;
  ByteReader r(part_bytes_);
  for (state::Entry cold; !r.at_end();) {
    if (!cold.read(r, part_bytes_)) break;
    if (cold.key != key) continue;
    const uint32_t id = allocate(key, hash);
    Entry& came = entry(id);
    if (!came.value.decode(cold.value)) cold_status_ = damaged_delta();
    came.heap_bytes = heap_bytes_of(came);
    heap_bytes_ += came.heap_bytes;
    --only_cold_;
    return id;
  }
  return kNone;
}

template <class Value>
bool Table<Value>::read_part(size_t part) {
  Result<std::string> bytes = cold_->read(part);
  part_at_ = SIZE_MAX;
  if (!bytes) {
    cold_status_ = std::move(bytes).error();
    return false;
  }
  part_bytes_ = std::move(*bytes);
  part_at_ = part;
  return true;
}

// Of the cold rows, those that memory says nothing of; f answers false at what it cannot take.
template <class Value>
template <class F>
Status Table<Value>::for_each_cold(F f) const {
  for (size_t part = 0; part < cold_->parts(); ++part) {
    const std::string bytes = TRY(cold_->read(part));
    ByteReader r(bytes);
    for (state::Entry cold; !r.at_end();) {
      if (!cold.read(r, bytes)) return damaged_delta();
      if (lookup(cold.key, hash_of(cold.key)) != kNone) continue;
      if (!f(cold)) return damaged_delta();
    }
  }
  return {};
}

}  // namespace weir::state
