#include "connect/key_changes.h"

#include <unordered_map>

#include "data/text_form.h"

namespace weir::connect {

std::string json_key(const SinkSpec& spec, const Batch& batch, uint32_t row) {
  std::string out = "{";
  for (const uint32_t column : spec.key) {
    if (out.size() > 1) out.push_back(',');
    append_json_string(out, spec.schema.fields[column].name);
    out.push_back(':');
    append_json_form(out, *batch.columns[column], row);
  }
  out.push_back('}');
  return out;
}

std::vector<KeyChange> changes_by_key(const SinkSpec& spec, const Batch& batch) {
  std::vector<KeyChange> out;
  std::unordered_map<std::string, size_t> known;
  for (uint32_t row = 0; row < batch.rows; ++row) {
    std::string key = json_key(spec, batch, row);
    const auto [it, fresh] = known.emplace(key, out.size());
    if (fresh) out.push_back({std::move(key)});
    KeyChange& change = out[it->second];
    if (batch.weight(row) > 0) {
      change.after = row;
    } else if (change.before == KeyChange::kNoRow) {
      change.before = row;
    }
  }
  return out;
}

}  // namespace weir::connect
