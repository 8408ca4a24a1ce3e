// Rewrites of the logical plan; each keeps the meaning and the output columns.
#pragma once
#include "plan/plan.h"

namespace weir::plan {

// A filter on top of `input`, its conjuncts as far down as they can go: below projections, windows,
// unions, group-by on their columns, into joins as keys or residual.
NodePtr push_filter(NodePtr input, const expr::ExprPtr& predicate);

// Scans read, and operators carry, only the columns that somebody above uses.
NodePtr prune_columns(const NodePtr& root);

// row_number() <= n over a window: only the n first rows of each partition reach it.
NodePtr limit_partitions(const NodePtr& root);

}  // namespace weir::plan
