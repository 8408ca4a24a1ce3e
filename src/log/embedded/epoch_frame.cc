#include "log/embedded/epoch_frame.h"

#include "base/bytes.h"
#include "log/record_batch.h"

namespace weir::log {

namespace {
Error unreadable(const char* what) { return Error(ErrorKind::kInvalidData, 1419, what); }

size_t bytes_of(const EpochFrame& frame) {
  size_t bytes = 64 + frame.pipeline.size() + frame.state.size();
  for (const FrameBatch& batch : frame.batches)
    bytes += 24 + batch.topic.size() + batch.batch.size();
  for (const FrameRange& range : frame.ranges) bytes += 32 + range.topic.size();
  return bytes;
}
}  // namespace

void encode_frame(const EpochFrame& frame, std::string& out) {
  out.reserve(out.size() + bytes_of(frame));
  ByteWriter w(out);
  w.le(static_cast<uint8_t>(frame.type));
  w.string(frame.pipeline);
  w.le<uint64_t>(frame.epoch.value);
  if (frame.type != FrameType::kEpoch) {
    w.varint(frame.ranges.size());
    for (const FrameRange& range : frame.ranges) {
      w.string(range.topic);
      w.le<int32_t>(range.partition);
      w.le<int64_t>(range.from);
      w.le<int64_t>(range.to);
    }
    return;
  }
  w.varint(frame.batches.size());
  for (const FrameBatch& batch : frame.batches) {
    w.string(batch.topic);
    w.le<int32_t>(batch.partition);
    w.string(batch.batch);
  }
  w.raw(frame.state);
}

Result<EpochFrame> decode_frame(std::string_view payload) {
  ByteReader r(payload);
  EpochFrame frame;
  const auto type = r.le<uint8_t>();
  if (type < 1 || type > 3) return unreadable("a frame of an unknown type");
  frame.type = static_cast<FrameType>(type);
  frame.pipeline = r.string();
  frame.epoch = Epoch(r.le<uint64_t>());
  const uint64_t count = r.varint();
  for (uint64_t i = 0; i < count && r.ok(); ++i) {
    const std::string_view topic = r.string();
    const auto partition = r.le<int32_t>();
    if (frame.type != FrameType::kEpoch) {
      const auto from = r.le<int64_t>();
      frame.ranges.push_back({topic, partition, from, r.le<int64_t>()});
      continue;
    }
    const std::string_view batch = r.string();
    const auto header = peek_batch(batch);
    const bool is_batch = header && static_cast<size_t>(header->size) == batch.size();
    if (r.ok() && !is_batch) return unreadable("a frame holds what is no record batch");
    frame.batches.push_back({topic, partition, batch});
  }
  if (!r.ok()) return unreadable("a frame that ends early");
  if (frame.type != FrameType::kEpoch && !r.at_end())
    return unreadable("a frame that is too long");
  frame.state = r.raw(r.remaining());
  return frame;
}

}  // namespace weir::log
