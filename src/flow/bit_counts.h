// bit_and, bit_or and bit_xor that can take rows back: how often each bit is set.
#pragma once
#include "flow/accumulator.h"

namespace weir::flow {

std::unique_ptr<AccumulatorPart> make_bit_counts();

}  // namespace weir::flow
