#include "flow/temporal_filter.h"

#include <set>

#include "flow/closing_time.h"
#include "flow/keyed_rows.h"

namespace weir::flow {

namespace {

// A row that waits: to leave where it has entered, else to enter.
struct Waiting {
  int64_t n = 0;
  bool entered = false;
  void encode(std::string& out) const {
    ByteWriter w(out);
    w.zigzag(n);
    w.le<uint8_t>(entered);
  }
  bool decode(std::string_view bytes) {
    ByteReader r(bytes);
    n = r.zigzag();
    entered = r.le<uint8_t>() != 0;
    return r.ok() && r.at_end();
  }
  size_t heap_bytes() const { return 0; }
};

struct Span {
  Micros from = INT64_MIN;
  Micros until = kNever;
  bool is_empty() const { return from >= until; }
};

class TemporalFilter final : public Operator {
 public:
  explicit TemporalFilter(const plan::Node& node)
      : schema_(node.schema), spec_(std::get<plan::TemporalFilterSpec>(node.spec)) {}

  void push(int, const Batch& delta, const EpochContext& epoch, Output& out) override {
    advance(epoch.now, out);
    RowBytes rows;
    encode_rows(delta, rows);
    std::vector<uint32_t> standing;
    for (uint32_t i = 0; i < delta.rows; ++i) {
      const Span span = span_of(delta, i);
      if (span.is_empty() || span.until <= epoch.now) continue;
      const bool stands = span.from <= epoch.now;
      if (stands) standing.push_back(i);
      if (!stands || span.until != kNever) wait(rows[i], span, stands, delta.weight(i));
    }
    if (standing.empty()) return;
    out.emit(standing.size() == delta.rows ? delta : gather(delta, standing));
  }

  void finish(const EpochContext& epoch, Output& out) override { advance(epoch.now, out); }

  std::vector<state::TableBase*> tables() override { return {&table_}; }
  std::optional<Micros> next_wake() override {
    restore();
    if (due_.empty()) return std::nullopt;
    return due_.begin()->first;
  }

 private:
  Span span_of(const Batch& batch, uint32_t row) const {
    Span span;
    const auto is_null = [&](const std::optional<uint32_t>& column) {
      return column && batch.columns[*column]->is_null(row);
    };
    if (is_null(spec_.from) || is_null(spec_.until)) return {0, 0};
    if (spec_.from) span.from = time_at(*batch.columns[*spec_.from], row);
    if (spec_.until) span.until = time_at(*batch.columns[*spec_.until], row);
    return span;
  }
  Span span_of(std::string_view row) {
    append_row(one_row_, row, 1);
    return span_of(one_row_.finish(), 0);
  }

  void wait(std::string_view row, const Span& span, bool stands, int64_t weight) {
    bool inserted = false;
    const uint32_t id = table_.find_or_insert(row, &inserted);
    table_.touch(id);
    Waiting& waiting = table_.value(id);
    waiting.entered = stands;
    waiting.n += weight;
    const Micros due = stands ? span.until : span.from;
    if (inserted) due_.emplace(due, row);
    if (waiting.n != 0) return;
    due_.erase({due, std::string(row)});
    table_.erase(id);
  }

  // Before the epoch's own rows are looked at: they are judged by the same clock.
  void advance(Micros now, Output& out) {
    restore();
    BatchBuilder moved(schema_);
    while (!due_.empty() && due_.begin()->first <= now) {
      const std::string row = due_.extract(due_.begin()).value().second;
      const uint32_t id = table_.find(row);
      Waiting& waiting = table_.value(id);
      const Span span = span_of(row);
      if (waiting.entered) {
        append_row(moved, row, -waiting.n);
      } else if (span.until > now) {
        append_row(moved, row, waiting.n);
      }
      const bool stays = !waiting.entered && span.until > now && span.until != kNever;
      if (!stays) {
        table_.erase(id);
        continue;
      }
      waiting.entered = true;
      table_.touch(id);
      due_.emplace(span.until, row);
    }
    if (!moved.empty()) out.emit(moved.finish());
  }

  void restore() {
    if (restored_) return;
    restored_ = true;
    table_.for_each([&](uint32_t id) {
      const std::string row(table_.key(id));
      const Span span = span_of(row);
      due_.emplace(table_.value(id).entered ? span.until : span.from, row);
    });
  }

  const Schema schema_;
  const plan::TemporalFilterSpec spec_;
  state::Table<Waiting> table_;
  std::set<std::pair<Micros, std::string>> due_;
  BatchBuilder one_row_{schema_};
  bool restored_ = false;
};

}  // namespace

std::unique_ptr<Operator> make_temporal_filter(const plan::Node& node) {
  return std::make_unique<TemporalFilter>(node);
}

}  // namespace weir::flow
