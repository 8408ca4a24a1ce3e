// Watermarks of inputs: per partition the greatest event time accepted minus the lateness; of an input
// the least over its active partitions (decisions 19, 20). A partition is idle, and holds nothing back,
// when it has handed out all it has and nothing came for `idle`. A watermark never goes back.
#pragma once
#include "base/ids.h"
#include "catalog/definition.h"
#include "engine/manifest.h"

namespace weir::engine {

struct PartitionActivity {
  bool caught_up = false;  // it has no more to read than was handed out
};

// Of one input as of now. INT64_MIN: not known yet; INT64_MAX: finished, holds nothing back.
Micros input_watermark(const catalog::StreamDefinition& definition, const InputProgress& progress,
                       const std::map<PartitionId, PartitionActivity>& activity, Micros now);

}  // namespace weir::engine
