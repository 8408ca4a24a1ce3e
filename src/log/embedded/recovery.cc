#include "log/embedded/recovery.h"

#include <fmt/core.h>

namespace weir::log {

namespace {
constexpr std::string_view kVersionText = "weir data folder, format 1\n";
}  // namespace

Status check_version(io::FileSystem& files, const std::string& root, bool read_only) {
  const std::string file = io::join_path(root, "VERSION");
  if (!files.exists(file)) {
    if (read_only) {
      return Error(ErrorKind::kNotFound, 1416, fmt::format("{} holds no data of weir", root))
          .hint("start it with `weir dev` first");
    }
    return files.write_atomically(file, kVersionText);
  }
  const std::string text = TRY(files.read_all(file));
  if (text == kVersionText) return {};
  if (text.starts_with("weir data folder, format ")) {
    return Error(ErrorKind::kNewerFormat, 1417, fmt::format("{} was written by a newer weir", root))
        .hint("run the weir that wrote this folder, or a later one");
  }
  return Error(ErrorKind::kCorrupt, 1418, fmt::format("{} is damaged", file));
}

Status Announced::truncate() const {
  for (const Range& range : ranges) TRY_VOID(range.partition->truncate_to(range.from));
  return {};
}

// Null where the frame at `place` is about a topic that is no more.
Partition* Recovery::target_of(std::string_view topic, int32_t partition,
                               const Journal::Place& place) {
  const auto it = topics_.find(topic);
  if (it == topics_.end() || place < it->second.created) return nullptr;
  const auto index = static_cast<size_t>(partition);
  return index < it->second.partitions.size() ? it->second.partitions[index].get() : nullptr;
}

// Redoes what a frame holds and its segments do not.
Status Recovery::on_frame(std::string_view payload, const Journal::Place& place) {
  const EpochFrame frame = TRY(decode_frame(payload));
  if (frame.type == FrameType::kEnds) return check_ends(frame, place);
  if (announced_) TRY_VOID(confirm(frame));
  const std::string pipeline(frame.pipeline);
  if (frame.type == FrameType::kLargeEpoch) {
    announced_ = Announced{place, pipeline, frame.epoch, {}};
    for (const FrameRange& range : frame.ranges) {
      Partition* partition = target_of(range.topic, range.partition, place);
      if (partition) announced_->ranges.push_back({partition, range.from, range.to});
    }
    return {};
  }
  epochs_.add(pipeline, frame.epoch, place);
  for (const FrameBatch& batch : frame.batches) {
    Partition* partition = target_of(batch.topic, batch.partition, place);
    if (partition) TRY_VOID(partition->redo(batch.batch));
  }
  return {};
}

Status Recovery::check_ends(const EpochFrame& frame, const Journal::Place& place) {
  for (const FrameRange& range : frame.ranges) {
    const Partition* partition = target_of(range.topic, range.partition, place);
    if (!partition || partition->end() >= range.to) continue;
    return Error(ErrorKind::kCorrupt, 1436,
                 fmt::format("records of topic {} are missing", range.topic))
        .detail(fmt::format("Partition {} ends at offset {}, and had been stored up to {}.",
                            range.partition, partition->end(), range.to))
        .hint("restore the folder from a backup, or remove it to read the sources again");
  }
  return {};
}

Status Recovery::confirm(const EpochFrame& frame) {
  const bool same = frame.type == FrameType::kEpoch && frame.pipeline == announced_->pipeline &&
                    frame.epoch == announced_->epoch;
  if (!same) return Error(ErrorKind::kInvalidData, 1419, "a large epoch that has no end");
  for (const Announced::Range& range : announced_->ranges) {
    if (range.partition->end() < range.to) {
      return Error(ErrorKind::kCorrupt, 1430,
                   fmt::format("records of epoch {} are missing in its topics", frame.epoch.value))
          .hint("restore the folder from a backup, or remove it to read the sources again");
    }
  }
  announced_.reset();
  return {};
}

EpochFrame ends_of(const Topics& topics) {
  EpochFrame frame{FrameType::kEnds, "", Epoch(0), {}, {}, {}};
  for (const auto& [name, topic] : topics) {
    for (size_t i = 0; i < topic.partitions.size(); ++i) {
      const Partition& partition = *topic.partitions[i];
      frame.ranges.push_back({name, static_cast<int32_t>(i), partition.start(), partition.end()});
    }
  }
  return frame;
}

Status check_origins(const Topics& topics, const EpochIndex& epochs) {
  const std::map<int64_t, Epoch> known = epochs.last_by_origin();
  for (const auto& [name, topic] : topics) {
    for (const auto& partition : topic.partitions) {
      const BatchOrigin origin = partition->last_origin();
      if (origin.producer < 0) continue;
      const auto it = known.find(origin.producer);
      const uint64_t last = it == known.end() ? 0 : it->second.value;
      // Of numbers that wrap around: is the one ahead of the other?
      const auto ahead = static_cast<uint32_t>(origin.sequence) - static_cast<uint32_t>(last);
      if ((ahead & INT32_MAX) == 0 || (ahead & 0x40000000) != 0) continue;
      return Error(ErrorKind::kCorrupt, 1435, "the journal has lost epochs")
          .detail(fmt::format("Topic {} holds records of epoch {}, and the journal ends at {}.",
                              name, origin.sequence, last))
          .hint("restore the folder from a backup, or remove it to read the sources again");
    }
  }
  return {};
}

}  // namespace weir::log
