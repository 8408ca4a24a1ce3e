// Parsed statements, bound. SELECTs become views; INSERT ... VALUES, UPDATE and DELETE become
// expressions of the right types over a table's columns. What reads more than the table (INSERT ...
// SELECT) is planned as a query.
#pragma once
#include "plan/planner.h"
#include "sql/ast.h"

namespace weir::plan {

// A parsed SELECT of `text`.
Result<View> plan_select(std::string_view text, const sql::Select& select,
                         const catalog::Catalog& catalog, const std::vector<Value>& parameters);

// A view whose SELECT is part of a statement (`definition.sql` is not read).
Result<View> plan_view_select(std::string_view text, const sql::Select& select,
                              const catalog::ViewDefinition& definition,
                              const catalog::Catalog& catalog);

// An expression of `text` over a schema, coerced to `type` as an assignment to `column` is. Types
// that `parameters` lack and the expression asks for are put into `inferred`.
Result<expr::ExprPtr> plan_value(std::string_view text, const sql::Expr& e, const Schema& schema,
                                 const Field& column, const std::vector<Value>& parameters,
                                 std::vector<Type>* inferred = nullptr);

struct ChangePlan {
  expr::ExprPtr where;                                            // null: all rows
  std::vector<std::pair<uint32_t, expr::ExprPtr>> assignments;    // column, value; of UPDATE
  std::vector<Type> parameters;                                   // as in View
};
Result<ChangePlan> plan_change(std::string_view text, const sql::Statement& statement,
                               const Schema& schema, const std::vector<Value>& parameters);

}  // namespace weir::plan
