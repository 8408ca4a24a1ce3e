// How many rows a node may have, from how many its relations have: by rules of thumb, since no
// values are looked at. Good for choosing between plans, for nothing else.
#pragma once
#include <optional>

#include "plan/plan.h"

namespace weir::plan {

// None where a relation's rows are not known.
std::optional<double> estimated_rows(const Node& node);

// Which part of the node's rows a condition leaves; its columns are those from `first` on.
double share_left(const expr::Expr& condition, const Node& node, uint32_t first = 0);

}  // namespace weir::plan
