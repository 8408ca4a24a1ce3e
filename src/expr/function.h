// The one table of scalar functions and operators. It feeds the binder, the reference (docs/sql.md)
// and later pg_proc. Operators are functions too: their name is the symbol ("+", "||", "~",
// "like").
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "data/row_errors.h"

namespace weir::expr {

struct EvalContext;

// Arguments have `rows` rows (or are constant); the kernel answers a column of the result type with
// as many rows and adds the errors of rows. The rows of a strict function that have a NULL argument
// are marked in null_rows: their result is NULL and their values are not looked at (expr/kernel.h
// does so).
struct KernelCall {
  std::span<const ColumnPtr> args;
  uint32_t rows = 0;
  Type result;
  const uint8_t* null_rows;      // strict functions: 1 where the result is NULL; may be null: none
  const EvalContext& context;
  RowErrors& errors;
};
using Kernel = ColumnPtr (*)(const KernelCall&);

enum class Volatility : uint8_t { kImmutable, kStable, kVolatile };

struct Function {
  std::string_view name;
  std::vector<Type> args;      // kUnknown: any type; kAnyElement and the like: polymorphic
  bool variadic = false;       // the last argument type repeats, one or more times
  Type result;
  bool strict = true;
  Volatility volatility = Volatility::kImmutable;
  Kernel kernel = nullptr;
  std::string_view summary;    // one line for the reference
  std::string_view group;      // "string", "math", "date and time", ...
  Type (*result_type)(std::span<const Type> args) = nullptr;  // where it depends on the arguments
};

std::span<const Function> all_functions();

struct Resolved {
  const Function* function = nullptr;
  std::vector<Type> arg_types;  // what each argument must be cast to (implicitly)
  Type result;
};
// PostgreSQL's overload resolution, with unknown literals (TypeId::kUnknown). Errors: 42883 (no
// such function, with the nearest name as a hint), 42725 (ambiguous).
Result<Resolved> resolve_function(std::string_view name, std::span<const Type> args);

}  // namespace weir::expr
