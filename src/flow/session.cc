#include "flow/session.h"

#include <map>
#include <set>
#include <unordered_map>

#include "flow/closing_time.h"
#include "flow/keyed_rows.h"
#include "state/index.h"

namespace weir::flow {

namespace {

using Times = std::map<Micros, std::vector<uint32_t>>;  // a key's rows, as entries of the table

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
    restore();
    const Column& time = *delta.columns[spec_.time_column];
    const KeyedRows keyed(delta, spec_.keys);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      const Micros at = time_at(time, i);
      if (at <= INT64_MIN + spec_.gap || at >= kNever - spec_.gap) continue;  // NULL is kNever
      add(std::string(keyed.keys[i]), at, keyed.rows[i], delta.weight(i));
    }
  }

  void finish(const EpochContext&, Output& out) override {
    BatchBuilder builder(schema_);
    for (const auto& [key, touched] : touched_) {
      Times& times = keys_[key];
      std::optional<Micros> done;  // the last time of the runs that were revised
      for (const Micros at : touched) {
        if (done && at <= *done) continue;
        done = revise_run(times, at, builder);
      }
      for (const Micros at : touched) drop_gone(times, at);
      if (times.empty()) keys_.erase(key);
    }
    touched_.clear();
    before_.clear();
    if (!builder.empty()) out.emit(builder.finish());
  }

  std::vector<state::TableBase*> tables() override { return {&table_}; }

 private:
  void add(const std::string& key, Micros at, std::string_view row, int64_t weight) {
    std::string place;
    ByteWriter w(place);
    w.string(key);
    w.le(at);
    w.raw(row);
    bool inserted = false;
    const uint32_t id = table_.find_or_insert(place, &inserted);
    table_.touch(id);
    if (inserted) keys_[key][at].push_back(id);
    int64_t& n = table_.value(id).n;
    before_.try_emplace(id, n);
    touched_[key].insert(at);
    n += weight;
  }

  // After recovery the times follow from the table.
  void restore() {
    if (restored_) return;
    restored_ = true;
    table_.for_each([&](uint32_t id) {
      ByteReader r(table_.key(id));
      const std::string key(r.string());
      keys_[key][r.le<Micros>()].push_back(id);
    });
  }

  std::string_view row_of(uint32_t id) const {
    ByteReader r(table_.key(id));
    r.string();
    r.le<Micros>();
    return table_.key(id).substr(r.position());
  }
  int64_t now(uint32_t id) const { return table_.value(id).n; }
  int64_t before(uint32_t id) const {
    const auto it = before_.find(id);
    return it == before_.end() ? now(id) : it->second;
  }

  // The run of times around `at`, whether they are still there or only come; answers its last one.
  Micros revise_run(const Times& times, Micros at, BatchBuilder& builder) {
    auto first = times.find(at);
    auto last = first;
    while (first != times.begin() && std::prev(first)->first > first->first - spec_.gap) --first;
    while (std::next(last) != times.end() && std::next(last)->first < last->first + spec_.gap) {
      ++last;
    }
    const auto end = std::next(last);
    const auto old_sessions =
        sessions(first, end, [this](uint32_t id) { return before(id) > 0; });
    const auto new_sessions = sessions(first, end, [this](uint32_t id) { return now(id) > 0; });
    auto was = old_sessions.begin();
    auto is = new_sessions.begin();
    for (auto slot = first; slot != end; ++slot) {
      while (was != old_sessions.end() && was->end - spec_.gap < slot->first) ++was;
      while (is != new_sessions.end() && is->end - spec_.gap < slot->first) ++is;
      for (const uint32_t id : slot->second) {
        const bool same = before(id) > 0 && now(id) > 0 && *was == *is;
        if (same && before(id) != now(id)) say(builder, id, *is, now(id) - before(id));
        if (same) continue;
        if (before(id) > 0) say(builder, id, *was, -before(id));
        if (now(id) > 0) say(builder, id, *is, now(id));
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
    row_.assign(row_of(id));
    for (const Micros bound : {bounds.start, bounds.end}) {
      row_.push_back(1);  // a value, in the row encoding
      ByteWriter(row_).le(bound);
    }
    append_row(builder, row_, weight);
  }

  void drop_gone(Times& times, Micros at) {
    const auto slot = times.find(at);
    std::erase_if(slot->second, [&](const uint32_t id) {
      if (now(id) != 0) return false;
      table_.erase(id);
      return true;
    });
    if (slot->second.empty()) times.erase(slot);
  }

  const Schema schema_;
  const plan::SessionSpec spec_;
  state::Table<state::Weight> table_;
  std::unordered_map<std::string, Times> keys_;
  std::map<std::string, std::set<Micros>> touched_;
  std::unordered_map<uint32_t, int64_t> before_;  // weights at the epoch's start
  std::string row_;
  bool restored_ = false;
};

}  // namespace

std::unique_ptr<Operator> make_session(const plan::Node& node) {
  return std::make_unique<Session>(node);
}

}  // namespace weir::flow
