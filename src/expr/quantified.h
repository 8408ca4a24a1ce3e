// x = ANY (array), x > ALL (array): a comparison with each element. Inside src/expr only.
#pragma once
#include "expr/expr.h"

namespace weir::expr {

// e.args: the value and the array; e.function compares the value with an element.
Evaluated evaluate_quantified(const Expr& e, const Batch& input, const EvalContext& context);

}  // namespace weir::expr
