// Where the frames of each pipeline's epochs are in the journal, as far as somebody may still ask
// for them, and each pipeline's last epoch, whose frame is never given up.
//
// Threads: guarded by the log's write lock.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "log/embedded/journal.h"
#include "log/record_batch.h"

namespace weir::log {

class EpochIndex {
 public:
  struct Entry {
    std::string pipeline;
    Epoch epoch;
    Journal::Place place;
  };

  void add(const std::string& pipeline, Epoch epoch, const Journal::Place& place) {
    pipelines_[pipeline][epoch] = place;
  }
  Epoch last(const std::string& pipeline) const {
    const auto it = pipelines_.find(pipeline);
    return it == pipelines_.end() ? Epoch(0) : it->second.rbegin()->first;
  }
  std::map<int64_t, Epoch> last_by_origin() const {  // by BatchOrigin::producer
    std::map<int64_t, Epoch> epochs;
    for (const auto& [pipeline, places] : pipelines_) {
      const Epoch last = places.rbegin()->first;
      epochs[origin_of(pipeline, last).producer] = last;
    }
    return epochs;
  }
  std::vector<Entry> after(const std::string& pipeline, Epoch epoch) const {
    std::vector<Entry> entries;
    const auto it = pipelines_.find(pipeline);
    if (it == pipelines_.end()) return entries;
    for (auto place = it->second.upper_bound(epoch); place != it->second.end(); ++place) {
      entries.push_back({pipeline, place->first, place->second});
    }
    return entries;
  }
  std::optional<Journal::Place> place(const std::string& pipeline, Epoch epoch) const {
    const auto it = pipelines_.find(pipeline);
    if (it == pipelines_.end()) return std::nullopt;
    const auto found = it->second.find(epoch);
    return found == it->second.end() ? std::nullopt : std::optional(found->second);
  }
  void release(const std::string& pipeline, Epoch through) {
    const auto it = pipelines_.find(pipeline);
    if (it == pipelines_.end()) return;
    const Epoch last = it->second.rbegin()->first;
    std::erase_if(it->second, [&](const auto& e) { return e.first <= through && e.first != last; });
  }
  std::vector<Entry> in_file(uint64_t file) const {
    std::vector<Entry> entries;
    for (const auto& [pipeline, epochs] : pipelines_) {
      for (const auto& [epoch, place] : epochs) {
        if (place.file == file) entries.push_back({pipeline, epoch, place});
      }
    }
    return entries;
  }
  uint64_t bytes_in_file(uint64_t file) const {
    uint64_t bytes = 0;
    for (const Entry& entry : in_file(file)) bytes += entry.place.size;
    return bytes;
  }

 private:
  std::map<std::string, std::map<Epoch, Journal::Place>> pipelines_;
};

}  // namespace weir::log
