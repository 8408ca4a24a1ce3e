// Top-N: the rows from `offset` to `offset + limit` in an order that ties cannot upset: behind the
// order asked for, the row's own bytes decide.
//
//   delta   touched rows go into the sorted state; at finish() the window of N is compared with the
//   one
//           emitted before, and the difference comes out.
//   state   every row (a deleted one must find its successor), sorted, and the emitted window.
//   cost    O(log n) a row, O(offset + limit) an epoch.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_top_n(const plan::Node& node);

}  // namespace weir::flow
