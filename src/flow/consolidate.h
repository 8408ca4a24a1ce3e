// Net change: rows equal in every byte become one with the sum of their weights; those of weight 0
// go.
#pragma once
#include "data/batch.h"

namespace weir::flow {

// Deletes stand before inserts, each in order of first appearance, so that a key's old row leaves
// before its new one comes.
Batch consolidate(const Batch& batch);

}  // namespace weir::flow
