// Conditions on now() in views. A view cannot be computed anew at every instant, but a condition
// that now() makes true or false once, at a time that follows from the row, can be waited for: the
// filter becomes an operator that lets rows in and out as the clock passes (kTemporalFilter).
#pragma once
#include "base/result.h"
#include "plan/plan.h"

namespace weir::plan {

// The error's place, as a byte of the statement's text.
struct ClockError {
  int32_t location = -1;
  std::string message;
  std::string hint;
};

// The plan without now(): each comparison with it, alone or among the conjuncts of a filter or of
// an inner join, is a temporal filter. Anything else that depends on the clock is refused.
std::variant<NodePtr, ClockError> wait_for_clock(const NodePtr& root);

}  // namespace weir::plan
