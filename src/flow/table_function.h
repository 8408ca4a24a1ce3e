// Table functions: each input row comes out once for every row that the functions answer for it,
// with their columns behind its own. Linear: weights pass through, no state. An input row with an
// error goes to the dead letters with its weight, or comes out with NULLs (on_error).
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_table_function(const plan::Node& node,
                                              const OperatorOptions& options);

}  // namespace weir::flow
