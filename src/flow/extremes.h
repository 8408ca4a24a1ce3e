// min and max over rows that only come: one value a group and call is enough. It is at hand by the
// group's number while rows come, and goes to the value sets at the end of an epoch, once a group:
// there it is durable, under the same key as where all values are kept.
//
// After a restart a group is looked up in the sets at its first row.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "flow/value_sets.h"

namespace weir::flow {

class Extremes {
 public:
  struct Place {
    uint32_t group = 0;     // its number
    uint32_t place = 0;     // of the call, among those given
    std::string_view key;   // of the group
  };
  explicit Extremes(ValueSets& sets) : sets_(sets) {}

  // Another min or max of the aggregate, before any row: its place.
  uint32_t add_call(uint32_t number) {
    calls_.push_back(number);
    sets_.keep_apart(number);
    return static_cast<uint32_t>(calls_.size() - 1);
  }
  bool any() const { return !calls_.empty(); }

  // True where the value of that key is to be kept: call keep() then.
  bool is_better(const Place& place, std::string_view key, bool least);
  void keep(const Place& place, std::string_view key, std::string value);
  const std::string* value(const Place& place);  // row encoding; nullptr: none
  // A group that is new has none; one that is gone leaves its number to another.
  void begin_group(uint32_t group);
  void forget(uint32_t group, std::string_view key);
  // Into the sets, what changed of a group since the last call.
  void settle(uint32_t group, std::string_view key);

 private:
  struct Kept {
    std::string key;      // of the value
    std::string value;    // empty: there is none
    uint32_t stored = ValueSets::kNone;  // the entry that the sets have
    bool known = false;   // what the sets have was looked up
    bool changed = false;
  };
  Kept& at(const Place& place);
  Kept* of(uint32_t group);

  ValueSets& sets_;
  std::vector<uint32_t> calls_;  // their numbers among all of the aggregate
  std::vector<Kept> kept_;       // as many of each group
};

}  // namespace weir::flow
