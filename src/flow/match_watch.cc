#include "flow/match_watch.h"

#include "flow/keyed_rows.h"

namespace weir::flow {

namespace {
constexpr uint32_t kNone = state::Table<state::Weight>::kNone;
}

MatchWatch::Standing MatchWatch::standing(std::string_view key, std::string_view row,
                                          std::string_view place) const {
  const int64_t weight = own_->weight(key, row);
  if (!counted_) return {weight, other_->has_rows(key)};
  const uint32_t id = matches_.find(place);
  return {weight, id != kNone && matches_.value(id).n > 0};
}

void MatchWatch::remember(std::string_view key, std::string_view row) {
  std::string place = place_of(key, row);
  if (before_.contains(place)) return;
  Standing before = standing(key, row, place);
  if (!counted_) {
    const auto known = keys_before_.find(std::string(key));
    if (known != keys_before_.end()) before.matched = known->second;
  }
  before_.emplace(std::move(place), before);
}

void MatchWatch::row_changes(std::string_view key, std::string_view row) { remember(key, row); }

void MatchWatch::others_change(std::string_view key) {
  const auto [at, inserted] = keys_before_.try_emplace(std::string(key), false);
  if (inserted) at->second = other_->has_rows(key);
}

bool MatchWatch::begin(std::string_view key, std::string_view row) {
  bool inserted = false;
  matches_.find_or_insert(place_of(key, row), &inserted);
  return inserted;
}

void MatchWatch::count(const std::string& place, int64_t by) {
  const auto [key, row] = key_and_row(place);
  remember(key, row);
  const uint32_t id = matches_.find(place);
  WEIR_CHECK(id != kNone);
  matches_.touch(id);
  matches_.value(id).n += by;
}

void MatchWatch::forget(std::string_view key, std::string_view row) {
  const uint32_t id = matches_.find(place_of(key, row));
  if (id != kNone) matches_.erase(id);
}

// Where a key has found its first match or lost its last one, all its rows are touched.
void MatchWatch::remember_rows_of_changed_keys() {
  for (const auto& [key, had] : keys_before_) {
    if (other_->has_rows(key) == had) continue;
    own_->for_rows(key, [&](std::string_view row, int64_t n) {
      before_.try_emplace(place_of(key, row), Standing{n, had});
    });
  }
  keys_before_.clear();
}

std::vector<MatchWatch::Change> MatchWatch::settle() {
  remember_rows_of_changed_keys();
  std::vector<Change> changes;
  for (const auto& [place, before] : before_) {
    const auto [key, row] = key_and_row(place);
    const Standing now = standing(key, row, place);
    Change change{std::string(row), 0, 0};
    (now.matched ? change.matched : change.alone) += now.weight;
    (before.matched ? change.matched : change.alone) -= before.weight;
    if (change.matched != 0 || change.alone != 0) changes.push_back(std::move(change));
  }
  before_.clear();
  return changes;
}

}  // namespace weir::flow
