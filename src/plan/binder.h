// Binding: names to columns, types to expressions, functions to the table, SELECTs to plan nodes.
// One Binder for one text; its errors carry the place in that text.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "plan/bound.h"
#include "plan/scope.h"
#include "sql/ast.h"

namespace weir::plan {

struct OverCalls;  // plan/over_binder.h

class Binder {
 public:
  Binder(std::string_view text, SourceSpan start, const catalog::Catalog& catalog,
         const std::vector<Value>* parameters, bool is_view)
      : text_(text),
        start_(std::move(start)),
        catalog_(catalog),
        parameters_(parameters),
        is_view_(is_view) {}

  using Bound = BoundQuery;
  using Source = BoundSource;
  Result<Bound> bind_query(const sql::Select& select);

  // An expression over a scope; with `grouping`, over its groups and calls.
  Result<expr::ExprPtr> bind(const sql::Expr& e, const Scope& scope, Grouping* grouping = nullptr);
  Result<expr::ExprPtr> bind_boolean(const sql::Expr& e, const Scope& scope, const char* clause,
                                     Grouping* grouping = nullptr);
  Result<expr::ExprPtr> coerce(expr::ExprPtr e, Type type, int32_t location,
                               bool assignment = false);

  // Of $1, $2, ...: as given, else as the first place that asks for one; kUnknown: no place does.
  std::vector<Type> parameter_types() const;

  Error error(uint16_t code, const char* sqlstate, std::string message, int32_t location) const;
  Error unsupported(std::string_view what, int32_t location) const;

 private:
  friend class ArgumentBinder;
  friend class OverBinder;
  friend class ChangeBinder;
  friend class OuterJoinBinder;
  friend class RecordBinder;
  using ExprPtr = expr::ExprPtr;
  using Item = SelectedItem;
  struct HideLateral;
  // bind_expression.cc
  Result<ExprPtr> bind_column(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_literal(const sql::Expr& e);
  Result<ExprPtr> bind_parameter(const sql::Expr& e);
  void settle_parameter(const ExprPtr& e, Type type);
  Result<ExprPtr> bind_call(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_function(std::string_view name, std::vector<ExprPtr> args, int32_t location);
  Result<ExprPtr> bind_coalesce(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_null_if(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_logic(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_case(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_between(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_is_true(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_cast(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_ungrouped(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<std::vector<ExprPtr>> bind_all(const std::vector<sql::ExprPtr>& list, const Scope& scope,
                                        Grouping* grouping);
  Result<Type> common_type(const std::vector<ExprPtr>& args, const char* what, int32_t location);

  // bind_subquery.cc: sub-queries in expressions. Each becomes a pending answer while expressions
  // are bound; attach() joins it to the rows that it is asked of.
  Result<Asked> bind_asked(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Status check_width(const sql::Expr& e, const NodePtr& node, size_t columns) const;
  Result<std::vector<ExprPtr>> bind_row_of(const sql::Expr& e, const Scope& scope,
                                           Grouping* grouping, size_t columns);
  Result<ExprPtr> bind_in(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  static bool is_row_comparison(const sql::Expr& e);
  Result<ExprPtr> bind_row_operator(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_is_null(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_subquery(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_quantified(const sql::Expr& e, std::vector<ExprPtr> left, Pending pending);
  Result<ExprPtr> pend(Pending pending, Type type);
  bool same_question(const Pending& a, const Pending& b) const;
  Result<ExprPtr> bind_outer(const sql::Expr& e, bool& found);
  // `node` gets columns behind its own; the expression reads them instead of pending answers.
  Result<ExprPtr> attach_all(NodePtr& node, const ExprPtr& e);
  Result<ExprPtr> attach(NodePtr& node, Pending pending);
  Status compute(NodePtr& node, Pending& pending);
  Result<Asking> asking(NodePtr& node, const Pending& pending, const NodePtr& sub);
  Result<ExprPtr> attach_value(NodePtr& node, const Pending& pending);
  Result<ExprPtr> attach_exists(NodePtr& node, const Pending& pending);
  Result<ExprPtr> attach_in(NodePtr& node, const Pending& pending);
  Result<NodePtr> semi_join(NodePtr node, const Pending& pending, bool anti);
  Result<NodePtr> where(NodePtr node, const ExprPtr& predicate);  // of any conjuncts
  Result<ExprPtr> compare_rows(std::string_view name, std::vector<ExprPtr> left,
                               std::vector<ExprPtr> right, int32_t location);
  Result<std::vector<ExprPtr>> bind_row(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Status attach_over(NodePtr& input, OverCalls& over);
  Status no_rows(const ExprPtr& e, const char* where = "here", int32_t location = 0) const;

  // The columns of the rows that ask which an expression needs, those of its sub-queries too.
  void collect_used(const ExprPtr& e, std::vector<uint32_t>& columns) const;

  // bind_rows.cc: set-returning functions.
  Result<RowsCall> resolve_rows(std::string_view name, std::vector<ExprPtr> args,
                                int32_t location);
  NodePtr rows_node(NodePtr node, const std::vector<RowsCall>& calls, bool ordinality);
  Result<Source> bind_function(const sql::From& from);
  static Source rows_source(const NodePtr& rows, const std::vector<RowsCall>& calls,
                            const sql::From& from, const std::string& name);
  static Source one_value(NodePtr base, const std::string& function, ExprPtr value,
                          const std::string& alias);
  Result<ExprPtr> pend_rows(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Status attach_rows(NodePtr& node, std::vector<Item>& items);

  // bind_aggregate.cc
  Result<ExprPtr> bind_aggregate(const sql::Expr& e, const Scope& scope, Grouping& grouping);
  Result<Grouping::Call> bind_aggregate_call(const sql::Expr& e, const Scope& scope,
                                             Grouping& grouping);
  Status bind_plain_aggregate(const sql::Expr& e, const Scope& scope, Grouping::Call& call);
  Status bind_ordered_set(const sql::Expr& e, const Scope& scope, Grouping& grouping,
                          Grouping::Call& call);
  Result<std::vector<Grouping::By>> bind_inner_order(const sql::Expr& e, const Scope& scope);
  Result<DirectArgument> bind_direct(const sql::Expr& e, Type type, const Scope& scope,
                                     Grouping& grouping);
  Result<expr::ResolvedAggregate> resolve_call(const sql::Expr& e,
                                               const std::vector<Type>& types) const;
  Status refuse_nesting(const sql::Expr& e, const Scope& scope);
  Status refuse_form(const sql::Expr& e, const expr::AggregateFunction& function) const;
  Result<Grouping> attach_grouping(NodePtr& input, Grouping grouping);
  NodePtr build_dependent(NodePtr input, const Grouping& grouping);
  NodePtr build_aggregate(NodePtr input, const Grouping& grouping);

  // bind_grouping.cc
  Status bind_groups(const sql::Select& select, const Scope& scope, Grouping& grouping);
  Result<uint32_t> bind_group(const sql::Select& select, const sql::Expr& e, const Scope& scope,
                              Grouping& grouping);
  Result<std::vector<std::vector<uint32_t>>> bind_grouping_item(const sql::Select& select,
                                                                const sql::GroupingItem& item,
                                                                const Scope& scope,
                                                                Grouping& grouping);
  Result<ExprPtr> bind_grouping_call(const sql::Expr& e, const Scope& scope, Grouping& grouping);
  ExprPtr dependent_column(const ScopeColumn& column, const Scope& scope, Grouping& grouping);
  NodePtr build_set(NodePtr input, const Grouping& grouping, const std::vector<uint32_t>& set);
  NodePtr build_groups(NodePtr input, const Grouping& grouping);
  // bind_array.cc
  Result<ExprPtr> bind_array(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_json_subscript(const sql::Expr& e, std::vector<ExprPtr> args);
  Result<ExprPtr> bind_subscript(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Result<ExprPtr> bind_quantified(const sql::Expr& e, const Scope& scope, Grouping* grouping);

  // bind_from.cc
  Result<Source> bind_from_list(const sql::Select& select);
  Result<Source> bind_from(const sql::From& from);
  Result<Source> bind_table(const sql::From& from);
  Result<Source> bind_window(const sql::From& from);
  Result<Source> bind_join(const sql::From& from);
  Result<Source> bind_subselect(const sql::From& from);
  Result<NodePtr> session_node(const sql::From& from, const Source& source, uint32_t time);
  Result<NodePtr> window_node(const sql::From& from, const Source& source, uint32_t time);
  Result<Source> bind_pair(Source left, const sql::From& item, Joining joining);
  Status bind_using(Joining& joining, const Source& left, const Source& right, Scope& scope);
  Result<Source> join_sources(Source& left, Source& right, Joining& joining);
  Status merge_columns(Source& joined, const Joining& joining);
  Result<NodePtr> join_pair(Source& left, Source& right, Joining& joining);
  Result<NodePtr> join_lateral(Source& left, Source& right, Joining& joining);
  void mark_key(Source& source, const catalog::StreamDefinition* stream);
  Result<Source> named_relation(const std::string& name, int32_t location);
  Result<Micros> bind_duration(const sql::Expr& e, const char* what);
  Result<NodePtr> join_on(Source& left, Source& right, JoinKind kind,
                          std::vector<ExprPtr> conjuncts);

  // bind_over.cc
  Result<ExprPtr> bind_over(const sql::Expr& e, const Scope& scope, Grouping* grouping);
  Status refuse_over(const sql::Expr& e, const char* clause) const;

  // bind_select.cc
  Result<Bound> bind_core(const sql::Select& select);
  Result<Bound> bind_combined(const sql::Select& select);
  Result<NodePtr> bind_where(const sql::Select& select, Source& source);
  Result<uint32_t> bind_sort_item(const sql::Select& select, const sql::SortItem& item,
                                  SelectList& list);
  Result<uint32_t> bind_sort_place(const sql::Expr& e, SelectList& list, const char* clause);
  Error no_such_position(const sql::Expr& e, const char* clause) const;
  Result<std::vector<uint32_t>> bind_distinct_on(const sql::Select& select,
                                                 const std::vector<SortColumn>& order,
                                                 SelectList& list);
  Result<Bound> bind_with(const sql::Select& select);
  Status bind_common_tables(const sql::Select& select);
  Result<Bound> bind_plain(const sql::Select& select);
  Result<NodePtr> renamed(NodePtr node, const sql::CommonTable& table);
  Result<NodePtr> bind_recursive(const sql::CommonTable& table);
  Result<NodePtr> bind_side(const sql::Select& select);
  Result<NodePtr> values_of(const Schema& schema, const std::vector<std::vector<ExprPtr>>& rows);
  Result<NodePtr> project_items(NodePtr node, std::vector<Item> items, OverCalls& over);
  Result<NodePtr> project_placed(NodePtr node, std::vector<Item> items);
  static NodePtr one_row();
  Result<NodePtr> bind_set_operation(const sql::Select& select);
  Result<NodePtr> bind_values(const sql::Select& select);
  Status refuse_unsupported(const sql::Select& select) const;
  Result<std::vector<Item>> bind_items(const sql::Select& select, const Scope& scope,
                                       Grouping* grouping);
  Result<Bound> bind_selected(const sql::Select& select, const Source& source, bool aggregated);

  // bind_limit.cc
  Result<Bound> order_and_limit(const sql::Select& select, OrderedRows rows, const Scope& scope);
  Result<ExprPtr> bind_count(const sql::ExprPtr& e, const char* what, const Scope& scope);
  Result<NodePtr> limit_by_number(OrderedRows rows, const RowCounts& counts);

  // bind_outer_aggregate.cc
  std::optional<size_t> aggregate_owner(const sql::Expr& e, const Scope& scope);
  std::optional<size_t> find_owner(const sql::Expr& e, const Scope& scope);
  Result<ExprPtr> bind_outer_aggregate(const sql::Expr& e, size_t owner);
  bool has_aggregate(const sql::Expr& e, const Scope& scope);
  bool is_aggregated(const sql::Select& select, const Scope& scope);

  std::string_view text_;
  SourceSpan start_;
  const catalog::Catalog& catalog_;
  const std::vector<Value>* parameters_;
  bool is_view_;
  std::vector<std::map<std::string, NodePtr>> common_tables_;
  std::vector<QueryLevel> levels_;
  std::vector<Pending> pending_;
  uint32_t last_level_ = 0;
  AggregateOwners owners_;
  size_t query_base_ = 0;  // levels from here on are items of the current query's FROM
  const sql::Select* listed_ = nullptr;  // ARRAY(this): its order counts
  bool keeps_unknown_ = false;  // NULL and quoted literals of a UNION's side take the other's type
  std::optional<Source> given_;            // plan/change_binder.h
  const sql::Select* assigned_ = nullptr;  // whose columns go to assigned_columns_
  const std::vector<Field>* assigned_columns_ = nullptr;
  int may_query_ = 0;  // > 0: inside a clause that attaches sub-queries
  struct OpenParameter {
    ExprPtr literal;
    size_t index;
    Type type;
  };
  std::vector<OpenParameter> open_parameters_;  // each place of one that came without a type
  std::vector<ExprPtr> guards_;  // of the branches that the expression which is bound stands in
  size_t first_pending_ = 0;  // of the SELECT whose expressions are bound
  size_t ungrouped_levels_ = 0;  // while an aggregate's owner is looked for any column of these do
  bool* wants_groups_ = nullptr;  // set where an inner query names an aggregate of this one
  const std::vector<uint32_t>* over_places_ = nullptr;  // columns of window functions, once built
  OverCalls* over_ = nullptr;  // of the SELECT whose expressions are bound; null: none may be there
  int depth_ = 0;
};

}  // namespace weir::plan
