// The aggregate functions, one accumulator a call and group: exact under insertion and deletion in
// any order. count: a number. sum, avg: integers in 128 bits, floats and numerics by
// data/exact_sum.h. min, max, and everything with DISTINCT: the multiset of values lives in the
// operator (flow/value_sets.h) and feeds the accumulator.
#pragma once
#include "data/exact_sum.h"
#include "data/row_errors.h"
#include "plan/plan.h"

namespace weir::flow {

class Accumulator {
 public:
  // `argument` is not NULL in that row.
  void add(const plan::AggregateCall& call, const Column& argument, uint32_t row, int64_t weight);
  void add_count(int64_t weight) { count_ += weight; }
  int64_t count() const { return count_; }
  // count, sum and avg. Appends; an error of the group comes back in *error (and nothing is
  // appended).
  bool finish(const plan::AggregateCall& call, Type argument, ColumnBuilder& out,
              RowError* error) const;

  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
  size_t heap_bytes() const;

 private:
  bool finish_sum(const plan::AggregateCall& call, Type argument, ColumnBuilder& out,
                  RowError* error) const;

  int64_t count_ = 0;
  Int128 integers_ = 0;
  std::unique_ptr<ExactFloatSum> floats_;
  std::unique_ptr<DecimalSum> decimals_;
};

}  // namespace weir::flow
