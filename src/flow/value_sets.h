// The values of aggregates that need them all under retraction (min, max, DISTINCT, ordered sets,
// lists): for each (group, call) a sorted multiset, durable value by value. Ordered by the key
// encoding, so the least and the greatest stand at the ends. Where equal values may look different
// the key ends with the value itself, so that forms are counted apart.
#pragma once
#include <map>
#include <set>
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
  struct Of {  // which set
    std::string_view group;
    uint32_t call = 0;
  };
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
  struct Addition {
    std::string_view key;
    std::string_view value;
    int64_t weight = 1;    // less than 0: it is taken back
    int64_t arrival = 0;   // where > 0 it is remembered; the earliest ones go first
  };
  Change add(const Of& of, const Addition& addition);
  // Forms of one value: what it does to the set of distinct values, each in its first form (in the
  // order of their encodings, so that which one came first does not matter).
  std::vector<Change> add_form(const Of& of, const Addition& addition);
  // Row encoding of the least or greatest value; nullptr: none.
  const std::string* least(const Of& of);
  const std::string* greatest(const Of& of);
  std::vector<Entry> entries(const Of& of);  // in order; until the next change
  void erase_group(std::string_view group, uint32_t calls);
  void clear();

  // A call whose sets have one value, which the caller knows by its entry: they stand in no order,
  // and nothing above is asked of them. Before the first row.
  static constexpr uint32_t kNone = ~0u;
  void keep_apart(uint32_t call) { apart_.insert(call); }
  uint32_t put(const Of& of, const Addition& addition);  // its entry
  void take(uint32_t entry) { table_.erase(entry); }
  uint32_t take_over(const Of& of);  // what was there before a restart; once
  std::string_view key(const Of& of, uint32_t entry) const;
  const std::string& value(uint32_t entry) const { return table_.value(entry).value; }

  state::TableBase* table() { return &table_; }

 private:
  static std::string prefix_of(const Of& of);
  const CountedValue* first_form(const std::string& prefix) const;
  void restore();

  state::Table<CountedValue> table_;
  std::map<std::string, uint32_t> sorted_;  // prefix + value key -> entry
  std::set<uint32_t> apart_;                // calls
  std::map<std::string, uint32_t> before_;  // of those, prefix -> entry: not taken over yet
  bool restored_ = false;
};

}  // namespace weir::flow
