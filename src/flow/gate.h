// Gate: what makes a view on_close where its root is no aggregate that could close groups itself.
// Rows wait under their closing value; when the watermark reaches it (plus the delay) they come
// out, once. A change that comes behind is late: it goes to the side output with its operation.
//
//   state   the rows that wait, with their weights.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_gate(const Schema& schema, const Closing& closing);

}  // namespace weir::flow
