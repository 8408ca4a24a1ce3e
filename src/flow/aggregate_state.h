// One call of an aggregate over rows that come and go, in memory: what a frame of a window
// function is summed up with. The answer depends on the rows that are there alone, except for lists
// without an ORDER BY of their own (string_agg, jsonb_agg), which follow the order in which rows
// were added.
#pragma once
#include <memory>

#include "data/batch.h"
#include "data/row_errors.h"
#include "plan/plan.h"

namespace weir::flow {

class AggregateState {
 public:
  // `input` has the columns that the call names. Ordered-set aggregates need constants as direct
  // arguments here.
  static std::unique_ptr<AggregateState> make(const plan::AggregateCall& call,
                                              const Schema& input);
  virtual ~AggregateState() = default;

  // A row of the input comes (weight > 0) or goes; FILTER and NULLs are judged here.
  virtual void add(const Batch& rows, uint32_t row, int64_t weight) = 0;
  // Appends the result; an error of the aggregate comes back in *error, and nothing is appended.
  virtual bool finish(ColumnBuilder& out, RowError* error) = 0;
  virtual void clear() = 0;  // as if no row had come
};

}  // namespace weir::flow
