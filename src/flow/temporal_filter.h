// Temporal filter: a row stands while from <= now < until, by the epoch's clock, which never goes
// back. A bound that is not given is always met; a row with a NULL in one that is never stands.
//
//   delta   a row passes as it is while it stands. Of those whose time is to come, or has an end,
//           an epoch's first call says which have entered or left since the last one.
//   state   the rows that wait to enter or to leave, with weights; next_wake() is the first of
//           these times. A row that has entered for good, or has left, needs no memory.
//   cost    O(log n) a row that waits, at its coming and at each of its two times.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_temporal_filter(const plan::Node& node);

}  // namespace weir::flow
