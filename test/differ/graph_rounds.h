// Rounds on the running graph: epochs of many batches, with the same row inserted and deleted
// within one epoch, restarts from state, views grafted and removed while rows flow, every type of
// column.
#pragma once
#include "base/random.h"
#include "differ/postgres.h"
#include "differ/tally.h"

namespace weir::differ {

void graph_round(Postgres& postgres, Random& random, Tally& tally);

}  // namespace weir::differ
