#include "flow/extremes.h"

namespace weir::flow {

Extremes::Kept* Extremes::of(uint32_t group) {
  const size_t begin = static_cast<size_t>(group) * calls_.size();
  if (kept_.size() < begin + calls_.size()) kept_.resize(begin + calls_.size());
  return kept_.data() + begin;
}

Extremes::Kept& Extremes::at(const Place& place) {
  Kept& kept = of(place.group)[place.place];
  if (kept.known) return kept;
  kept = Kept();
  kept.known = true;
  const ValueSets::Of set{place.key, calls_[place.place]};
  kept.stored = sets_.take_over(set);
  if (kept.stored == ValueSets::kNone) return kept;
  kept.key = sets_.key(set, kept.stored);
  kept.value = sets_.value(kept.stored);
  return kept;
}

bool Extremes::is_better(const Place& place, std::string_view key, bool least) {
  const Kept& kept = at(place);
  return kept.value.empty() || (least ? key < kept.key : key > kept.key);
}

void Extremes::keep(const Place& place, std::string_view key, std::string value) {
  Kept& kept = at(place);
  kept.changed = true;
  kept.key = key;
  kept.value = std::move(value);
}

const std::string* Extremes::value(const Place& place) {
  const Kept& kept = at(place);
  return kept.value.empty() ? nullptr : &kept.value;
}

void Extremes::begin_group(uint32_t group) {
  Kept* all = of(group);
  for (size_t i = 0; i < calls_.size(); ++i) {
    all[i] = Kept();
    all[i].known = true;
  }
}

void Extremes::forget(uint32_t group, std::string_view key) {
  for (uint32_t place = 0; place < calls_.size(); ++place) {
    Kept& kept = at({group, place, key});
    if (kept.stored != ValueSets::kNone) sets_.take(kept.stored);
    kept = Kept();
  }
}

void Extremes::settle(uint32_t group, std::string_view key) {
  Kept* all = of(group);
  for (size_t i = 0; i < calls_.size(); ++i) {
    Kept& kept = all[i];
    if (!kept.changed) continue;
    kept.changed = false;
    const uint32_t before = kept.stored;
    kept.stored = sets_.put({key, calls_[i]}, {kept.key, kept.value});
    if (before != ValueSets::kNone) sets_.take(before);
  }
}

}  // namespace weir::flow
