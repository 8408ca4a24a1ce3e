// Typed, bound expressions over the columns of one input batch, and their vectorised evaluation.
//
// Errors belong to rows (data/row_errors.h). Every branch is evaluated over all rows and its errors
// are kept only for the rows where the branch counts: CASE, AND, OR and COALESCE are lazy in what
// can be seen, without a selection vector in every kernel.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "data/batch.h"
#include "data/row_errors.h"
#include "data/value.h"

namespace weir::expr {

struct Function;  // expr/function.h
struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

// Frozen: part of the state hash.
enum class ExprKind : uint8_t {
  kColumn = 1,      // input column `column`
  kLiteral = 2,     // `literal`
  kCall = 3,        // function(args)
  kAnd = 4,         // n-ary, three-valued
  kOr = 5,
  kNot = 6,
  kIsNull = 7,
  kIsNotNull = 8,
  kCase = 9,        // when1, then1, when2, then2, ..., else (always there)
  kCoalesce = 10,
  kCast = 11,       // args[0] to `type`
  kNow = 12,        // the epoch's clock
  kAnyElement = 13,  // function(args[0], x) is true for some element x of args[1]
  kAllElements = 14,
  kErrorOf = 17,    // args[0]'s error: SQLSTATE and message as one text; NULL: there is none
  // While a statement is bound only; no plan that runs has them.
  kOuter = 15,      // column `column` of the query `level` around a sub-query
  kPending = 16,    // the answer of sub-query `column`, which has no column yet
};

struct Expr {
  ExprKind kind = ExprKind::kLiteral;
  Type type;
  uint32_t column = 0;
  Value literal;
  const Function* function = nullptr;
  std::vector<ExprPtr> args;
  uint32_t level = 0;
};

ExprPtr column_ref(uint32_t column, Type type);
ExprPtr literal(Value value);
ExprPtr call(const Function& function, std::vector<ExprPtr> args, Type result);
ExprPtr make(ExprKind kind, Type type, std::vector<ExprPtr> args);

// A canonical text of meaning ("call:add(col:amount:numeric, lit:1:integer)"), with the names of
// the input columns: what state hashes are made of. Never positions.
std::string canonical_text(const Expr& e, const std::vector<std::string>& column_names);
void collect_columns(const Expr& e, std::vector<uint32_t>& out);  // distinct, ascending
ExprPtr remap_columns(const ExprPtr& e, const std::vector<uint32_t>& new_position);
// `replace` answers what stands for a leaf (an expression without arguments); null: itself.
using Replacement = std::function<ExprPtr(const Expr& leaf)>;
ExprPtr replace_leaves(const ExprPtr& e, const Replacement& replace);
bool any_leaf(const Expr& e, const std::function<bool(const Expr& leaf)>& is);
// AND of all; of none: null.
ExprPtr conjunction(std::vector<ExprPtr> conjuncts);
void split_conjuncts(const ExprPtr& e, std::vector<ExprPtr>& out);
// Whether a row can have an error: of some functions nothing is known, and they may.
bool may_fail(const Expr& e);
// `e` where `condition` is true, NULL elsewhere; there `e` has no error either.
ExprPtr only_where(const ExprPtr& condition, const ExprPtr& e);
ExprPtr fold_constants(const ExprPtr& e);  // sub-trees without columns; errors stay for run time
bool equal(const Expr& a, const Expr& b);

struct EvalContext {
  Micros now = 0;
};
struct Evaluated {
  ColumnPtr column;  // as many rows as the batch (may be constant)
  RowErrors errors;  // those rows are NULL in the column
};
Evaluated evaluate(const Expr& e, const Batch& input, const EvalContext& context);

// The rows for which a boolean expression is true, ascending; the errors of the others go to
// *errors.
std::vector<uint32_t> select_rows(const Expr& predicate, const Batch& input,
                                  const EvalContext& context, RowErrors* errors);

}  // namespace weir::expr
