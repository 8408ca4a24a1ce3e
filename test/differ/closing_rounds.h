// Rounds with event time: windows that close by a watermark, late rows, retention, the end of
// bounded input. The oracle is plain SQL over the rows with the watermark that each of them met.
#pragma once
#include "base/random.h"
#include "differ/postgres.h"
#include "differ/tally.h"

namespace weir::differ {

void closing_round(Postgres& postgres, Random& random, Tally& tally);

}  // namespace weir::differ
