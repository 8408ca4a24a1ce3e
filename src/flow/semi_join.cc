#include "flow/semi_join.h"

#include "flow/consolidate.h"
#include "flow/join_pairs.h"
#include "flow/keyed_rows.h"
#include "flow/match_watch.h"

namespace weir::flow {

namespace {

class SemiJoin final : public Operator {
 public:
  SemiJoin(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.schema),
        spec_(std::get<plan::JoinSpec>(node.spec)),
        anti_(spec_.kind == plan::JoinKind::kAnti),
        counted_(spec_.residual != nullptr),
        pairs_(node, options) {}

  void push(int port, const Batch& pushed, const EpochContext& epoch, Output& out) override {
    const bool from_left = port == 0;
    // A row that comes and goes within one batch would have its matches counted twice.
    const Batch delta = counted_ ? consolidate(pushed) : pushed;
    const std::vector<uint32_t>& key_columns = from_left ? spec_.left_keys : spec_.right_keys;
    const KeyedRows keyed(delta, key_columns);
    const std::vector<uint8_t> matchless = rows_without_match(delta, key_columns, spec_);
    std::vector<uint32_t> alone;
    for (uint32_t i = 0; i < delta.rows; ++i) {
      if (matchless[i]) {
        if (from_left && anti_) alone.push_back(i);
      } else if (from_left) {
        take_left(keyed.keys[i], keyed.rows[i], delta.weight(i), epoch);
      } else {
        take_right(keyed.keys[i], keyed.rows[i], delta.weight(i), epoch);
      }
    }
    count_pairs(epoch);
    if (!alone.empty()) out.emit(gather(delta, alone));
  }

  void finish(const EpochContext&, Output& out) override {
    BatchBuilder builder(schema_);
    for (const MatchWatch::Change& change : watch_.settle()) {
      const int64_t by = anti_ ? change.alone : change.matched;
      if (by != 0) append_row(builder, change.row, by);
    }
    if (!builder.empty()) out.emit(builder.finish());
  }

  std::vector<state::TableBase*> tables() override {
    if (!counted_) return {&left_, &right_};
    return {&left_, &right_, watch_.table()};
  }

 private:
  struct Counted {
    std::string place;
    int64_t by = 0;
  };

  void take_left(std::string_view key, std::string_view row, int64_t weight,
                 const EpochContext& epoch) {
    watch_.row_changes(key, row);
    if (counted_ && watch_.begin(key, row)) {
      right_.for_rows(key, [&](std::string_view right, int64_t n) {
        pairs_.add(row, right, weight * n);
        counted_pairs_.push_back({place_of(key, row), n});
        if (pairs_.full()) count_pairs(epoch);
      });
    }
    if (left_.add(key, row, weight) == 0 && counted_) watch_.forget(key, row);
  }

  void take_right(std::string_view key, std::string_view row, int64_t weight,
                  const EpochContext& epoch) {
    if (!counted_) {
      watch_.others_change(key);
      right_.add(key, {}, weight);
      return;
    }
    left_.for_rows(key, [&](std::string_view left, int64_t n) {
      pairs_.add(left, row, weight * n);
      counted_pairs_.push_back({place_of(key, left), weight});
      if (pairs_.full()) count_pairs(epoch);
    });
    right_.add(key, row, weight);
  }

  void count_pairs(const EpochContext& epoch) {
    if (pairs_.empty()) return;
    for (const uint32_t i : pairs_.take(epoch).kept) {
      watch_.count(counted_pairs_[i].place, counted_pairs_[i].by);
    }
    counted_pairs_.clear();
  }

  const Schema schema_;
  const plan::JoinSpec spec_;
  const bool anti_;
  const bool counted_;
  JoinPairs pairs_;
  state::Index left_;
  state::Index right_;  // not counted: the keys alone
  MatchWatch watch_{left_, right_, counted_};
  std::vector<Counted> counted_pairs_;
};

}  // namespace

std::unique_ptr<Operator> make_semi_join(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<SemiJoin>(node, options);
}

}  // namespace weir::flow
