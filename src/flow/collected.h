// Aggregates that are answered from all values of a group: lists (string_agg, jsonb_agg, ...),
// ordered sets (percentiles, mode) and hypothetical ranks.
#pragma once
#include "flow/bound_call.h"

namespace weir::flow {

// `entries` in the order of their keys, as ValueSets::entries() answers them. Appends the result;
// false: an error of the group.
bool finish_collected(const BoundCall& call, std::vector<ValueSets::Entry> entries,
                      std::span<const Value> direct, Answer answer);

}  // namespace weir::flow
