// Join, inner: on equal keys (none: every pair), with a residual predicate over both sides.
//
//   delta   d(A x B) = dA x B + A x dB + dA x dB. A delta is matched against the other side as it
//           is when it comes, and only then added to its own, so each pair is met once, whichever
//           side comes last.
//   state   none of its own: both sides are arranged by their key (arrangement.h). Rows whose key
//           has a NULL match nothing and are not kept, unless NULLs match each other.
//   cost    a probe a row and one output row a pair; the arrangements grow with both inputs.
//
// make_join() answers the operator of any kind of join: outer_join.h, semi_join.h.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_join(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
