// The one table of set-returning functions: for one row of arguments any number of rows of one or
// more columns. They stand in FROM (also LATERAL), in ROWS FROM and in the select list.
#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "data/row_errors.h"

namespace weir::expr {

struct TableFunctionCall {
  std::span<const ColumnPtr> args;  // of the batch; look at `row` only
  uint32_t row = 0;
  BatchBuilder& out;                // of the function's columns: append a value each, then end_row()
  RowErrors& errors;                // an error takes all rows of this input row away
};

struct TableFunction {
  std::string_view name;
  std::vector<Type> args;           // kUnknown: any type
  bool strict = true;               // a NULL argument: no rows
  std::string_view summary;         // one line for the reference
  Schema (*columns)(std::span<const Type> args) = nullptr;  // names and types of its columns
  void (*rows)(const TableFunctionCall& call) = nullptr;
};

std::span<const TableFunction> all_table_functions();

struct ResolvedTableFunction {
  const TableFunction* function = nullptr;
  std::vector<Type> arg_types;      // what each argument must be cast to (implicitly)
  Schema columns;
};
// As resolve_function: 42883 (no such function), 42725 (ambiguous).
Result<ResolvedTableFunction> resolve_table_function(std::string_view name,
                                                     std::span<const Type> args);
bool is_table_function(std::string_view name);

}  // namespace weir::expr
