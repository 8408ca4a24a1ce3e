#include "plan/closing.h"

namespace weir::plan {

ClosingPlace closing_place(const Node& root, uint32_t column) {
  const Node* node = &root;
  while (true) {
    switch (node->kind) {
      case NodeKind::kProject: {
        const expr::ExprPtr& e = std::get<ProjectSpec>(node->spec).exprs[column];
        if (e->kind != expr::ExprKind::kColumn) return {};
        column = e->column;
        break;
      }
      case NodeKind::kFilter: break;
      case NodeKind::kAggregate:
        if (column >= std::get<AggregateSpec>(node->spec).groups.size()) return {};
        return {node, column};
      default: return {};
    }
    node = node->inputs[0].get();
  }
}

}  // namespace weir::plan
