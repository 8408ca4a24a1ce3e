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
  explicit Session(const plan::Node& node)
      : schema_(node.schema), spec_(std::get<plan::SessionSpec>(node.spec)) {}

  void push(int, const Batch& delta, const EpochContext&, Output&) override {
    const Column& time = *delta.columns[spec_.time_column];
    const KeyedRows keyed(delta, spec_.keys);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      const Micros at = time_at(time, i);
      if (at <= INT64_MIN + spec_.gap || at >= kNever - spec_.gap) continue;  // NULL is kNever
      rows_.add(keyed.keys[i], at, keyed.rows[i], delta.weight(i));
    }
  }

  void finish(const EpochContext&, Output& out) override {
    BatchBuilder builder(schema_);
    for (const auto& [key, touched] : rows_.touched()) {
      const Times& times = rows_.times(key);
      std::optional<Micros> done;  // the last time of the runs that were revised
      for (const Micros at : touched) {
        if (done && at <= *done) continue;
        done = revise_run(times, at, builder);
      }
    }
    rows_.settle();
    if (!builder.empty()) out.emit(builder.finish());
  }

  std::vector<state::TableBase*> tables() override { return {rows_.table()}; }

 private:
  // The run of times around `at`, whether they are still there or only come; answers its last one.
  Micros revise_run(const Times& times, Micros at, BatchBuilder& builder) {
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

  void say(BatchBuilder& builder, uint32_t id, const Bounds& bounds, int64_t weight) {
    bytes_.assign(rows_.row(id));
    for (const Micros bound : {bounds.start, bounds.end}) {
      bytes_.push_back(1);  // a value, in the row encoding
      ByteWriter(bytes_).le(bound);
    }
    append_row(builder, bytes_, weight);
  }

  const Schema schema_;
  const plan::SessionSpec spec_;
  TimedRows rows_;
  std::string bytes_;
};

}  // namespace

std::unique_ptr<Operator> make_session(const plan::Node& node) {
  return std::make_unique<Session>(node);
}

}  // namespace weir::flow
