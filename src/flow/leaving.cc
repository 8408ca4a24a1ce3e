#include "flow/leaving.h"

#include "data/row_encoding.h"

namespace weir::flow {

Batch ExpiringInput::in_time(const Batch& delta, const EpochContext& epoch) const {
  if (!expiry_ || epoch.watermark == kNoWatermark) return delta;
  std::vector<uint32_t> kept;
  for (uint32_t i = 0; i < delta.rows; ++i) {
    const Micros value = time_at(*delta.columns[expiry_->column], i);
    const Micros at =
        value == kNever ? kNever : saturating_add(expiry_->ending.of(value), expiry_->late);
    if (at == kNever || at > epoch.watermark) {
      kept.push_back(i);
      continue;
    }
    LateRow late;
    late.row = slice(delta, i, 1);
    late.weight = delta.weight(i);
    late.window_end = at;
    late.watermark = epoch.watermark;
    late.reason = "all that the row could be part of was closed";
    epoch.side.late(schema_, std::move(late));
  }
  return kept.size() == delta.rows ? delta : gather(delta, kept);
}

Micros ExpiringInput::leaves_at(const Batch& batch, uint32_t row) const {
  if (!expiry_) return kNever;
  const Micros value = time_at(*batch.columns[expiry_->column], row);
  return value == kNever ? kNever : saturating_add(expiry_->ending.of(value), expiry_->keep);
}

Micros ExpiringInput::leaves_at(std::string_view row) const {
  BatchBuilder builder(schema_);
  WEIR_CHECK(decode_row(row, builder));
  builder.end_row();
  return leaves_at(builder.finish(), 0);
}

}  // namespace weir::flow
