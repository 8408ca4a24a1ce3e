#include "flow/timed_rows.h"

#include <algorithm>

namespace weir::flow {

namespace {

struct Parts {
  std::string_view key;
  Micros time = 0;
  std::string_view row;
};
Parts parts_of(std::string_view place) {
  ByteReader r(place);
  Parts parts{r.string(), r.le<Micros>(), {}};
  parts.row = place.substr(r.position());
  return parts;
}

}  // namespace

std::string_view TimedRows::row(uint32_t id) const { return parts_of(table_.key(id)).row; }
Micros TimedRows::time(uint32_t id) const { return parts_of(table_.key(id)).time; }

std::string TimedRows::place(std::string_view key, Micros at, std::string_view row) {
  std::string place;
  ByteWriter w(place);
  w.string(key);
  w.le(at);
  w.raw(row);
  return place;
}

std::vector<std::string> TimedRows::keys() {
  restore();
  std::vector<std::string> keys;
  for (const auto& [key, times] : keys_) keys.push_back(key);
  return keys;
}

void TimedRows::forget(const std::string& key, Micros last) {
  const auto owner = keys_.find(key);
  if (owner == keys_.end()) return;
  Times& times = owner->second;
  const auto end = times.upper_bound(last);
  for (auto slot = times.begin(); slot != end; ++slot) {
    for (const uint32_t id : slot->second) table_.erase(id);
  }
  times.erase(times.begin(), end);
  if (times.empty()) keys_.erase(owner);
}

void TimedRows::add(std::string_view key, Micros at, std::string_view row, int64_t weight) {
  restore();
  bool inserted = false;
  const uint32_t id = table_.find_or_insert(place(key, at, row), &inserted);
  table_.touch(id);
  const std::string owner(key);
  if (inserted) keys_[owner][at].push_back(id);
  int64_t& n = table_.value(id).n;
  before_.try_emplace(id, n);
  touched_[owner].insert(at);
  n += weight;
}

const TimedRows::Times& TimedRows::times(const std::string& key) {
  restore();
  const auto it = keys_.find(key);
  return it == keys_.end() ? none_ : it->second;
}

void TimedRows::settle() {
  for (const auto& [key, moments] : touched_) {
    Times& times = keys_.at(key);
    for (const Micros at : moments) {
      const auto slot = times.find(at);
      std::erase_if(slot->second, [&](const uint32_t id) {
        if (now(id) != 0) return false;
        table_.erase(id);
        return true;
      });
      if (slot->second.empty()) times.erase(slot);
    }
    if (times.empty()) keys_.erase(key);
  }
  touched_.clear();
  before_.clear();
}

// After recovery the times follow from the table.
void TimedRows::restore() {
  if (restored_) return;
  restored_ = true;
  table_.for_each([&](uint32_t id) {
    const Parts parts = parts_of(table_.key(id));
    keys_[std::string(parts.key)][parts.time].push_back(id);
  });
}

}  // namespace weir::flow
