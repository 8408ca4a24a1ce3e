#include "log/embedded/epoch_reader.h"

#include "log/embedded/epoch_frame.h"

namespace weir::log {

Result<std::string> EpochReader::read_frame(const EpochIndex::Entry& entry) {
  Result<std::string> payload = journal_.read(entry.place);
  if (payload) return payload;
  const std::lock_guard lock(mutex_);
  const std::optional<Journal::Place> now = index_.place(entry.pipeline, entry.epoch);
  return now && *now != entry.place ? journal_.read(*now) : std::move(payload);
}

Result<std::vector<CommittedEpoch>> EpochReader::read(const std::string& pipeline, Epoch after,
                                                      uint64_t enough_bytes) {
  std::vector<EpochIndex::Entry> entries;
  {
    const std::lock_guard lock(mutex_);
    entries = index_.after(pipeline, after);
  }
  std::vector<CommittedEpoch> committed;
  uint64_t bytes = 0;
  for (const EpochIndex::Entry& entry : entries) {
    if (bytes >= enough_bytes) break;
    const std::string payload = TRY(read_frame(entry));
    const EpochFrame frame = TRY(decode_frame(payload));
    committed.push_back({entry.epoch, std::string(frame.state)});
    bytes += std::max<size_t>(frame.state.size(), 1);
  }
  return committed;
}

}  // namespace weir::log
