// Rows by key and time, for operators whose answer for a row depends on the rows near it: with what
// an epoch has touched, and how often each row stood at its start. Rows that go stay in their place
// until settle(), so that before and now can be told from one structure.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "state/index.h"

namespace weir::flow {

class TimedRows {
 public:
  using Times = std::map<Micros, std::vector<uint32_t>>;  // rows by their ids
  using Touched = std::map<std::string, std::set<Micros>>;

  void add(std::string_view key, Micros at, std::string_view row, int64_t weight);
  const Times& times(const std::string& key);  // those of an unknown key are empty
  const Touched& touched() const { return touched_; }
  bool has(std::string_view key, Micros at, std::string_view row) const {
    return table_.find(place(key, at, row)) != state::Table<state::Weight>::kNone;
  }
  std::vector<std::string> keys();
  // The rows of a key up to a time go, as if they had never been. Between epochs.
  void forget(const std::string& key, Micros last);
  // At the epoch's end: what is gone is forgotten, and nothing is touched.
  void settle();

  std::string_view row(uint32_t id) const;
  Micros time(uint32_t id) const;
  int64_t now(uint32_t id) const { return table_.value(id).n; }
  int64_t before(uint32_t id) const {
    const auto it = before_.find(id);
    return it == before_.end() ? now(id) : it->second;
  }
  state::TableBase* table() { return &table_; }

 private:
  static std::string place(std::string_view key, Micros at, std::string_view row);
  void restore();

  state::Table<state::Weight> table_;  // key, time, row
  std::unordered_map<std::string, Times> keys_;
  const Times none_;
  Touched touched_;
  std::unordered_map<uint32_t, int64_t> before_;  // of the rows that the epoch touches
  bool restored_ = false;
};

}  // namespace weir::flow
