// Aggregate: groups by SQL equality, with count, sum, avg, min, max, FILTER and DISTINCT.
//
//   delta   every row changes the accumulators of its group; at finish() each touched group emits
//   its old
//           row with -1 and its new one with +1, nothing where they are equal. A group without rows
//           is gone; without GROUP BY there is exactly one row, always.
//   state   group key -> number of rows, the group's columns as its first row had them,
//   accumulators;
//           value sets of min, max and DISTINCT (min and max over append-only input keep one
//           value).
//   cost    a probe a row; two output rows a touched group and epoch.
//
// With Closing (a group column that the watermark closes): on_close emits a group once, when the
// watermark reaches value + delay, and forgets it; with retain an on_change group leaves view and
// state at value + delay + retain. A row that comes for a closed group is late: it goes to the side
// output and changes nothing. The watermark is the row's own (Batch::watermarks) where known, else
// the epoch's.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_aggregate(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
