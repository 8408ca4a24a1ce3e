// Text of a SELECT to a plan: parse (sql), bind (names, types, functions), rewrite (normal form,
// push down), derive properties and hashes. What is not supported yet is refused by name with its
// position.
#pragma once
#include "base/result.h"
#include "plan/plan.h"

namespace weir::plan {

// A model: checks key, emit, retain. Errors carry a span inside the model's file.
Result<View> plan_view(const catalog::ViewDefinition& definition, const catalog::Catalog& catalog);

// A one-off query (`weir query`, `weir sql`, pgwire): ORDER BY without LIMIT is allowed and comes
// back in View::order; parameters $1.. are given with their types and values.
Result<View> plan_query(std::string_view sql, const catalog::Catalog& catalog,
                        const std::vector<Value>& parameters = {});

// A bound query as a view without a name.
View query_view(NodePtr node, std::vector<SortColumn> order, size_t visible,
                std::vector<Type> parameters);

// A scalar expression over one relation's columns (generate columns, checks, defaults).
Result<expr::ExprPtr> plan_expression(std::string_view sql, const Schema& schema);

// The tree as text, one operator a line, with keys and what bounds the state.
std::string explain(const View& view);

}  // namespace weir::plan
