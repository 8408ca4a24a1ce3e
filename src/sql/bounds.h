// What the parser may be given: bounds on nesting and on chains of operators, not on length (a long
// multi-row INSERT is ordinary).
#pragma once
#include <string_view>

#include "base/result.h"

namespace weir::sql {

Status check_bounds(std::string_view text);

}  // namespace weir::sql
