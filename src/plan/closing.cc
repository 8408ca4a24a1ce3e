#include "plan/closing.h"

#include "plan/build_internal.h"

namespace weir::plan {

namespace {

// The column below that says the same of the end of each row.
std::optional<ClosingColumn> same_below(const Node& project, const ClosingColumn& by) {
  const std::optional<CutTime> cut =
      cut_time(*std::get<ProjectSpec>(project.spec).exprs[by.column]);
  if (!cut) return std::nullopt;
  if (cut->ending.plain()) return ClosingColumn{cut->column, by.ending};
  const Ending* inner = ending_of(*project.inputs[0], cut->column);
  if (!inner) return std::nullopt;
  const bool same = cut->ending.only_shifts() || cut->ending.then(*inner) == *inner;
  return same ? std::optional(ClosingColumn{cut->column, *inner}) : std::nullopt;
}

}  // namespace

ClosingPlace closing_place(const Node& root, const ClosingColumn& closing) {
  ClosingPlace place;
  ClosingColumn by = closing;
  for (const Node* node = &root;; node = node->inputs[0].get()) {
    switch (node->kind) {
      case NodeKind::kProject: {
        const std::optional<ClosingColumn> below = same_below(*node, by);
        if (!below) return place;
        by = *below;
        break;
      }
      case NodeKind::kFilter: break;
      case NodeKind::kAggregate: {
        const auto& groups = std::get<AggregateSpec>(node->spec).groups;
        if (place.aggregate || by.column >= groups.size()) return place;
        place.aggregate = node;
        place.column = by.column;
        place.ending = by.ending;
        by.column = groups[by.column];
        break;
      }
      case NodeKind::kSession:
        if (by.column + 1 == node->schema.size() && by.ending.plain()) place.session = node;
        return place;
      default: return place;
    }
  }
}

}  // namespace weir::plan
