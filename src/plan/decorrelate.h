// Sub-queries without a loop. A sub-query that names columns of the query around it means another
// relation for each of that query's rows. Here it becomes one relation for all of them: its rows,
// tagged with the values of those columns, so that a join puts them together again.
//
// The domain is the distinct values that the outer rows have; it is joined in where the sub-query's
// inputs end and carried up through every node (a group by it, a partition by it). Where a filter
// says `inner = outer`, the inner column takes the place of the domain's and nothing is joined.
// After Neumann and Kemper, "Unnesting Arbitrary Queries" (BTW 2015).
#pragma once
#include <functional>

#include "base/result.h"
#include "plan/plan.h"

namespace weir::plan {

// Columns of query `level` that the plan names, ascending.
std::vector<uint32_t> outer_columns(const Node& node, uint32_t level);

// Of all expressions of the plan.
void visit_leaves(const Node& node, const std::function<void(const expr::Expr& leaf)>& visit);

// The plan with other leaves in its expressions (what stands for outer columns).
NodePtr replace_in_plan(const NodePtr& node, const expr::Replacement& replace);

struct Dependent {
  NodePtr node;             // the sub-query's columns, then one for each column of the domain
  bool never_null = false;  // the domain's columns hold no NULL: plain equality joins them
};

// Whether the plan has expressions that may fail; `any`: any at all, else those that often do.
bool may_fail(const Node& node, bool any);

// Rows of the level's query, and those of their columns that the sub-query depends on.
struct Domain {
  uint32_t level = 0;
  NodePtr outer;
  std::vector<uint32_t> columns;
  bool strict = false;  // what may fail is computed for these rows alone
};
// The domain's columns: outer_columns() of `sub`, perhaps more.
Result<Dependent> decorrelate(const NodePtr& sub, Domain domain);

// A global aggregate (no groups) that depends on the level: one row for each value of the domain
// that has rows at all; its calls, then the domain's columns. For a left join with the outer rows.
Result<Dependent> decorrelate_aggregate(const NodePtr& aggregate, Domain domain);

// True where the sub-query makes rows out of one row of constants and of the outer row alone, with
// no relation of its own: then it runs on the outer rows themselves.
bool is_row_wise(const Node& sub);
// Of such a sub-query: its columns, then all columns of `outer`.
Result<NodePtr> run_on_outer(const NodePtr& sub, uint32_t level, const NodePtr& outer);

// The value of a call over no rows, where the outer row has none: 0 for counts, else NULL.
expr::ExprPtr call_or_empty(const AggregateCall& call, uint32_t column);

}  // namespace weir::plan
