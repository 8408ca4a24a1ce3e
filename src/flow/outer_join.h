// Outer joins, left and full: the pairs of an inner join, and the rows of a kept side that have no
// match, beside NULLs.
//
//   delta   pairs as join.h has them. finish() compares, for the rows of a kept side that the epoch
//           touched, whether they had a match before and have one now (match_watch.h). Rows whose
//           key has a NULL never have one: they come and go at once.
//   state   both sides arranged by key (arrangement.h); with a residual, the number of matches of
//           each row of a kept side.
//   cost    as an inner join; a key that finds its first match or loses its last one: its rows.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_outer_join(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
