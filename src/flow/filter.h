// Filter: the rows for which the predicate is true, with their weights. Linear, no state. A row
// whose predicate has an error goes to the dead letters (on_error: null drops it, as NULL is not
// true).
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_filter(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
