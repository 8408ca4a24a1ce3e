#include "flow/aggregate.h"
#include "flow/asof_join.h"
#include "flow/distinct.h"
#include "flow/filter.h"
#include "flow/join.h"
#include "flow/literal_rows.h"
#include "flow/over.h"
#include "flow/project.h"
#include "flow/recursive.h"
#include "flow/session.h"
#include "flow/set_operation.h"
#include "flow/temporal_filter.h"
#include "flow/table_function.h"
#include "flow/top_n.h"
#include "flow/union_all.h"
#include "flow/window.h"

namespace weir::flow {

std::vector<plan::NodePtr> operator_inputs(const plan::Node& node) {
  return node.kind == plan::NodeKind::kRecursive ? recursive_inputs(node) : node.inputs;
}

Result<std::unique_ptr<Operator>> make_operator(const plan::Node& node,
                                                const OperatorOptions& options) {
  switch (node.kind) {
    case plan::NodeKind::kProject: return make_project(node, options);
    case plan::NodeKind::kFilter: return make_filter(node, options);
    case plan::NodeKind::kWindow: return make_window(node);
    case plan::NodeKind::kAggregate: return make_aggregate(node, options);
    case plan::NodeKind::kJoin: return make_join(node, options);
    case plan::NodeKind::kUnionAll: return make_union_all();
    case plan::NodeKind::kDistinct: return make_distinct(node, options);
    case plan::NodeKind::kTopN: return make_top_n(node, options);
    case plan::NodeKind::kSetOperation: return make_set_operation(node);
    case plan::NodeKind::kSession: return make_session(node, options);
    case plan::NodeKind::kTemporalFilter: return make_temporal_filter(node);
    case plan::NodeKind::kAsofJoin: return make_asof_join(node);
    case plan::NodeKind::kRecursive: return make_recursive(node, options);
    case plan::NodeKind::kTableFunction: return make_table_function(node, options);
    case plan::NodeKind::kValues: return make_literal_rows(node);
    case plan::NodeKind::kOver: return make_over(node, options);
    case plan::NodeKind::kScan: break;
    default: return Error(ErrorKind::kNotSupported, 1290, "no operator for this step yet");
  }
  return Error(ErrorKind::kInternal, 1290, "a scan has no operator of its own");
}

}  // namespace weir::flow
