#include "flow/arrangement.h"

#include "base/hash.h"
#include "plan/build.h"

namespace weir::flow {

Arrangement::Arriving Arrangement::encoded(const Batch& delta) const {
  return {KeyedRows(delta, spec_.keys), spec_.null_keys ? std::vector<uint8_t>(delta.rows, 0)
                                                        : rows_with_null(delta, spec_.keys)};
}

void Arrangement::push(int, const Batch& delta, const EpochContext&, Output& out) {
  const Arriving& arriving = arriving_.emplace(encoded(delta));
  out.emit(delta);
  for (uint32_t i = 0; i < delta.rows; ++i) {
    if (arriving.matchless[i]) continue;
    const std::string_view row = spec_.keys_alone ? std::string_view() : arriving.rows.rows[i];
    rows_.add(arriving.rows.keys[i], row, delta.weight(i));
  }
  arriving_.reset();
}

std::vector<ArrangementSpec> arrangements_of(const plan::Node& node) {
  if (node.kind != plan::NodeKind::kJoin) return {};
  const auto& spec = std::get<plan::JoinSpec>(node.spec);
  const bool only_keys = plan::answers_left_only(spec.kind) && !spec.residual;
  return {{spec.left_keys, false, spec.nulls_match},
          {spec.right_keys, only_keys, spec.nulls_match}};
}

uint64_t hash_of(const ArrangementSpec& spec) {
  std::string bytes;
  ByteWriter w(bytes);
  w.le<uint8_t>(spec.keys_alone);
  w.le<uint8_t>(spec.null_keys);
  for (const uint32_t key : spec.keys) w.le(key);
  return hash64(bytes);
}

}  // namespace weir::flow
