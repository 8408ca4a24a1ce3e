#include "flow/asof_join.h"

#include "flow/closing_time.h"
#include "flow/keyed_rows.h"
#include "flow/timed_rows.h"

namespace weir::flow {

namespace {

class AsofJoin final : public Operator {
 public:
  explicit AsofJoin(const plan::Node& node)
      : schema_(node.schema),
        right_width_(node.inputs[1]->schema.size()),
        spec_(std::get<plan::AsofJoinSpec>(node.spec)) {}

  void push(int port, const Batch& delta, const EpochContext&, Output& out) override {
    const bool from_left = port == 0;
    std::vector<uint32_t> needed = from_left ? spec_.left_keys : spec_.right_keys;
    const KeyedRows keyed(delta, needed);
    const uint32_t time_column = from_left ? spec_.left_time : spec_.right_time;
    needed.push_back(time_column);
    const std::vector<uint8_t> has_null = rows_with_null(delta, needed);
    BatchBuilder alone(schema_);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      if (!has_null[i]) {
        (from_left ? left_ : right_)
            .add(keyed.keys[i], time_at(*delta.columns[time_column], i), keyed.rows[i],
                 delta.weight(i));
      } else if (from_left && spec_.outer) {
        append(alone, keyed.rows[i], {}, delta.weight(i));
      }
    }
    if (!alone.empty()) out.emit(alone.finish());
  }

  void finish(const EpochContext&, Output& out) override {
    std::map<std::string, std::set<Micros>> touched = left_.touched();
    for (const auto& [key, times] : right_.touched()) {
      for (const Micros at : times) touch_left_rows(key, at, touched);
    }
    BatchBuilder builder(schema_);
    for (const auto& [key, times] : touched) {
      for (const Micros at : times) revise(key, at, builder);
    }
    left_.settle();
    right_.settle();
    if (!builder.empty()) out.emit(builder.finish());
  }

  std::vector<state::TableBase*> tables() override { return {left_.table(), right_.table()}; }

 private:
  using When = int64_t (TimedRows::*)(uint32_t) const;
  static constexpr When kBefore = &TimedRows::before;
  static constexpr When kNow = &TimedRows::now;

  // The row that stands for a time of the right side; empty where none was or is there.
  std::string_view version_at(const std::vector<uint32_t>& ids, When when) const {
    std::string_view greatest;
    for (const uint32_t id : ids) {
      if ((right_.*when)(id) > 0) greatest = std::max(greatest, right_.row(id));
    }
    return greatest;
  }

  // The version that held, or holds, at a time.
  std::string_view version(const TimedRows::Times& versions, Micros at, When when) const {
    auto slot = versions.upper_bound(at);
    while (slot != versions.begin()) {
      --slot;
      const std::string_view found = version_at(slot->second, when);
      if (!found.empty()) return found;
    }
    return {};
  }

  // The times of left rows for which a change of the version at `from` may count.
  void touch_left_rows(const std::string& key, Micros from,
                       std::map<std::string, std::set<Micros>>& touched) {
    const TimedRows::Times& versions = right_.times(key);
    auto slot = versions.find(from);
    if (version_at(slot->second, kBefore) == version_at(slot->second, kNow)) return;
    do {
      ++slot;  // what came and went within the epoch ends nothing
    } while (slot != versions.end() && version_at(slot->second, kBefore).empty() &&
             version_at(slot->second, kNow).empty());
    const TimedRows::Times& rows = left_.times(key);
    for (auto row = rows.lower_bound(from); row != rows.end(); ++row) {
      if (slot != versions.end() && row->first >= slot->first) break;
      touched[key].insert(row->first);
    }
  }

  void revise(const std::string& key, Micros at, BatchBuilder& builder) {
    const TimedRows::Times& versions = right_.times(key);
    const std::string_view was = version(versions, at, kBefore);
    const std::string_view is = version(versions, at, kNow);
    for (const uint32_t id : left_.times(key).at(at)) {
      const int64_t before = answered(was, left_.before(id));
      const int64_t now = answered(is, left_.now(id));
      if (was == is) {
        if (before != now) append(builder, left_.row(id), is, now - before);
        continue;
      }
      if (before != 0) append(builder, left_.row(id), was, -before);
      if (now != 0) append(builder, left_.row(id), is, now);
    }
  }
  int64_t answered(std::string_view version, int64_t weight) const {
    return version.empty() && !spec_.outer ? 0 : weight;
  }

  void append(BatchBuilder& builder, std::string_view row, std::string_view version,
              int64_t weight) {
    joined_.assign(row);
    joined_.append(version);
    if (version.empty()) joined_.append(right_width_, '\0');  // NULLs, in the row encoding
    append_row(builder, joined_, weight);
  }

  const Schema schema_;
  const size_t right_width_;
  const plan::AsofJoinSpec spec_;
  TimedRows left_;
  TimedRows right_;
  std::string joined_;
};

}  // namespace

std::unique_ptr<Operator> make_asof_join(const plan::Node& node) {
  return std::make_unique<AsofJoin>(node);
}

}  // namespace weir::flow
