// Window: tumble and hop. Each row becomes one row for every window that its time falls into, with
// window_start and window_end behind its columns. Windows are half-open, of fixed size, aligned to
// 1970-01-01 UTC plus the offset; times before 1970 round down too. A row whose time is NULL or
// infinite is in no window. Linear, no state.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_window(const plan::Node& node);

}  // namespace weir::flow
