// What stands around the expressions of a SELECT while they are bound: the groups and aggregates
// that it collects, and the queries around it.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "plan/scope.h"

namespace weir::plan {

struct Grouping;

// A query around the one that is being bound, whose columns it may name.
struct QueryLevel {
  uint32_t id = 0;
  const Scope* scope = nullptr;
  Grouping* grouping = nullptr;  // then only what it groups by
  bool* wants_groups = nullptr;               // to be set where it would have to group
  bool lateral = false;                       // items of FROM to the left of this one
  bool visible = true;
  bool forbidden = false;                     // of an outer join that keeps the other side's rows
};

// The level that an aggregate call belongs to, by the call and the level around it.
using AggregateOwners = std::map<std::pair<const sql::Expr*, uint32_t>, std::optional<size_t>>;

// What aggregates a SELECT uses, while its expressions are bound.
struct Grouping {
  std::vector<expr::ExprPtr> groups;   // over the input
  struct By {                          // ORDER BY inside a call
    expr::ExprPtr expr;
    bool descending = false;
    bool nulls_first = false;
  };
  struct Call {
    AggregateKind kind = AggregateKind::kCountStar;
    std::vector<expr::ExprPtr> arguments;  // over the input
    expr::ExprPtr filter;
    bool distinct = false;
    std::vector<By> order;
    std::vector<DirectArgument> direct;
    Type result;
    // GROUPING(): the groups asked for; nothing is aggregated.
    std::optional<std::vector<uint32_t>> grouping_of;
    // A column that the groups determine, as they hold the key of its table.
    expr::ExprPtr dependent;
  };
  std::vector<Call> calls;
  // GROUPING SETS: which groups each has. Absent: one set of all.
  std::optional<std::vector<std::vector<uint32_t>>> sets;
};

// A set-returning function in an expression.
struct RowsCall {
  const expr::TableFunction* function = nullptr;
  std::vector<expr::ExprPtr> args;
  Schema columns;
};

bool is_aggregate_name(std::string_view name);
bool is_aggregate_call(const sql::Expr& e);
bool contains_aggregate(const sql::Expr& e);
bool contains_subquery(const sql::Expr& e);
bool is_other_constant(const sql::Expr& e);  // that is not an integer

}  // namespace weir::plan
