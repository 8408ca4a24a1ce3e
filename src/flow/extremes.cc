#include "flow/extremes.h"

namespace weir::flow {

void Extremes::make_room(uint32_t group) {
  const size_t needed = (static_cast<size_t>(group) + 1) * calls_;
  if (kept_.size() < needed) kept_.resize(needed);
}

Extremes::Kept& Extremes::at(const Place& place) {
  make_room(place.group);
  Kept& kept = kept_[static_cast<size_t>(place.group) * calls_ + place.call];
  if (kept.known) return kept;
  kept = Kept();
  kept.known = true;
  const auto entries = sets_.entries({place.key, place.call});
  if (entries.empty()) return kept;
  kept.key = entries.front().key;
  kept.value = entries.front().counted->value;
  return kept;
}

bool Extremes::is_better(const Place& place, std::string_view key, bool least) {
  const Kept& kept = at(place);
  return kept.value.empty() || (least ? key < kept.key : key > kept.key);
}

void Extremes::keep(const Place& place, std::string_view key, std::string value) {
  Kept& kept = at(place);
  if (!kept.changed) {
    kept.stored = kept.value.empty() ? std::string() : std::move(kept.key);
    kept.changed = true;
  }
  kept.key = key;
  kept.value = std::move(value);
}

const std::string* Extremes::value(const Place& place) {
  const Kept& kept = at(place);
  return kept.value.empty() ? nullptr : &kept.value;
}

void Extremes::begin_group(uint32_t group) {
  make_room(group);
  for (uint32_t call = 0; call < calls_; ++call) {
    Kept& kept = kept_[static_cast<size_t>(group) * calls_ + call];
    kept = Kept();
    kept.known = true;
  }
}

void Extremes::forget(uint32_t group) {
  make_room(group);
  for (uint32_t call = 0; call < calls_; ++call) {
    kept_[static_cast<size_t>(group) * calls_ + call] = Kept();
  }
}

void Extremes::settle(uint32_t group, std::string_view key) {
  make_room(group);
  for (uint32_t call = 0; call < calls_; ++call) {
    Kept& kept = kept_[static_cast<size_t>(group) * calls_ + call];
    if (!kept.changed) continue;
    kept.changed = false;
    if (kept.stored != kept.key) sets_.replace({key, call}, kept.stored, {kept.key, kept.value});
  }
}

}  // namespace weir::flow
