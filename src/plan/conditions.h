// What a condition says of rows that have not met yet. (p and a) or (p and b) is p and (a or b):
// p may be the key of a join. (l1 and r1) or (l2 and r2) is not only a condition on pairs: of each
// side alone it says l1 or l2, and r1 or r2, so most rows need not be kept.
#pragma once
#include "expr/expr.h"

namespace weir::plan {

// The conjuncts of a condition, those too that all branches of an OR share.
std::vector<expr::ExprPtr> conditions_of(const expr::ExprPtr& predicate);

// What an OR says of the columns [begin, end) alone; null: nothing, or it is no OR.
expr::ExprPtr implied_within(const expr::ExprPtr& e, uint32_t begin, uint32_t end);

}  // namespace weir::plan
