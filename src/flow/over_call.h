// The window functions: one column of results over the rows of a partition in order.
#pragma once
#include "data/row_errors.h"
#include "flow/over_rows.h"

namespace weir::flow {

struct OverErrors {
  RowErrors of_results;    // by position
  // By row: an argument that failed, where a frame looks at it. Results that depend on such a row
  // mean nothing.
  RowErrors of_arguments;
};

// One result a position; those with errors are NULL.
ColumnPtr evaluate_over(const plan::OverCall& call, const std::vector<SortColumn>& order,
                        const OverRows& rows, OverErrors* errors);

}  // namespace weir::flow
