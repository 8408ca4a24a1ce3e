// Where the groups of a view close: the aggregate whose group column the view's closing column is,
// through filters and projections that keep it or move it by a fixed time. Its state holds open
// groups only. Elsewhere, rows wait for the watermark in front of the view's output (flow/gate.h).
// Where the column is the end of sessions, these close with it: a row that comes later begins one
// of its own.
#pragma once
#include "plan/plan.h"

namespace weir::plan {

struct ClosingPlace {
  const Node* aggregate = nullptr;   // null: there is none
  uint32_t column = 0;               // among its groups
  Ending ending = {};                // by that column
  const Node* session = nullptr;
};
ClosingPlace closing_place(const Node& root, const ClosingColumn& closing);

}  // namespace weir::plan
