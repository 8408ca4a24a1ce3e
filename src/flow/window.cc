#include "flow/window.h"

#include "flow/closing_time.h"

namespace weir::flow {

namespace {

class Window final : public Operator {
 public:
  explicit Window(const plan::Node& node) : spec_(std::get<plan::WindowSpec>(node.spec)) {
    output_type_ = node.schema.fields.back().type;
  }

  void push(int, const Batch& delta, const EpochContext&, Output& out) override {
    const Column& time = *delta.columns[spec_.time_column];
    rows_.clear();
    starts_.clear();
    ends_.clear();
    for (uint32_t i = 0; i < delta.rows; ++i) {
      if (time.is_null(i)) continue;
      const std::optional<Micros> t = windowed_time(time, i);
      if (t) add_windows(i, *t);
    }
    if (rows_.empty()) return;
    const bool same = rows_.size() == delta.rows && spec_.slide == spec_.size;
    Batch result = same ? delta : gather(delta, rows_);
    result.columns.push_back(times(starts_));
    result.columns.push_back(times(ends_));
    out.emit(std::move(result));
  }
  void finish(const EpochContext&, Output&) override {}

 private:
  // Infinite times stand in no window, nor do those whose windows would leave the range of times.
  std::optional<Micros> windowed_time(const Column& time, uint32_t row) const {
    const Micros v = time_at(time, row);
    const Micros reach =
        saturating_add(saturating_add(spec_.size, spec_.slide), std::abs(spec_.offset));
    if (v > INT64_MAX - reach || v < INT64_MIN + reach) return std::nullopt;
    return v;
  }

  void add_windows(uint32_t row, Micros t) {
    if (spec_.kind == plan::WindowKind::kCumulate) return add_growing_windows(row, t);
    const Micros last = aligned(t, spec_.slide);
    Micros first = last;
    while (first - spec_.slide + spec_.size > t) first -= spec_.slide;
    for (Micros start = first; start <= last; start += spec_.slide) {
      if (start + spec_.size > t) add_window(row, start, start + spec_.size);
    }
  }

  // The last one has the whole size, also where that is no multiple of the step.
  void add_growing_windows(uint32_t row, Micros t) {
    const Micros start = aligned(t, spec_.size);
    const Micros first = start + ((t - start) / spec_.slide + 1) * spec_.slide;
    for (Micros end = first; end < start + spec_.size; end += spec_.slide) {
      add_window(row, start, end);
    }
    add_window(row, start, start + spec_.size);
  }

  Micros aligned(Micros t, Micros width) const {
    return floor_div(t - spec_.offset, width) * width + spec_.offset;
  }

  void add_window(uint32_t row, Micros start, Micros end) {
    rows_.push_back(row);
    starts_.push_back(start);
    ends_.push_back(end);
  }

  ColumnPtr times(const std::vector<Micros>& micros) const {
    ColumnBuilder builder =
        ColumnBuilder::sized(output_type_, static_cast<uint32_t>(micros.size()));
    std::copy(micros.begin(), micros.end(), builder.mutable_values<int64_t>());
    return builder.finish();
  }

  const plan::WindowSpec spec_;
  Type output_type_;
  std::vector<uint32_t> rows_;
  std::vector<Micros> starts_;
  std::vector<Micros> ends_;
};

}  // namespace

std::unique_ptr<Operator> make_window(const plan::Node& node) {
  return std::make_unique<Window>(node);
}

}  // namespace weir::flow
