// Parsed statements, bound. SELECTs become views; so does what INSERT, UPDATE and DELETE read, and
// what RETURNING makes of the changed rows.
#pragma once
#include "plan/planner.h"
#include "plan/scope.h"
#include "sql/ast.h"

namespace weir::plan {

// A parsed SELECT of `text`.
Result<View> plan_select(std::string_view text, const sql::Select& select,
                         const catalog::Catalog& catalog, const std::vector<Value>& parameters);

// A view whose SELECT is part of a statement (`definition.sql` is not read).
Result<View> plan_view_select(std::string_view text, const sql::Select& select,
                              const catalog::ViewDefinition& definition,
                              const catalog::Catalog& catalog);

// What a statement is planned with.
struct StatementContext {
  std::string_view text;
  const catalog::Catalog& catalog;
  const std::vector<Value>& parameters;
};

// An expression over a schema, coerced as an assignment to `column` is. Types that the parameters
// lack and the expression asks for are put into `inferred`.
Result<expr::ExprPtr> plan_value(const StatementContext& context, const sql::Expr& e,
                                 const Schema& schema, const Field& column,
                                 std::vector<Type>* inferred = nullptr);

// A query whose columns are assigned to these; more or fewer of them are for the caller to refuse.
Result<View> plan_assigned(const StatementContext& context, const sql::Select& select,
                           const std::vector<Field>& columns);

// The first item of FROM of a change, or the rows of a RETURNING: a relation that the caller has
// the contents of, with the names by which expressions know its columns.
struct GivenRows {
  std::string relation;
  Schema schema;
  Scope scope;
};

struct AssignedColumn {
  uint32_t column = 0;               // of the table
  Field field;
  const sql::Expr* value = nullptr;
};

struct ChangePlan {
  View view;         // the columns of FROM, the given ones first, then the assigned values
  Scope scope;       // the names of the former
  size_t read = 0;   // and how many they are
};
Result<ChangePlan> plan_change(const StatementContext& context, const sql::Select& select,
                               const GivenRows& given,
                               const std::vector<AssignedColumn>& assignments);

// `given`'s last column is no name's: it says in which order the answers come.
Result<View> plan_returning(const StatementContext& context, const sql::Select& select,
                            const GivenRows& given);

bool contains_subquery(const sql::Expr& e);

}  // namespace weir::plan
