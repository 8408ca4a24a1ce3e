#include "flow/session.h"

#include <algorithm>

#include "flow/closing_time.h"
#include "flow/keyed_rows.h"
#include "flow/timed_rows.h"

namespace weir::flow {

namespace {

using Times = TimedRows::Times;

struct Bounds {
  Micros start = 0;
  Micros end = 0;
  bool operator==(const Bounds&) const = default;
};

class Session final : public Operator {
 public:
  Session(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.schema),
        spec_(std::get<plan::SessionSpec>(node.spec)),
        closing_(options.closing) {}

  void push(int, const Batch& delta, const EpochContext& epoch, Output& out) override {
    const Column& time = *delta.columns[spec_.time_column];
    const KeyedRows keyed(delta, spec_.keys);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      const Micros at = time_at(time, i);
      if (at <= INT64_MIN + spec_.gap || at >= kNever - spec_.gap) continue;  // NULL is kNever
      if (delta.weight(i) < 0 && has_closed(at + spec_.gap, epoch.watermark) &&
          !rows_.has(keyed.keys[i], at, keyed.rows[i])) {
        take_back_late(keyed.rows[i], at, delta.weight(i), out);
        continue;
      }
      rows_.add(keyed.keys[i], at, keyed.rows[i], delta.weight(i));
    }
  }

  void finish(const EpochContext& epoch, Output& out) override {
    BatchBuilder builder(schema_);
    for (const auto& [key, touched] : rows_.touched()) {
      std::optional<Micros> done;  // the last time of the runs that were revised
      for (const Micros at : touched) {
        if (done && at <= *done) continue;
        done = revise_run(key, at, builder);
      }
    }
    rows_.settle();
    forget_closed(epoch.next_watermark);
    if (!builder.empty()) out.emit(builder.finish());
  }

  std::vector<state::TableBase*> tables() override { return {rows_.table()}; }

 private:
  // The run of times around `at`, whether they are still there or only come; answers its last one.
  Micros revise_run(const std::string& key, Micros at, BatchBuilder& builder) {
    const Times& times = rows_.times(key);
    auto first = times.find(at);
    auto last = first;
    while (first != times.begin() && std::prev(first)->first > first->first - spec_.gap) --first;
    while (std::next(last) != times.end() && std::next(last)->first < last->first + spec_.gap) {
      ++last;
    }
    const auto end = std::next(last);
    const auto was_there = [this](uint32_t id) { return rows_.before(id) > 0; };
    const auto is_there = [this](uint32_t id) { return rows_.now(id) > 0; };
    const std::vector<Bounds> old_sessions = sessions(first, end, was_there);
    const std::vector<Bounds> new_sessions = sessions(first, end, is_there);
    if (closing_) {
      for (const Bounds& session : new_sessions) ends_[session.end].insert(key);
    }
    auto was = old_sessions.begin();
    auto is = new_sessions.begin();
    for (auto slot = first; slot != end; ++slot) {
      while (was != old_sessions.end() && was->end - spec_.gap < slot->first) ++was;
      while (is != new_sessions.end() && is->end - spec_.gap < slot->first) ++is;
      for (const uint32_t id : slot->second) {
        const int64_t before = rows_.before(id);
        const int64_t now = rows_.now(id);
        if (before > 0 && now > 0 && *was == *is) {
          if (before != now) say(builder, id, *is, now - before);
          continue;
        }
        if (before > 0) say(builder, id, *was, -before);
        if (now > 0) say(builder, id, *is, now);
      }
    }
    return last->first;
  }

  template <class Stands>
  std::vector<Bounds> sessions(Times::const_iterator slot, Times::const_iterator end,
                               Stands stands) const {
    std::vector<Bounds> found;
    for (; slot != end; ++slot) {
      if (std::none_of(slot->second.begin(), slot->second.end(), stands)) continue;
      const Micros until = slot->first + spec_.gap;
      if (found.empty() || found.back().end <= slot->first) {
        found.push_back({slot->first, until});
      } else {
        found.back().end = until;
      }
    }
    return found;
  }

  bool has_closed(Micros end, Micros watermark) const {
    if (!closing_ || watermark == kNoWatermark) return false;
    const Micros at = closing_->ending.of(end);
    return saturating_add(at, closing_->on_close ? 0 : closing_->retain.value_or(0)) <= watermark;
  }

  // Of a session that has closed and is forgotten: for the view to say that it is late.
  void take_back_late(std::string_view row, Micros at, int64_t weight, Output& out) {
    BatchBuilder builder(schema_);
    say(builder, row, {at, at + spec_.gap}, weight);
    out.emit(builder.finish());
  }

  void forget_closed(Micros watermark) {
    if (!closing_) return;
    restore_ends();
    while (!ends_.empty() && has_closed(ends_.begin()->first, watermark)) {
      for (const std::string& key : ends_.begin()->second) forget_closed(key, watermark);
      ends_.erase(ends_.begin());
    }
  }

  // A session that went on behind the end that was noted stays.
  void forget_closed(const std::string& key, Micros watermark) {
    const Times& times = rows_.times(key);
    std::optional<Micros> last;
    for (auto slot = times.begin(); slot != times.end(); ++slot) {
      const Micros end = slot->first + spec_.gap;
      if (!has_closed(end, watermark)) break;
      const auto next = std::next(slot);
      if (next == times.end() || next->first >= end) last = slot->first;
    }
    if (last) rows_.forget(key, *last);
  }

  void restore_ends() {
    if (restored_) return;
    restored_ = true;
    const auto is_there = [this](uint32_t id) { return rows_.now(id) > 0; };
    for (const std::string& key : rows_.keys()) {
      const Times& times = rows_.times(key);
      for (const Bounds& session : sessions(times.begin(), times.end(), is_there))
        ends_[session.end].insert(key);
    }
  }

  void say(BatchBuilder& builder, uint32_t id, const Bounds& bounds, int64_t weight) {
    say(builder, rows_.row(id), bounds, weight);
  }
  void say(BatchBuilder& builder, std::string_view row, const Bounds& bounds, int64_t weight) {
    bytes_.assign(row);
    for (const Micros bound : {bounds.start, bounds.end}) {
      bytes_.push_back(1);  // a value, in the row encoding
      ByteWriter(bytes_).le(bound);
    }
    append_row(builder, bytes_, weight);
  }

  const Schema schema_;
  const plan::SessionSpec spec_;
  const std::optional<Closing> closing_;
  TimedRows rows_;
  std::map<Micros, std::set<std::string>> ends_;  // of sessions, with keys: what may close
  bool restored_ = false;
  std::string bytes_;
};

}  // namespace

std::unique_ptr<Operator> make_session(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<Session>(node, options);
}

}  // namespace weir::flow
