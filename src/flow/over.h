// Window functions over rows that may be taken back.
//
//   delta   a touched partition is worked out twice in finish(), as it was and as it is, and the
//           difference comes out: old results are often as large as the rows, and are not kept.
//   state   every row with how often it stands, in one order: partition, ORDER BY, then the row
//           itself, so that ties are broken the same way at any time.
//   cost    O(log n) a row, O(rows of the touched partitions) an epoch.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_over(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
