// For tests: the rows of a table as a snapshot would have them, in memory. spill() lets a table go
// of all that it can.
#pragma once
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "state/entry.h"
#include "state/table_base.h"

namespace weir::state {

class KeptRows final : public ColdRows {
 public:
  explicit KeptRows(std::string_view entries) {
    std::vector<std::pair<uint64_t, std::string>> sorted;
    ByteReader r(entries);
    for (Entry entry; !r.at_end();) {
      WEIR_CHECK(entry.read(r, entries) && entry.live);
      sorted.emplace_back(hash64(entry.key), entry.bytes);
    }
    std::sort(sorted.begin(), sorted.end());
    entries_ = sorted.size();
    for (const auto& [hash, bytes] : sorted) parts_[part_of(hash)] += bytes;
  }
  uint64_t entries() const override { return entries_; }
  size_t parts() const override { return parts_.size(); }
  size_t part_of(uint64_t hash) const override { return hash >> 61; }
  Result<std::string> read(size_t part) const override { return parts_[part]; }

 private:
  uint64_t entries_ = 0;
  std::array<std::string, 8> parts_;
};

// Between two commits.
inline void spill(TableBase& table) {
  if (!table.can_spill()) return;
  std::string all;
  table.write_all(all);
  table.mark();
  table.set_cold(std::make_shared<KeptRows>(all));
  table.evict(UINT64_MAX);
}

}  // namespace weir::state
