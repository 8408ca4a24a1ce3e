#include "state/index.h"

#include <algorithm>

namespace weir::state {

std::string Index::composite(std::string_view key, std::string_view row) {
  std::string out;
  out.reserve(key.size() + row.size() + 2);
  ByteWriter w(out);
  w.string(key);
  w.raw(row);
  return out;
}

std::string_view Index::key_part(std::string_view composite) {
  ByteReader r(composite);
  return r.string();
}

std::string_view Index::row_part(std::string_view composite) {
  ByteReader r(composite);
  r.string();
  return composite.substr(r.position());
}

int64_t Index::add(std::string_view key, std::string_view row, int64_t weight, uint32_t* fresh) {
  bool inserted = false;
  const uint32_t id = rows_.find_or_insert(composite(key, row), &inserted);
  rows_.touch(id);
  Weight& total = rows_.value(id);
  total.n += weight;
  if (fresh) *fresh = inserted && !rows_.revived() ? id : kNone;
  if (inserted && !rows_.revived()) {
    bool new_list = false;
    const uint32_t list = lists_.find_or_insert(key, &new_list);
    lists_.value(list).ids.push_back(id);
    lists_.touch(list);
  }
  const int64_t now = total.n;
  if (now == 0) rows_.erase(id);
  return now;
}

int64_t Index::weight(std::string_view key, std::string_view row) const {
  const uint32_t id = rows_.find(composite(key, row));
  return id == Table<Weight>::kNone ? 0 : rows_.value(id).n;
}

bool Index::has_rows(std::string_view key) const {
  const uint32_t list = lists_.find(key);
  if (list == Table<Ids>::kNone) return false;
  const std::vector<uint32_t>& ids = lists_.value(list).ids;
  return std::any_of(ids.begin(), ids.end(), [&](const uint32_t id) {
    return rows_.live(id) && rows_.value(id).n > 0;
  });
}

// Ids of dead rows are about to be reused: their lists forget them first.
void Index::drop_dead() {
  std::vector<uint32_t> lists;
  for (const uint32_t id : rows_.dirty()) {
    if (!rows_.live(id)) lists.push_back(lists_.find(key_part(rows_.key(id))));
  }
  std::sort(lists.begin(), lists.end());
  lists.erase(std::unique(lists.begin(), lists.end()), lists.end());
  for (const uint32_t list : lists) {
    if (list == Table<Ids>::kNone) continue;
    std::erase_if(lists_.value(list).ids, [&](uint32_t id) { return !rows_.live(id); });
    if (lists_.value(list).ids.empty()) {
      lists_.erase(list);
    } else {
      lists_.touch(list);
    }
  }
}

void Index::clear_dirty() {
  drop_dead();
  rows_.clear_dirty();
  lists_.clear_dirty();
}

void Index::clear() {
  rows_.clear();
  lists_.clear();
}

void Index::end_load() {
  rows_.end_load();
  bool inserted = false;
  rows_.for_each([&](uint32_t id) {
    const uint32_t list = lists_.find_or_insert(key_part(rows_.key(id)), &inserted);
    lists_.value(list).ids.push_back(id);
    lists_.touch(list);
  });
  lists_.clear_dirty();
}

Status Index::apply(std::string_view delta) {
  ByteReader r(delta);
  while (!r.at_end()) {
    const std::string_view composite_key = r.string();
    const auto live = r.le<uint8_t>();
    Weight weight;
    if (live == 1 && !weight.decode(r.string())) return damaged_delta();
    if (!r.ok() || live > 1) return damaged_delta();
    ByteReader parts(composite_key);
    const std::string_view key = parts.string();
    if (!parts.ok()) return damaged_delta();
    const std::string_view row = composite_key.substr(parts.position());
    const uint32_t id = rows_.find(composite_key);
    const int64_t now = id == Table<Weight>::kNone ? 0 : rows_.value(id).n;
    if (weight.n != now) add(key, row, weight.n - now);
  }
  clear_dirty();
  return {};
}

}  // namespace weir::state
