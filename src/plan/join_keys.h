// Keys of a join that are no columns: lower(a.name) = b.name, or an integer beside a bigint, which
// is a cast. Below the join they become columns, so that it finds its rows by them; above it they
// are gone. Without keys it would look at every pair of rows.
#pragma once
#include <array>

#include "plan/plan.h"

namespace weir::plan {

// True where `e` compares something of the columns below `left_width` with something of the others,
// both of one type; then `sides` holds them, over all columns: left, right.
bool is_key(const expr::ExprPtr& e, uint32_t left_width, std::array<expr::ExprPtr, 2>& sides);

// The join, its keys taken out of spec.residual. Same columns as make_join().
NodePtr make_keyed_join(NodePtr left, NodePtr right, JoinSpec spec);

}  // namespace weir::plan
