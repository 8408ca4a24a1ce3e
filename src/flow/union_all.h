// Union all: what comes in at any port goes out. Linear, no state.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_union_all();

}  // namespace weir::flow
