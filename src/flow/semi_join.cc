#include "flow/semi_join.h"

#include "flow/arrangement.h"
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
        anti_(std::get<plan::JoinSpec>(node.spec).kind == plan::JoinKind::kAnti),
        counted_(std::get<plan::JoinSpec>(node.spec).residual != nullptr),
        pairs_(node, options) {}

  void read(const std::vector<const Arrangement*>& sides) override {
    sides_ = sides;
    watch_.read(left(), right());
  }

  // A row that comes and goes within one batch would have its matches counted twice.
  void push(int port, const Batch& pushed, const EpochContext& epoch, Output& out) override {
    const Arrangement& own = *sides_[static_cast<size_t>(port)];
    if (!counted_) return take_all(port == 0, pushed, own.arriving(), epoch, out);
    const Batch delta = consolidate(pushed);
    take_all(port == 0, delta, own.encoded(delta), epoch, out);
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
    if (!counted_) return {};
    return {watch_.table()};
  }

 private:
  struct Counted {
    std::string place;
    int64_t by = 0;
  };

  const state::Index& left() const { return sides_[0]->rows(); }
  const state::Index& right() const { return sides_[1]->rows(); }

  void take_all(bool from_left, const Batch& delta, const Arrangement::Arriving& arriving,
                const EpochContext& epoch, Output& out) {
    const auto& [keyed, matchless] = arriving;
    std::vector<uint32_t> alone;
    for (uint32_t i = 0; i < delta.rows && !epoch.is_cancelled(); ++i) {
      if (matchless[i]) {
        if (from_left && anti_) alone.push_back(i);
      } else if (from_left) {
        take_left(keyed.keys[i], keyed.rows[i], delta.weight(i), epoch);
      } else if (counted_) {
        take_right(keyed.keys[i], keyed.rows[i], delta.weight(i), epoch);
      } else {
        watch_.others_change(keyed.keys[i]);
      }
    }
    count_pairs(epoch);
    if (!alone.empty()) out.emit(gather(delta, alone));
  }

  void take_left(std::string_view key, std::string_view row, int64_t weight,
                 const EpochContext& epoch) {
    watch_.row_changes(key, row);
    if (counted_ && watch_.begin(key, row)) {
      right().for_rows(key, [&](std::string_view right, int64_t n) {
        pairs_.add(row, right, weight * n);
        counted_pairs_.push_back({place_of(key, row), n});
        if (pairs_.full()) count_pairs(epoch);
      });
    }
    if (counted_ && left().weight(key, row) + weight == 0) watch_.forget(key, row);
  }

  void take_right(std::string_view key, std::string_view row, int64_t weight,
                  const EpochContext& epoch) {
    left().for_rows(key, [&](std::string_view left, int64_t n) {
      pairs_.add(left, row, weight * n);
      counted_pairs_.push_back({place_of(key, left), weight});
      if (pairs_.full()) count_pairs(epoch);
    });
  }

  void count_pairs(const EpochContext& epoch) {
    if (pairs_.empty()) return;
    for (const uint32_t i : pairs_.take(epoch).kept) {
      watch_.count(counted_pairs_[i].place, counted_pairs_[i].by);
    }
    counted_pairs_.clear();
  }

  const Schema schema_;
  const bool anti_;
  const bool counted_;
  JoinPairs pairs_;
  std::vector<const Arrangement*> sides_;  // not counted: of the right side the keys alone
  MatchWatch watch_{counted_};
  std::vector<Counted> counted_pairs_;
};

}  // namespace

std::unique_ptr<Operator> make_semi_join(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<SemiJoin>(node, options);
}

}  // namespace weir::flow
