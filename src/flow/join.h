// Join: inner and left, on equal keys (none: every pair), with a residual predicate over both
// sides.
//
//   delta   d(A x B) = dA x B + A x dB + dA x dB. A delta is matched against the other side as it
//   is when
//           it comes, then added to its own, so each pair is met once, whichever side comes last.
//           Left: a left row without a match comes out with NULLs; finish() compares, for the left
//           rows whose matches an epoch touched, how often they matched before and after.
//   state   both sides, row by row under their key (state::Index); left join: matches of each left
//   row.
//           Rows whose key has a NULL match nothing and are not kept (left: they come out at once).
//   cost    a probe a row and one output row a pair; state grows with both inputs.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_join(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
