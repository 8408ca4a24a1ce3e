#include "expr/table_function.h"

#include <fmt/core.h>

namespace weir::expr {

std::span<const TableFunction> all_table_functions() { return {}; }

Result<ResolvedTableFunction> resolve_table_function(std::string_view name,
                                                     std::span<const Type>) {
  return Error(ErrorKind::kInvalidStatement, 1226,
               fmt::format("function {} does not exist", name))
      .sqlstate("42883");
}

bool is_table_function(std::string_view) { return false; }

}  // namespace weir::expr
