// Asof join: each left row with the version that held at its time: of the right rows with its keys
// the latest that is not later. Of several at one time it is the one whose row encoding is the
// greatest, byte by byte; one that stands several times is one. A left row without a version stands
// beside NULLs (outer), or not at all. A NULL in a key or a time meets nothing.
//
//   delta   a version holds from its time to the next one's: finish() looks at the left rows there,
//           for each right time that the epoch touched, and at the left rows that it touched.
//   state   both sides, by key and time.
//   cost    O(log n) a row; the left rows between a changed version and the next, an epoch.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_asof_join(const plan::Node& node);

}  // namespace weir::flow
