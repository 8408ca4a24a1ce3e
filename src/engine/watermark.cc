#include "engine/watermark.h"

#include "flow/operator.h"

namespace weir::engine {

namespace {
bool is_idle(const catalog::StreamDefinition& definition, const PartitionProgress& progress,
             const PartitionActivity& activity, Micros now) {
  return definition.idle && activity.caught_up && now - progress.last_active >= *definition.idle;
}
}  // namespace

Micros input_mark(const catalog::StreamDefinition& definition, const InputProgress& progress,
                  const std::map<PartitionId, PartitionActivity>& activity, Micros now) {
  Micros least = INT64_MAX;
  Micros greatest_idle = INT64_MIN;
  bool any_active = false;
  for (const auto& [partition, progress_of] : progress.partitions) {
    if (partition == kReplayedLetters) continue;  // old rows: they say nothing about progress
    const Micros mark = progress_of.max_event_time == INT64_MIN
                            ? INT64_MIN
                            : progress_of.max_event_time - definition.lateness;
    const auto it = activity.find(partition);
    const PartitionActivity now_active = it == activity.end() ? PartitionActivity{} : it->second;
    if (is_idle(definition, progress_of, now_active, now)) {
      greatest_idle = std::max(greatest_idle, mark);
      continue;
    }
    any_active = true;
    least = std::min(least, mark);
  }
  // All idle: time stands where the furthest of them was; it does not run on by itself.
  return any_active ? least : greatest_idle;
}

Micros relation_watermark(const InputProgress& progress, bool has_event_time, Micros mark) {
  if (progress.finished) return flow::kEndOfTime;
  return has_event_time ? mark : flow::kHoldsNothingBack;
}

}  // namespace weir::engine
