// FROM a, b, c WHERE ... names relations in the order in which people think of them. Joined in that
// order, two that no condition connects make every pair of their rows, and a view keeps them all.
// Here each relation comes where an equality connects it with one that has come before: first those
// that are joined by a key of their own, which add no rows, and those with a condition; then as
// FROM has them. A view's plan follows from the text and the declared keys alone, never from how
// many rows there are today, since its state belongs to its plan.
//
// Of a query the rows of relations are known (Properties::rows): there the order is the one that is
// thought to make the fewest rows on the way, from whichever relation on, and the order above where
// none makes fewer. Both never pair what nothing connects before all that is connected is joined.
#pragma once
#include "plan/plan.h"

namespace weir::plan {

// `input` with the same columns in the same places; `conjuncts`, of its columns, are yet to be
// applied.
NodePtr order_joins(NodePtr input, const std::vector<expr::ExprPtr>& conjuncts);

}  // namespace weir::plan
