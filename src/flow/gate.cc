#include "flow/gate.h"

#include "data/row_encoding.h"
#include "flow/closing_time.h"
#include "state/index.h"

namespace weir::flow {

namespace {

class Gate final : public Operator {
 public:
  Gate(const Schema& schema, const Closing& closing) : schema_(schema), closing_(closing) {}

  void push(int, const Batch& delta, const EpochContext& epoch, Output& out) override {
    restore();
    RowBytes rows;
    encode_rows(delta, rows);
    std::vector<uint32_t> in_time;
    for (uint32_t i = 0; i < delta.rows; ++i) {
      const Micros at = closes_at(*delta.columns[closing_.column], i);
      const Micros watermark =
          delta.watermarks ? delta.watermarks->value<int64_t>(i) : epoch.watermark;
      if (at != kNever && watermark != kNoWatermark && at <= watermark) {
        say_late(delta, i, at, watermark, epoch);
        continue;
      }
      wait(rows[i], at, delta.weight(i));
      in_time.push_back(i);
    }
    if (!closing_.on_close && !in_time.empty()) out.emit(gather(delta, in_time));
  }

  void finish(const EpochContext& epoch, Output& out) override {
    restore();
    if (epoch.next_watermark == kNoWatermark) return;
    BatchBuilder result(schema_);
    while (!panes_.empty() && panes_.begin()->first <= epoch.next_watermark) {
      for (const std::string& row : panes_.begin()->second) {
        const uint32_t id = waiting_.find(row);
        if (id == state::Table<state::Weight>::kNone) continue;
        WEIR_CHECK(decode_row(row, result));
        result.end_row(closing_.on_close ? waiting_.value(id).n : -waiting_.value(id).n);
        waiting_.erase(id);
      }
      panes_.erase(panes_.begin());
    }
    if (!result.empty()) out.emit(result.finish());
  }

  std::vector<state::TableBase*> tables() override { return {&waiting_}; }
  bool waits_for_time() const override { return waiting_.size() > 0; }

 private:
  // When the row comes out, or where it came out at once, when it leaves.
  Micros closes_at(const Column& column, uint32_t row) const {
    const Micros value = time_at(column, row);
    if (value == kNever) return kNever;
    const Micros at = closing_.ending.of(value);
    return closing_.on_close ? at : saturating_add(at, closing_.retain.value_or(0));
  }

  void wait(std::string_view row, Micros at, int64_t weight) {
    bool inserted = false;
    const uint32_t id = waiting_.find_or_insert(row, &inserted);
    waiting_.touch(id);
    if (inserted) panes_[at].emplace_back(row);
    waiting_.value(id).n += weight;
    if (waiting_.value(id).n == 0) waiting_.erase(id);
  }

  void say_late(const Batch& delta, uint32_t row, Micros at, Micros watermark,
                const EpochContext& epoch) {
    LateRow late;
    late.row = slice(delta, row, 1);
    late.weight = delta.weight(row);
    late.window_end = closing_.on_close ? at : at - closing_.retain.value_or(0);
    late.watermark = watermark;
    late.reason = closing_.on_close ? "the row's time was closed" : "the row's time was expired";
    epoch.side.late(schema_, std::move(late));
  }

  void restore() {
    if (restored_) return;
    restored_ = true;
    BatchBuilder builder(schema_);
    waiting_.for_each([&](uint32_t id) {
      WEIR_CHECK(decode_row(waiting_.key(id), builder));
      builder.end_row();
      const Batch row = builder.finish();
      panes_[closes_at(*row.columns[closing_.column], 0)].emplace_back(waiting_.key(id));
    });
  }

  const Schema schema_;
  const Closing closing_;
  state::Table<state::Weight> waiting_;
  std::map<Micros, std::vector<std::string>> panes_;
  bool restored_ = false;
};

}  // namespace

std::unique_ptr<Operator> make_gate(const Schema& schema, const Closing& closing) {
  return std::make_unique<Gate>(schema, closing);
}

}  // namespace weir::flow
