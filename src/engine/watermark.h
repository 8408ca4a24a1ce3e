// Watermarks of inputs: per partition the greatest event time accepted minus the lateness; of an
// input the least over its active partitions (decisions 19, 20). A partition is idle, and holds
// nothing back, when it has handed out all it has and nothing came for `idle`. A watermark never
// goes back.
#pragma once
#include "base/ids.h"
#include "catalog/definition.h"
#include "engine/manifest.h"

namespace weir::engine {

struct PartitionActivity {
  bool caught_up = false;  // it has no more to read than was handed out
};

// The mark of one input as of now; INT64_MIN: not known yet. Only for inputs with an event time.
Micros input_mark(const catalog::StreamDefinition& definition, const InputProgress& progress,
                  const std::map<PartitionId, PartitionActivity>& activity, Micros now);

// Of a relation that operators read: a finished input is at the end of time, so windows over
// finished inputs alone flush, and it holds nothing back elsewhere; one without event time holds
// nothing back and closes nothing (decision 20).
Micros relation_watermark(const InputProgress& progress, bool has_event_time, Micros mark);

}  // namespace weir::engine
