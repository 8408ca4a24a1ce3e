// Overload resolution among functions of one name. Inside src/expr only.
#pragma once
#include "expr/function.h"

namespace weir::expr {

Result<Resolved> resolve_among(const std::vector<const Function*>& named, std::string_view name,
                               std::span<const Type> types);

}  // namespace weir::expr
