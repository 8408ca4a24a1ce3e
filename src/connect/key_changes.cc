#include "connect/key_changes.h"

#include <unordered_map>

#include "data/row_encoding.h"
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

// Keys are told apart as they look, for so do their texts (1.0 is not 1.00); a text is made once.
std::vector<KeyChange> changes_by_key(const SinkSpec& spec, const Batch& batch) {
  Batch columns;
  columns.rows = batch.rows;
  for (const uint32_t column : spec.key) columns.columns.push_back(batch.columns[column]);
  RowBytes keys;
  encode_rows(columns, keys);
  std::vector<KeyChange> out;
  std::unordered_map<std::string_view, size_t> known;
  known.reserve(batch.rows);
  for (uint32_t row = 0; row < batch.rows; ++row) {
    const auto [it, fresh] = known.emplace(keys[row], out.size());
    if (fresh) out.push_back({json_key(spec, batch, row)});
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
