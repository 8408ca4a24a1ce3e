// Semi and anti join: the left rows that have a match, and those that have none.
//
//   delta   nothing in push(), unless the key has a NULL: such a row has no match, whatever comes.
//           finish() compares, for the left rows that the epoch touched, how often they stood on
//           the answered side before and now (match_watch.h).
//   state   the left rows arranged by key (arrangement.h); of the right side how often each key is
//           there, or with a residual its rows, and the number of matches of each left row.
//   cost    a probe a row; a key that comes or goes: its left rows. With a residual a right row
//           meets every left row of its key.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_semi_join(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
