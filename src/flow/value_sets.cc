#include "flow/value_sets.h"

namespace weir::flow {

void CountedValue::encode(std::string& out) const {
  ByteWriter w(out);
  w.zigzag(count);
  w.raw(value);
}

bool CountedValue::decode(std::string_view bytes) {
  ByteReader r(bytes);
  count = r.zigzag();
  value = bytes.substr(r.position());
  return r.ok();
}

std::string ValueSets::prefix_of(std::string_view group, uint32_t call) {
  std::string prefix;
  ByteWriter w(prefix);
  w.string(group);
  w.be(static_cast<uint16_t>(call));  // in order, as the keys are
  return prefix;
}

void ValueSets::restore() {
  if (restored_) return;
  restored_ = true;
  table_.for_each([&](uint32_t id) { sorted_.emplace(table_.key(id), id); });
}

ValueSets::Change ValueSets::add(std::string_view group, uint32_t call, std::string_view value_key,
                   std::string_view value, int64_t weight) {
  restore();
  std::string key = prefix_of(group, call);
  key += value_key;
  bool inserted = false;
  const uint32_t id = table_.find_or_insert(key, &inserted);
  table_.touch(id);
  CountedValue& counted = table_.value(id);
  if (inserted) {
    counted.value = value;
    sorted_.emplace(key, id);
  }
  const int64_t before = counted.count;
  counted.count += weight;
  if (counted.count == 0) {
    table_.erase(id);
    sorted_.erase(key);
  }
  const bool was = before > 0;
  const bool is = before + weight > 0;
  return {static_cast<int>(is) - static_cast<int>(was), table_.value(id).value};
}

const std::string* ValueSets::least(std::string_view group, uint32_t call) {
  restore();
  const std::string prefix = prefix_of(group, call);
  const auto it = sorted_.lower_bound(prefix);
  if (it == sorted_.end() || !it->first.starts_with(prefix)) return nullptr;
  return &table_.value(it->second).value;
}

const std::string* ValueSets::greatest(std::string_view group, uint32_t call) {
  restore();
  const std::string prefix = prefix_of(group, call);
  auto it = sorted_.lower_bound(prefix_of(group, call + 1));
  if (it == sorted_.begin()) return nullptr;
  --it;
  return it->first.starts_with(prefix) ? &table_.value(it->second).value : nullptr;
}

std::string ValueSets::key_of_only(std::string_view group, uint32_t call) {
  restore();
  const std::string prefix = prefix_of(group, call);
  const auto it = sorted_.lower_bound(prefix);
  if (it == sorted_.end() || !it->first.starts_with(prefix)) return "";
  return it->first.substr(prefix.size());
}

void ValueSets::erase_group(std::string_view group, uint32_t calls) {
  restore();
  auto it = sorted_.lower_bound(prefix_of(group, 0));
  const std::string end = prefix_of(group, calls);
  while (it != sorted_.end() && it->first < end) {
    table_.erase(it->second);
    it = sorted_.erase(it);
  }
}

}  // namespace weir::flow
