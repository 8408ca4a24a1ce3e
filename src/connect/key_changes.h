// The changes of an epoch by key: what became of each key, in the order in which they came up.
#pragma once
#include <string>
#include <vector>

#include "connect/sink.h"

namespace weir::connect {

// The row that a key had and the row that it has, by their number in the batch.
struct KeyChange {
  static constexpr uint32_t kNoRow = UINT32_MAX;
  std::string key;  // as JSON
  uint32_t before = kNoRow;
  uint32_t after = kNoRow;

  bool is_delete() const { return after == kNoRow; }
  uint32_t any_row() const { return is_delete() ? before : after; }
  const char* debezium_operation() const {
    return before == kNoRow ? "c" : (is_delete() ? "d" : "u");
  }
};

std::string json_key(const SinkSpec& spec, const Batch& batch, uint32_t row);
std::vector<KeyChange> changes_by_key(const SinkSpec& spec, const Batch& batch);

}  // namespace weir::connect
