// FROM a, b, c WHERE ... names relations in the order in which people think of them. Joined in that
// order, two that no condition connects make every pair of their rows, and a view keeps them all.
// Here each relation comes where an equality connects it with one that has come before; among those
// the order of FROM holds, and a FROM that is well ordered stays as it is.
#pragma once
#include "plan/plan.h"

namespace weir::plan {

// `input` with the same columns in the same places; `conjuncts`, of its columns, are yet to be
// applied.
NodePtr order_joins(NodePtr input, const std::vector<expr::ExprPtr>& conjuncts);

}  // namespace weir::plan
