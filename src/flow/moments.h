// Variances, covariances and regressions that can take rows back, from exact sums of values and of
// their products, so that the result is that of the rows which are there, in whatever order they
// came and went. Integers and numerics: whole numbers of any size, one sum for each scale present
// (the scale of the result is that of PostgreSQL's numeric). Floats: ExactFloatSum; a product is
// the exact sum of two doubles. N * sum(xy) - sum(x) * sum(y) is computed exactly and rounded once,
// so nothing is lost where the values are large and close together.
#pragma once
#include "flow/accumulator.h"

namespace weir::flow {

std::unique_ptr<AccumulatorPart> make_exact_moments();
std::unique_ptr<AccumulatorPart> make_float_moments();

}  // namespace weir::flow
