#include "plan/closing.h"

namespace weir::plan {

ClosingPlace closing_place(const Node& root, uint32_t column) {
  ClosingPlace place;
  for (const Node* node = &root;; node = node->inputs[0].get()) {
    switch (node->kind) {
      case NodeKind::kProject: {
        const expr::ExprPtr& e = std::get<ProjectSpec>(node->spec).exprs[column];
        if (e->kind != expr::ExprKind::kColumn) return place;
        column = e->column;
        break;
      }
      case NodeKind::kFilter: break;
      case NodeKind::kAggregate: {
        const auto& groups = std::get<AggregateSpec>(node->spec).groups;
        if (place.aggregate || column >= groups.size()) return place;
        place.aggregate = node;
        place.column = column;
        column = groups[column];
        break;
      }
      case NodeKind::kSession:
        if (column + 1 == node->schema.size()) place.session = node;
        return place;
      default: return place;
    }
  }
}

}  // namespace weir::plan
