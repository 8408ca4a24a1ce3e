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
    uint32_t call = 0;      // among the aggregate's
    std::string_view key;   // of the group
  };
  Extremes(ValueSets& sets, uint32_t calls) : sets_(sets), calls_(calls) {}

  // True where the value of that key is to be kept: call keep() then.
  bool is_better(const Place& place, std::string_view key, bool least);
  void keep(const Place& place, std::string_view key, std::string value);
  const std::string* value(const Place& place);  // row encoding; nullptr: none
  // A group that is new has none; one that is gone leaves its number to another.
  void begin_group(uint32_t group);
  void forget(uint32_t group);
  // Into the sets, what changed of a group since the last call.
  void settle(uint32_t group, std::string_view key);

 private:
  struct Kept {
    std::string key;      // of the value
    std::string value;    // empty: there is none
    std::string stored;   // the key that the sets have; while changed
    bool known = false;   // what the sets have was looked up
    bool changed = false;
  };
  Kept& at(const Place& place);
  void make_room(uint32_t group);

  ValueSets& sets_;
  const uint32_t calls_;
  std::vector<Kept> kept_;  // calls_ of each group
};

}  // namespace weir::flow
