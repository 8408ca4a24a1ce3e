// Top-N: the rows from `offset` to `offset + limit`, of all or within each partition, in an order
// that ties cannot upset: behind the order asked for, the rest of the row decides. WITH TIES the
// rows that equal the window's last one by the order asked for come too.
//
//   delta   touched rows go into the sorted state; at finish() the window of each partition that
//           the epoch touched is compared with what it was at the epoch's start.
//   state   every row (a deleted one must find its successor), sorted. Of append-only input the
//           rows up to the window's end: one behind it can never be in it again.
//   cost    O(log n) a row, O(offset + limit) a touched partition and epoch.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_top_n(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
