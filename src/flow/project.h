// Project: output column i is expression i of the input row. Linear: weights pass through, no
// state. A row with an error goes to the dead letters with its weight, or has NULL there
// (on_error).
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_project(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
