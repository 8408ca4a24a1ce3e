// The values of min, max and DISTINCT aggregates under retraction: for each (group, call) a sorted
// multiset, durable value by value. Ordered by the key encoding, so the least and the greatest
// stand at the ends.
#pragma once
#include <map>
#include <string>

#include "state/table.h"

namespace weir::flow {

struct CountedValue {
  int64_t count = 0;
  std::string value;  // row encoding of the one column
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
  size_t heap_bytes() const { return value.capacity() > 15 ? value.capacity() : 0; }
};

class ValueSets {
 public:
  // By how much the set changed: a value came (+1), went (-1) or neither (0); and the value as it
  // was when it came (of equals that look different, the first), which is what must be taken back.
  struct Change {
    int by = 0;
    std::string_view value;  // row encoding; until the next call
  };
  Change add(std::string_view group, uint32_t call, std::string_view value_key,
          std::string_view value, int64_t weight);
  // Row encoding of the least or greatest value; nullptr: none.
  const std::string* least(std::string_view group, uint32_t call);
  const std::string* greatest(std::string_view group, uint32_t call);
  // Where a set has one value: its key.
  std::string key_of_only(std::string_view group, uint32_t call);
  void erase_group(std::string_view group, uint32_t calls);

  state::TableBase* table() { return &table_; }

 private:
  static std::string prefix_of(std::string_view group, uint32_t call);
  void restore();

  state::Table<CountedValue> table_;
  std::map<std::string, uint32_t> sorted_;  // prefix + value key -> entry
  bool restored_ = false;
};

}  // namespace weir::flow
