#include "plan/plan_statement.h"

#include "plan/build.h"
#include "plan/change_binder.h"

namespace weir::plan {

namespace {

void merge_types(const std::vector<Type>& found, std::vector<Type>& types) {
  types.resize(std::max(types.size(), found.size()));
  for (size_t i = 0; i < found.size(); ++i) {
    if (types[i].id == TypeId::kUnknown) types[i] = found[i];
  }
}

Binder binder_of(const StatementContext& context) {
  return {context.text, {"", 1, 1, 0, 0}, context.catalog, &context.parameters, false};
}

Binder::Source source_of(const GivenRows& given, const catalog::Catalog& catalog) {
  std::vector<uint32_t> columns(given.schema.size());
  for (uint32_t i = 0; i < columns.size(); ++i) columns[i] = i;
  return {make_scan(given.relation, given.schema, catalog.find_stream(given.relation), columns),
          given.scope};
}

}  // namespace

Result<expr::ExprPtr> plan_value(const StatementContext& context, const sql::Expr& e,
                                 const Schema& schema, const Field& column,
                                 std::vector<Type>* inferred) {
  Binder binder = binder_of(context);
  Scope scope;
  scope.add("", schema);
  expr::ExprPtr bound =
      TRY(ChangeBinder(binder).assign(TRY(binder.bind(e, scope)), column, e.location));
  if (inferred) merge_types(binder.parameter_types(), *inferred);
  return bound;
}

Result<View> plan_assigned(const StatementContext& context, const sql::Select& select,
                           const std::vector<Field>& columns) {
  Binder binder = binder_of(context);
  Binder::Bound bound = TRY(ChangeBinder(binder).bind_assigned(select, columns));
  return query_view(std::move(bound.node), std::move(bound.order), bound.visible,
                    binder.parameter_types());
}

Result<ChangePlan> plan_change(const StatementContext& context, const sql::Select& select,
                               const GivenRows& given,
                               const std::vector<AssignedColumn>& assignments) {
  Binder binder = binder_of(context);
  ChangeBinder(binder).give(source_of(given, context.catalog));
  std::vector<ChangeBinder::Assignment> values;
  for (const AssignedColumn& one : assignments) values.push_back({one.field, one.value});
  Binder::Source bound = TRY(ChangeBinder(binder).bind_change(select, values));
  ChangePlan plan;
  plan.read = bound.node->schema.size() - values.size();
  plan.scope = std::move(bound.scope);
  plan.view = query_view(std::move(bound.node), {}, 0, binder.parameter_types());
  return plan;
}

Result<View> plan_returning(const StatementContext& context, const sql::Select& select,
                            const GivenRows& given) {
  Binder binder = binder_of(context);
  ChangeBinder(binder).give(source_of(given, context.catalog));
  Binder::Bound bound = TRY(ChangeBinder(binder).bind_returning(select));
  return query_view(std::move(bound.node), std::move(bound.order), bound.visible,
                    binder.parameter_types());
}

}  // namespace weir::plan
