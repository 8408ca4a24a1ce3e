#include "flow/consolidate.h"

#include "base/hash.h"
#include "data/row_encoding.h"

namespace weir::flow {

Batch consolidate(const Batch& batch) {
  if (batch.append_only() || batch.rows == 0) return batch;
  RowBytes rows;
  encode_rows(batch, rows);
  std::unordered_map<std::string_view, uint32_t> first;
  first.reserve(batch.rows);
  std::vector<int64_t> net(batch.rows, 0);
  for (uint32_t i = 0; i < batch.rows; ++i) {
    const uint32_t at = first.try_emplace(rows[i], i).first->second;
    net[at] += batch.weight(i);
  }
  std::vector<uint32_t> kept;
  std::vector<int64_t> weights;
  bool all_ones = true;
  for (const bool deletes : {true, false}) {
    for (uint32_t i = 0; i < batch.rows; ++i) {
      if (net[i] == 0 || (net[i] < 0) != deletes) continue;
      kept.push_back(i);
      weights.push_back(net[i]);
      all_ones = all_ones && net[i] == 1;
    }
  }
  Batch plain = batch;
  plain.weights = nullptr;
  Batch out = gather(plain, kept);
  if (!all_ones) out.weights = std::make_shared<const std::vector<int64_t>>(std::move(weights));
  return out;
}

}  // namespace weir::flow
