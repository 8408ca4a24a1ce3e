// Types whose names are called as functions are: date(t).
#pragma once
#include <optional>
#include <string_view>

#include "data/type.h"

namespace weir::expr {

std::optional<Type> type_called_as_function(std::string_view name);

}  // namespace weir::expr
