// Gate: what makes a view on_close or retain where no aggregate in it could close groups itself.
// Rows wait under their closing value; when the watermark reaches it (plus the delay) they come
// out, once. A change that comes behind is late: it goes to the side output with its operation.
// With retain alone rows come out at once and are taken back at closing value + delay + retain.
//
//   state   the rows that wait (retain: to leave), with their weights.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_gate(const Schema& schema, const Closing& closing);

}  // namespace weir::flow
