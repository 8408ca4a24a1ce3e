#include "flow/arrangement.h"

#include "base/hash.h"
#include "plan/build.h"

namespace weir::flow {

Arrangement::Arriving Arrangement::encoded(const Batch& delta) const {
  return {KeyedRows(delta, spec_.keys), spec_.null_keys ? std::vector<uint8_t>(delta.rows, 0)
                                                        : rows_with_null(delta, spec_.keys)};
}

void Arrangement::push(int, const Batch& pushed, const EpochContext& epoch, Output& out) {
  restore();
  const Batch delta = input_.in_time(pushed, epoch);
  if (delta.rows == 0) return;
  const Arriving& arriving = arriving_.emplace(encoded(delta));
  out.emit(delta);
  for (uint32_t i = 0; i < delta.rows; ++i) {
    if (arriving.matchless[i]) continue;
    const std::string_view row = spec_.keys_alone ? std::string_view() : arriving.rows.rows[i];
    uint32_t fresh = state::Index::kNone;
    rows_.add(arriving.rows.keys[i], row, delta.weight(i), &fresh);
    if (fresh != state::Index::kNone) leaving_.add(input_.leaves_at(delta, i), fresh);
  }
  arriving_.reset();
}

void Arrangement::leave(const EpochContext& epoch) {
  restore();
  leaving_.take(epoch.next_watermark, [&](Micros at, uint32_t id) {
    // The row may be gone, and its id another one's.
    if (rows_.live(id) && input_.leaves_at(rows_.row(id)) == at) rows_.erase(id);
  });
}

// After recovery it follows from the rows when they leave.
void Arrangement::restore() {
  if (restored_) return;
  restored_ = true;
  if (!input_.expires()) return;
  rows_.for_each([&](uint32_t id) { leaving_.add(input_.leaves_at(rows_.row(id)), id); });
}

std::vector<ArrangementSpec> arrangements_of(const plan::Node& node,
                                             const OperatorOptions& options) {
  if (node.kind != plan::NodeKind::kJoin) return {};
  const auto& spec = std::get<plan::JoinSpec>(node.spec);
  // What a row leaves by has to be in it.
  const bool only_keys = plan::answers_left_only(spec.kind) && !spec.residual && !options.expiry(1);
  return {{spec.left_keys, false, spec.nulls_match, options.expiry(0)},
          {spec.right_keys, only_keys, spec.nulls_match, options.expiry(1)}};
}

uint64_t hash_of(const ArrangementSpec& spec) {
  std::string bytes;
  ByteWriter w(bytes);
  w.le<uint8_t>(spec.keys_alone);
  w.le<uint8_t>(spec.null_keys);
  for (const uint32_t key : spec.keys) w.le(key);
  if (spec.expiry) {
    w.le(spec.expiry->column);
    w.raw(spec.expiry->ending.text());
    w.le(spec.expiry->late);
    w.le(spec.expiry->keep);
  }
  return hash64(bytes);
}

}  // namespace weir::flow
