// What a frame of the journal says (docs/formats/journal.md).
//
//   epoch       an epoch's record batches and its state: it has happened
//   large epoch the offsets that an epoch is about to take in its partitions, before its batches go
//   there
//               directly; unless the epoch's frame follows, they were never confirmed
//   ends        what partitions held, synced, when a file of the journal went: only they have it now
//
// Decoding takes any bytes: it answers views into them, or kInvalidData.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"

namespace weir::log {

enum class FrameType : uint8_t { kEpoch = 1, kLargeEpoch = 2, kEnds = 3 };  // on disk

struct FrameBatch {
  std::string_view topic;
  int32_t partition = 0;
  std::string_view batch;  // encoded
};

struct FrameRange {
  std::string_view topic;
  int32_t partition = 0;
  int64_t from = 0;
  int64_t to = 0;
};

struct EpochFrame {
  FrameType type = FrameType::kEpoch;
  std::string_view pipeline;
  Epoch epoch;
  std::vector<FrameBatch> batches;  // kEpoch
  std::vector<FrameRange> ranges;   // kLargeEpoch, kEnds
  std::string_view state;           // kEpoch: the rest of the payload
};

// Appended to `out`.
void encode_frame(const EpochFrame& frame, std::string& out);
Result<EpochFrame> decode_frame(std::string_view payload);

}  // namespace weir::log
