// A call of an aggregate over a certain input: which rows count, what of them is kept, and where:
//
//   accumulator  all that does not depend on order: counts, sums, moments, bits, sketches
//   value set    what needs all values: min, max, DISTINCT, ordered sets, lists; by the key of the
//                inner ORDER BY and the arguments. DISTINCT sums keep both: what comes into the set
//                or goes from it is added to the accumulator or taken back.
//
// The operator (flow/aggregate.cc) keeps both durable by group; flow/aggregate_state.h keeps them
// in memory for a frame of rows.
#pragma once
#include <span>

#include "data/row_encoding.h"
#include "data/row_errors.h"
#include "flow/accumulator.h"
#include "flow/value_sets.h"

namespace weir::flow {

// Where a group keeps what a call needs.
struct CallPlace {
  Accumulator& accumulator;
  ValueSets& sets;
  ValueSets::Of set;
  int64_t* last_arrival = nullptr;
};

// A row that counts: the arguments' columns, and its key in the set, empty where there is none.
struct CallRow {
  const Batch& arguments;
  uint32_t row = 0;
  std::string_view key;
  int64_t weight = 1;
};

class BoundCall {
 public:
  // Append-only: no row will ever be taken back; then min and max are not for add() but for
  // flow/extremes.h.
  BoundCall(plan::AggregateCall call, const Schema& input, bool append_only);

  const plan::AggregateCall& call() const { return call_; }
  const Schema& arguments() const { return arguments_; }  // the types of the arguments
  Batch arguments_of(const Batch& rows) const;

  bool counts(const Batch& rows, uint32_t row) const;  // by FILTER and NULLs
  bool has_set() const { return has_set_; }
  bool is_extreme() const;                             // min, max
  bool by_form() const { return by_form_; }
  bool by_arrival() const { return by_arrival_; }
  void keys_of(const Batch& rows, RowBytes& keys) const;  // in the set

  void add(const CallRow& row, const CallPlace& place) const;
  // Row encoding of min or max; nullptr: there is none.
  const std::string* extreme(const CallPlace& place) const;
  // The row encoding of a result that is a count or a sum of integers in 64 bits; false: it is
  // neither, or too large.
  bool encode_number(const Accumulator& accumulator, std::string& out) const;
  // Appends the result; false: an error of the group.
  bool finish(const CallPlace& place, std::span<const Value> direct, Answer answer) const;

 private:
  void add_to_set(const CallRow& row, const CallPlace& place) const;
  void add_change(const ValueSets::Change& change, Accumulator& accumulator) const;

  plan::AggregateCall call_;
  Schema arguments_;
  std::vector<SortColumn> key_columns_;  // of the input
  std::vector<uint32_t> not_null_;       // arguments that must have a value
  bool has_set_ = false;
  bool sums_ = false;        // the accumulator answers
  bool by_form_ = false;     // equal values that look different stand apart in the set
  bool by_arrival_ = false;  // the order of the set's values is that of their arrival
};

// Whether equal values of the type may look different: 1.0 and 1.00, -0 and 0, '1 day' and
// '24:00:00'.
bool has_forms(const Type& type);

}  // namespace weir::flow
