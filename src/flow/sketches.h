// Approximate answers in bounded memory, a function of the multiset of values alone: no order of
// rows, no restart and no shard changes them.
//
//   HyperLogLog   how many values are different (Flajolet et al. 2007, linear counting below): 4096
//                 registers, error about 1.6 %; the hashes themselves while they are few. It cannot
//                 take back: over input that can, values are counted exactly.
//   LogHistogram  quantiles, by counting values in buckets that grow by 2 % (DDSketch, Masson et
//                 al. 2019): within 1 % of the value, and rows can be taken back.
#pragma once
#include "flow/accumulator.h"

namespace weir::flow {

std::unique_ptr<AccumulatorPart> make_hyper_log_log();
std::unique_ptr<AccumulatorPart> make_log_histogram();

}  // namespace weir::flow
