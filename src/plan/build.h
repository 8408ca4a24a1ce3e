// Constructors of plan nodes: each works out the node's schema, what is known of its output, and
// its hash. The binder and the rewrites build through these only, so a node is never half made.
#pragma once
#include "plan/plan.h"

namespace weir::plan {

NodePtr make_scan(const std::string& relation, const Schema& schema,
                  const catalog::StreamDefinition* stream, std::vector<uint32_t> columns);
NodePtr with_rows(const Node& scan, uint64_t rows);  // the same scan of so many
NodePtr make_values(Schema schema, std::vector<std::vector<Value>> rows);
NodePtr make_project(NodePtr input, std::vector<expr::ExprPtr> exprs,
                     std::vector<std::string> names);
NodePtr make_filter(NodePtr input, expr::ExprPtr predicate);
NodePtr make_window(NodePtr input, const WindowSpec& spec);
NodePtr make_aggregate(NodePtr input, AggregateSpec spec, std::vector<std::string> names);
NodePtr make_join(NodePtr left, NodePtr right, JoinSpec spec);
NodePtr make_union_all(std::vector<NodePtr> inputs);
NodePtr make_distinct(NodePtr input);
NodePtr make_top_n(NodePtr input, TopNSpec spec);
NodePtr make_set_operation(NodePtr left, NodePtr right, const SetOperationSpec& spec);
// `names`: of the columns that are added.
NodePtr make_over(NodePtr input, OverSpec spec, const std::vector<std::string>& names);
NodePtr make_table_function(NodePtr input, TableFunctionSpec spec,
                            const std::vector<std::string>& names);
NodePtr make_session(NodePtr input, const SessionSpec& spec);
NodePtr make_temporal_filter(NodePtr input, const TemporalFilterSpec& spec);
NodePtr make_asof_join(NodePtr left, NodePtr right, const AsofJoinSpec& spec);
NodePtr make_recursive(NodePtr base, NodePtr step, RecursiveSpec spec);

// The same node over other inputs with the same columns.
NodePtr with_inputs(const Node& node, std::vector<NodePtr> inputs);
bool answers_left_only(JoinKind kind);
// After columns were taken out of a scan.
void rehash_scan(Node& scan);
// True where every expression is a column of the input and none is changed, moved or left out.
bool is_identity(const Node& project);

}  // namespace weir::plan
