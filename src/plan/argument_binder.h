// What stands between the brackets of a call: arguments by name and their defaults, VARIADIC, and
// the names of types that are called as functions are.
#pragma once
#include "plan/binder.h"

namespace weir::plan {

class ArgumentBinder {
 public:
  explicit ArgumentBinder(Binder& binder) : binder_(binder) {}

  // In the order of the parameters, with the defaults of those that were left out by name.
  Result<std::vector<expr::ExprPtr>> bind(const sql::Expr& e, const Scope& scope,
                                          Grouping* grouping);
  // f(..., VARIADIC array): where the function takes any number of arguments the array's elements
  // are these; elsewhere the word says nothing.
  Result<expr::ExprPtr> bind_variadic(const sql::Expr& e, std::vector<expr::ExprPtr> args);
  // date(x): a cast, of whatever can be cast.
  Result<expr::ExprPtr> bind_cast(const sql::Expr& e, Type type, const Scope& scope,
                                  Grouping* grouping);
  // Of aggregates and window functions: none of them has names for its arguments.
  Status refuse_forms(const sql::Expr& e) const;

 private:
  Status refuse_names(const sql::Expr& e) const;
  Binder& binder_;
};

}  // namespace weir::plan
