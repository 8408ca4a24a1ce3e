// Expressions as a reader writes them, for explanations: "amount > 5 and country <> 'SE'". They
// parse again; what state goes by is expr::canonical_text.
#pragma once
#include <string>
#include <vector>

#include "expr/expr.h"

namespace weir::plan {

std::string expression_text(const expr::Expr& e, const std::vector<std::string>& columns);
// A span of time in its largest whole unit: "1 minute", "90 seconds".
std::string duration_text(Micros micros);

}  // namespace weir::plan
