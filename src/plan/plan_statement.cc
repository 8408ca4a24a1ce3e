#include "plan/plan_statement.h"

#include <fmt/core.h>

#include "data/cast.h"
#include "plan/binder.h"

namespace weir::plan {

namespace {

void merge_types(const std::vector<Type>& found, std::vector<Type>& types) {
  types.resize(std::max(types.size(), found.size()));
  for (size_t i = 0; i < found.size(); ++i) {
    if (types[i].id == TypeId::kUnknown) types[i] = found[i];
  }
}

}  // namespace

Result<expr::ExprPtr> plan_value(std::string_view text, const sql::Expr& e, const Schema& schema,
                                 const Field& column, const std::vector<Value>& parameters,
                                 std::vector<Type>* inferred) {
  const catalog::Catalog nothing;
  Binder binder(text, {"", 1, 1, 0, 0}, nothing, &parameters, false);
  Scope scope;
  scope.add("", schema);
  expr::ExprPtr bound = TRY(binder.bind(e, scope));
  const bool unknown = bound->type.id == TypeId::kUnknown;
  if (!unknown && bound->type.id != column.type.id &&
      !cast_exists(bound->type, column.type, CastContext::kAssignment)) {
    return binder.error(1260, "42804",
                        fmt::format("column \"{}\" is of type {} but expression is of type {}",
                                    column.name, column.type.name(), bound->type.name()),
                        e.location);
  }
  bound = TRY(binder.coerce(std::move(bound), column.type, e.location, true));
  if (inferred) merge_types(binder.parameter_types(), *inferred);
  return bound;
}

Result<ChangePlan> plan_change(std::string_view text, const sql::Statement& statement,
                               const Schema& schema, const std::vector<Value>& parameters) {
  ChangePlan plan;
  const catalog::Catalog nothing;
  Binder binder(text, {"", 1, 1, 0, 0}, nothing, &parameters, false);
  Scope scope;
  scope.add(statement.name, schema);
  if (statement.where) plan.where = TRY(binder.bind_boolean(*statement.where, scope, "WHERE"));
  for (const sql::SelectItem& assignment : statement.assignments) {
    const int column = schema.find(assignment.alias);
    if (column < 0) {
      return binder.error(1261, "42703",
                          fmt::format("column \"{}\" of relation \"{}\" does not exist",
                                      assignment.alias, statement.name),
                          statement.location);
    }
    const auto at = static_cast<uint32_t>(column);
    plan.assignments.emplace_back(
        at, TRY(plan_value(text, *assignment.expr, schema, schema.fields[at], parameters,
                           &plan.parameters)));
  }
  merge_types(binder.parameter_types(), plan.parameters);
  return plan;
}

}  // namespace weir::plan
