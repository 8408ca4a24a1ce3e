// The page of all functions and operators (docs/functions.md), made from the tables that the binder
// resolves names with, so that it cannot say anything else.
#pragma once
#include <string>

namespace weir::expr {

std::string function_reference();

}  // namespace weir::expr
