// The window functions: one column of results over the rows of a partition in order.
#pragma once
#include "data/row_errors.h"
#include "flow/over_rows.h"

namespace weir::flow {

// One result a position; those with errors are NULL.
ColumnPtr evaluate_over(const plan::OverCall& call, const std::vector<SortColumn>& order,
                        const OverRows& rows, RowErrors* errors);

}  // namespace weir::flow
