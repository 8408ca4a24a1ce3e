// Reads the frames of epochs without the lock that commits need: there may be many. A frame that was
// carried on to another file in the meantime is read from there.
#pragma once
#include <mutex>

#include "log/embedded/epoch_index.h"
#include "log/log.h"

namespace weir::log {

class EpochReader {
 public:
  // `mutex` guards the index and what the journal appends to.
  EpochReader(Journal& journal, const EpochIndex& index, std::mutex& mutex)
      : journal_(journal), index_(index), mutex_(mutex) {}
  // See Log::epochs().
  Result<std::vector<CommittedEpoch>> read(const std::string& pipeline, Epoch after,
                                           uint64_t enough_bytes);

 private:
  Result<std::string> read_frame(const EpochIndex::Entry& entry);

  Journal& journal_;
  const EpochIndex& index_;
  std::mutex& mutex_;
};

}  // namespace weir::log
