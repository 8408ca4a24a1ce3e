#include "flow/value_sets.h"

#include <algorithm>
#include <optional>

namespace weir::flow {

void CountedValue::encode(std::string& out) const {
  ByteWriter w(out);
  if (!arrivals.empty()) {
    w.zigzag(0);
    w.zigzag(count);
    w.varint(arrivals.size());
    for (const int64_t arrival : arrivals) w.zigzag(arrival);
  } else {
    w.zigzag(count);
  }
  w.raw(value);
}

bool CountedValue::decode(std::string_view bytes) {
  ByteReader r(bytes);
  count = r.zigzag();
  if (count == 0) {  // no value is counted 0 times: arrivals follow
    count = r.zigzag();
    const uint64_t n = r.varint();
    if (!r.ok() || n > bytes.size()) return false;
    arrivals.resize(n);
    for (int64_t& arrival : arrivals) arrival = r.zigzag();
  }
  value = bytes.substr(r.position());
  return r.ok();
}

std::string ValueSets::prefix_of(const Of& of) {
  std::string prefix;
  ByteWriter w(prefix);
  w.string(of.group);
  w.be(static_cast<uint16_t>(of.call));  // in order, as the keys are
  return prefix;
}

void ValueSets::restore() {
  if (restored_) return;
  restored_ = true;
  table_.for_each([&](uint32_t id) {
    const std::string_view key = table_.key(id);
    ByteReader r(key);
    (void)r.string();
    const uint32_t call = r.be<uint16_t>();
    if (apart_.count(call)) {
      before_.emplace(key.substr(0, r.position()), id);
    } else {
      sorted_.emplace(key, id);
    }
  });
}

namespace {

void keep_arrivals(CountedValue& counted, int64_t weight, int64_t arrival) {
  for (int64_t i = 0; i < weight && counted.count + i >= 0; ++i) {
    counted.arrivals.push_back(arrival);
  }
  if (weight < 0) {
    const auto gone = std::min(counted.arrivals.size(), static_cast<size_t>(-weight));
    counted.arrivals.erase(counted.arrivals.begin(),
                           counted.arrivals.begin() + static_cast<std::ptrdiff_t>(gone));
  }
}

}  // namespace

ValueSets::Change ValueSets::add(const Of& of, const Addition& addition) {
  restore();
  std::string key = prefix_of(of);
  key += addition.key;
  bool inserted = false;
  const uint32_t id = table_.find_or_insert(key, &inserted);
  table_.touch(id);
  CountedValue& counted = table_.value(id);
  if (inserted) {
    counted.value = addition.value;
    sorted_.emplace(key, id);
  }
  if (addition.arrival > 0) keep_arrivals(counted, addition.weight, addition.arrival);
  const int64_t before = counted.count;
  counted.count += addition.weight;
  const bool was = before > 0;
  const bool is = before + addition.weight > 0;
  Change change{static_cast<int>(is) - static_cast<int>(was), {}};
  if (change.by != 0) change.value = counted.value;
  if (counted.count == 0) {
    table_.erase(id);
    sorted_.erase(key);
  }
  return change;
}

const CountedValue* ValueSets::first_form(const std::string& prefix) const {
  for (auto it = sorted_.lower_bound(prefix);
       it != sorted_.end() && it->first.starts_with(prefix); ++it) {
    if (table_.value(it->second).count > 0) return &table_.value(it->second);
  }
  return nullptr;
}

std::vector<ValueSets::Change> ValueSets::add_form(const Of& of, const Addition& addition) {
  restore();
  const std::string prefix = prefix_of(of) + std::string(addition.key);
  const auto shown = [&] {
    const CountedValue* form = first_form(prefix);
    return form ? std::optional<std::string>(form->value) : std::nullopt;
  };
  const std::optional<std::string> before = shown();
  const std::string key = std::string(addition.key) + std::string(addition.value);
  add(of, {key, addition.value, addition.weight});
  const std::optional<std::string> after = shown();
  std::vector<Change> changes;
  if (before == after) return changes;
  if (before) changes.push_back({-1, *before});
  if (after) changes.push_back({1, *after});
  return changes;
}

const std::string* ValueSets::least(const Of& of) {
  restore();
  const std::string prefix = prefix_of(of);
  const auto it = sorted_.lower_bound(prefix);
  if (it == sorted_.end() || !it->first.starts_with(prefix)) return nullptr;
  return &table_.value(it->second).value;
}

const std::string* ValueSets::greatest(const Of& of) {
  restore();
  const std::string prefix = prefix_of(of);
  auto it = sorted_.lower_bound(prefix_of({of.group, of.call + 1}));
  if (it == sorted_.begin()) return nullptr;
  --it;
  return it->first.starts_with(prefix) ? &table_.value(it->second).value : nullptr;
}

std::vector<ValueSets::Entry> ValueSets::entries(const Of& of) {
  restore();
  const std::string prefix = prefix_of(of);
  std::vector<Entry> entries;
  for (auto it = sorted_.lower_bound(prefix);
       it != sorted_.end() && it->first.starts_with(prefix); ++it) {
    entries.push_back({std::string_view(it->first).substr(prefix.size()),
                       &table_.value(it->second)});
  }
  return entries;
}

void ValueSets::clear() {
  table_.clear();
  sorted_.clear();
  before_.clear();
}

uint32_t ValueSets::put(const Of& of, const Addition& addition) {
  std::string key = prefix_of(of);
  key += addition.key;
  bool inserted = false;
  const uint32_t id = table_.find_or_insert(key, &inserted);
  table_.touch(id);
  table_.value(id).count = addition.weight;
  table_.value(id).value = addition.value;
  return id;
}

uint32_t ValueSets::take_over(const Of& of) {
  restore();
  const auto it = before_.find(prefix_of(of));
  if (it == before_.end()) return kNone;
  const uint32_t id = it->second;
  before_.erase(it);
  return id;
}

std::string_view ValueSets::key(const Of& of, uint32_t entry) const {
  return table_.key(entry).substr(prefix_of(of).size());
}

void ValueSets::erase_group(std::string_view group, uint32_t calls) {
  restore();
  auto it = sorted_.lower_bound(prefix_of({group, 0}));
  const std::string end = prefix_of({group, calls});
  while (it != sorted_.end() && it->first < end) {
    table_.erase(it->second);
    it = sorted_.erase(it);
  }
}

}  // namespace weir::flow
