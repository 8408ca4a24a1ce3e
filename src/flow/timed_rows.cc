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

void TimedRows::add(std::string_view key, Micros at, std::string_view row, int64_t weight) {
  restore();
  std::string place;
  ByteWriter w(place);
  w.string(key);
  w.le(at);
  w.raw(row);
  bool inserted = false;
  const uint32_t id = table_.find_or_insert(place, &inserted);
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
