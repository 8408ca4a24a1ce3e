// Window: tumble, hop and cumulate. Each row becomes one row for every window that its time falls
// into, with window_start and window_end behind its columns. Windows are half-open, aligned to
// 1970-01-01 UTC plus the offset; times before 1970 round down too. Cumulative ones begin together,
// every `size`, and end a step (`slide`) after each other: [start, start + k * step), the last one
// at start + size. A row whose time is NULL or infinite is in no window. Linear, no state.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_window(const plan::Node& node);

}  // namespace weir::flow
