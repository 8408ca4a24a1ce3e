// Recursion: the base and what the step adds, round after round, until it adds nothing. The step is
// a graph inside the operator, over the working table, which holds what the last round added.
//
//   delta   an epoch that touches an input goes through all rounds again; the result is compared
//           with the last one. What the step reads beside the working table is pushed to it once.
//   state   the inputs' rows, the result, and which failing rows were told; the inner graph's own
//           is rebuilt from them after recovery. An epoch costs as much as the whole result.
//   bounds  UNION ALL over a cycle never ends: behind a number of rounds and rows the recursion
//           fails (54001), told once, and has no rows until its inputs let it end.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

Result<std::unique_ptr<Operator>> make_recursive(const plan::Node& node,
                                                 const OperatorOptions& options);
// The base, then the scans of the step that are not its working table.
std::vector<plan::NodePtr> recursive_inputs(const plan::Node& node);

}  // namespace weir::flow
