// Binding: names to columns, types to expressions, functions to the table, SELECTs to plan nodes.
// One Binder for one text; its errors carry the place in that text.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "plan/scope.h"
#include "sql/ast.h"

namespace weir::plan {

// What aggregates a SELECT uses, while its expressions are bound.
struct Grouping {
  std::vector<expr::ExprPtr> groups;   // over the input
  struct Call {
    AggregateKind kind;
    expr::ExprPtr argument;            // over the input; null: count(*)
    expr::ExprPtr filter;
    bool distinct = false;
    Type result;
  };
  std::vector<Call> calls;
};

class Binder {
 public:
  Binder(std::string_view text, SourceSpan start, const catalog::Catalog& catalog,
         const std::vector<Value>* parameters, bool is_view)
      : text_(text),
        start_(std::move(start)),
        catalog_(catalog),
        parameters_(parameters),
        is_view_(is_view) {}

  struct Bound {
    NodePtr node;
    std::vector<SortColumn> order;     // ORDER BY of the outermost query
    size_t visible = 0;                // columns behind these are there to order by
  };
  Result<Bound> bind_query(const sql::Select& select);

  // An expression over a scope; with `grouping`, over its groups and calls.
  Result<expr::ExprPtr> bind(const sql::Expr& e, const Scope& scope, Grouping* grouping = nullptr);
  Result<expr::ExprPtr> bind_boolean(const sql::Expr& e, const Scope& scope, const char* clause,
                                     Grouping* grouping = nullptr);
  Result<expr::ExprPtr> coerce(expr::ExprPtr e, Type type, int32_t location,
                               bool assignment = false);

  Error error(uint16_t code, const char* sqlstate, std::string message, int32_t location) const;
  Error unsupported(std::string_view what, int32_t location) const;

 private:
  using ExprPtr = expr::ExprPtr;
  struct Source {  // of a FROM item
    NodePtr node;
    Scope scope;
  };

  // bind_expression.cc
  Result<ExprPtr> bind_column(const sql::Expr& e, const Scope& scope, const Grouping* grouping);
  Result<ExprPtr> bind_literal(const sql::Expr& e);
  Result<ExprPtr> bind_call(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_aggregate(const sql::Expr& e, const Scope& scope, Grouping& grouping);
  Result<ExprPtr> bind_function(std::string_view name, std::vector<ExprPtr> args, int32_t location);
  Result<ExprPtr> bind_case(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_in(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_between(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_is_true(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_cast(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_ungrouped(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<std::vector<ExprPtr>> bind_all(const std::vector<sql::ExprPtr>& list, const Scope& scope,
                                        Grouping* grouping);
  Result<Type> common_type(const std::vector<ExprPtr>& args, const char* what, int32_t location);

  // bind_array.cc
  Result<ExprPtr> bind_array(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_subscript(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_quantified(const sql::Expr& e, const Scope& scope, Grouping* grouping);

  // bind_from.cc
  Result<Source> bind_from_list(const sql::Select& select);
  Result<Source> bind_from(const sql::From& from);
  Result<Source> bind_table(const sql::From& from);
  Result<Source> bind_window(const sql::From& from);
  Result<Source> bind_join(const sql::From& from);
  Result<Source> named_relation(const std::string& name, int32_t location);
  Result<Micros> bind_duration(const sql::Expr& e, const char* what);
  Result<NodePtr> join_on(Source& left, Source& right, JoinKind kind,
                          std::vector<ExprPtr> conjuncts);

  // bind_select.cc
  struct Item {
    ExprPtr expr;
    std::string name;
    int32_t location;
  };
  Result<Bound> bind_core(const sql::Select& select);
  Result<Bound> bind_combined(const sql::Select& select);
  Result<NodePtr> bind_where(const sql::Select& select, Source& source);
  Result<uint32_t> bind_sort_item(const sql::Select& select, const sql::SortItem& item,
                                  const Scope& scope, Grouping* grouped, std::vector<Item>& items,
                                  size_t visible);
  Error no_such_position(const sql::SortItem& item) const;
  Result<NodePtr> bind_set_operation(const sql::Select& select);
  Result<NodePtr> bind_values(const sql::Select& select);
  Status refuse_unsupported(const sql::Select& select) const;
  Result<std::vector<Item>> bind_items(const sql::Select& select, const Scope& scope,
                                       Grouping* grouping);
  Result<std::vector<ExprPtr>> bind_groups(const sql::Select& select, const Scope& scope);
  NodePtr build_aggregate(NodePtr input, const Grouping& grouping);
  Result<Bound> order_and_limit(const sql::Select& select, NodePtr node, size_t visible,
                                std::vector<SortColumn> order);
  Result<std::optional<uint64_t>> bind_count(const sql::ExprPtr& e, const char* what);

  std::string_view text_;
  SourceSpan start_;
  const catalog::Catalog& catalog_;
  const std::vector<Value>* parameters_;
  bool is_view_;
  std::vector<std::map<std::string, NodePtr>> common_tables_;
  int depth_ = 0;
};

bool is_aggregate_name(std::string_view name);
bool contains_aggregate(const sql::Expr& e);

}  // namespace weir::plan
