// The names of functions that take one array in place of any number of arguments.
#pragma once
#include <string_view>

namespace weir::expr {

// "concat variadic" for concat; empty: the function takes no list of arguments, so that VARIADIC
// before the last one says nothing.
std::string_view spread_name(std::string_view function);

}  // namespace weir::expr
