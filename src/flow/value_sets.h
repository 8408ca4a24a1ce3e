// The values of aggregates that need them all under retraction (min, max, DISTINCT, ordered sets,
// lists): for each (group, call) a sorted multiset, durable value by value. Ordered by the key
// encoding, so the least and the greatest stand at the ends. Where equal values may look different
// the key ends with the value itself, so that forms are counted apart.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "state/table.h"

namespace weir::flow {

// Bytes: zigzag count, value; with arrivals: 0, zigzag count, varint number, zigzag each, value.
struct CountedValue {
  int64_t count = 0;
  std::string value;  // row encoding of the arguments
  std::vector<int64_t> arrivals;  // ascending, one for each that is there; where order is theirs
  void encode(std::string& out) const;
  bool decode(std::string_view bytes);
  size_t heap_bytes() const {
    return (value.capacity() > 15 ? value.capacity() : 0) + arrivals.capacity() * sizeof(int64_t);
  }
};

class ValueSets {
 public:
  // By how much the set changed: a value came (+1), went (-1) or neither (0); and the value as it
  // was when it came, which is what must be taken back.
  struct Change {
    int by = 0;
    std::string value;  // row encoding
  };
  // A value of a set: its key among the group's and what is counted there.
  struct Entry {
    std::string_view key;
    const CountedValue* counted = nullptr;
  };
  // `arrival` > 0 is remembered; the earliest ones go first.
  Change add(std::string_view group, uint32_t call, std::string_view value_key,
             std::string_view value, int64_t weight, int64_t arrival = 0);
  // Forms of one value: what the first form that is left does to a set of distinct values.
  std::vector<Change> add_form(std::string_view group, uint32_t call, std::string_view value_key,
                               std::string_view value, int64_t weight, int64_t arrival);
  // Row encoding of the least or greatest value; nullptr: none.
  const std::string* least(std::string_view group, uint32_t call);
  const std::string* greatest(std::string_view group, uint32_t call);
  // All values in order; until the next change.
  std::vector<Entry> entries(std::string_view group, uint32_t call);
  // Where a set has one value: its key.
  std::string key_of_only(std::string_view group, uint32_t call);
  void erase_group(std::string_view group, uint32_t calls);
  void clear();

  state::TableBase* table() { return &table_; }

 private:
  static std::string prefix_of(std::string_view group, uint32_t call);
  const CountedValue* first_form(const std::string& prefix) const;
  void restore();

  state::Table<CountedValue> table_;
  std::map<std::string, uint32_t> sorted_;  // prefix + value key -> entry
  bool restored_ = false;
};

}  // namespace weir::flow
