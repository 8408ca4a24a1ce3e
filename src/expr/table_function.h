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

class RegexCache;  // expr/regex.h

struct TableFunctionCall {
  std::span<const ColumnPtr> args;  // of the batch; look at `row` only
  uint32_t row = 0;
  BatchBuilder& out;                // of its columns: append a value each, then end_row()
  RowErrors& errors;                // an error takes all rows of this input row away
  RegexCache& patterns;             // the last pattern, kept from row to row

  void fail(const char* sqlstate, std::string message) const {
    add_row_error(errors, row, sqlstate, std::move(message));
  }
  void text_row(std::string_view text) const {  // of the only column
    out.column(0).append_text(text);
    out.end_row();
  }
};
// A call that would answer more rows than this is an error of its input row (54000).
constexpr uint32_t kMaxRowsOfCall = 10'000'000;

struct TableFunction {
  std::string_view name;
  std::vector<Type> args;           // kUnknown: any type; polymorphic types as in expr/overload.h
  bool variadic = false;            // the last argument type repeats, one or more times
  bool strict = true;               // a NULL argument: no rows
  std::string_view summary;         // one line for the reference
  // Names and types of its columns; no name: the function's. No column: not for these arguments.
  Schema (*columns)(std::span<const Type> args) = nullptr;
  void (*rows)(const TableFunctionCall& call) = nullptr;
};
using TableFunctionList = std::vector<TableFunction>;

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
