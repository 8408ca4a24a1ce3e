#include "flow/outer_join.h"

#include "flow/arrangement.h"
#include "flow/consolidate.h"
#include "flow/join_pairs.h"
#include "flow/match_watch.h"

namespace weir::flow {

namespace {

class OuterJoin final : public Operator {
 public:
  OuterJoin(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.schema),
        counted_(std::get<plan::JoinSpec>(node.spec).residual != nullptr),
        pairs_(node, options) {
    left_.width = node.inputs[0]->schema.size();
    right_.width = node.inputs[1]->schema.size();
    left_.watch = std::make_unique<MatchWatch>(counted_);
    if (std::get<plan::JoinSpec>(node.spec).kind != plan::JoinKind::kFull) return;
    right_.watch = std::make_unique<MatchWatch>(counted_);
  }

  void read(const std::vector<const Arrangement*>& sides) override {
    left_.arranged = sides[0];
    right_.arranged = sides[1];
    left_.watch->read(sides[0]->rows(), sides[1]->rows());
    if (right_.watch) right_.watch->read(sides[1]->rows(), sides[0]->rows());
  }

  // A row that comes and goes within one batch would have its matches counted twice.
  void push(int port, const Batch& pushed, const EpochContext& epoch, Output& out) override {
    const Arrangement& own = *(port == 0 ? left_ : right_).arranged;
    if (!counted_) return take_all(port == 0, pushed, own.arriving(), epoch, out);
    const Batch delta = consolidate(pushed);
    take_all(port == 0, delta, own.encoded(delta), epoch, out);
  }

  void finish(const EpochContext&, Output& out) override {
    BatchBuilder alone(schema_);
    for (const bool of_left : {true, false}) {
      const Side& side = of_left ? left_ : right_;
      if (!side.watch) continue;
      for (const MatchWatch::Change& change : side.watch->settle()) {
        if (change.alone != 0) append_alone(alone, of_left, change.row, change.alone);
      }
    }
    if (!alone.empty()) out.emit(alone.finish());
  }

  std::vector<state::TableBase*> tables() override {
    std::vector<state::TableBase*> tables;
    for (const Side* side : {&left_, &right_}) {
      if (counted_ && side->watch) tables.push_back(side->watch->table());
    }
    return tables;
  }

 private:
  struct Side {
    size_t width = 0;
    const Arrangement* arranged = nullptr;
    std::unique_ptr<MatchWatch> watch;  // of a side that is kept
  };
  struct Row {
    std::string_view key;
    std::string_view bytes;
    int64_t weight = 0;
  };
  // Of a pair, for the counting of matches: whose matches change, and by how much.
  struct Counted {
    MatchWatch* watch = nullptr;
    uint32_t pair = 0;
    std::string place;
    int64_t by = 0;
  };

  void take_all(bool from_left, const Batch& delta, const Arrangement::Arriving& arriving,
                const EpochContext& epoch, Output& out) {
    const auto& [keyed, matchless] = arriving;
    BatchBuilder alone(schema_);
    for (uint32_t i = 0; i < delta.rows && !epoch.is_cancelled(); ++i) {
      if (!matchless[i]) {
        take(from_left, {keyed.keys[i], keyed.rows[i], delta.weight(i)}, epoch, out);
      } else if ((from_left ? left_ : right_).watch) {
        append_alone(alone, from_left, keyed.rows[i], delta.weight(i));
      }
    }
    if (!pairs_.empty()) emit_pairs(epoch, out);
    if (!alone.empty()) out.emit(alone.finish());
  }

  void take(bool from_left, const Row& row, const EpochContext& epoch, Output& out) {
    Side& own = from_left ? left_ : right_;
    Side& other = from_left ? right_ : left_;
    if (own.watch) own.watch->row_changes(row.key, row.bytes);
    const bool fresh = counted_ && own.watch && own.watch->begin(row.key, row.bytes);
    if (!counted_ && other.watch) other.watch->others_change(row.key);
    other.arranged->rows().for_rows(row.key, [&](std::string_view match, int64_t n) {
      pairs_.add(from_left ? row.bytes : match, from_left ? match : row.bytes, row.weight * n);
      if (fresh) note(*own.watch, place_of(row.key, row.bytes), n);
      if (counted_ && other.watch) note(*other.watch, place_of(row.key, match), row.weight);
      ++noted_pairs_;
      if (pairs_.full()) emit_pairs(epoch, out);
    });
    if (!counted_ || !own.watch) return;
    const int64_t now = own.arranged->rows().weight(row.key, row.bytes) + row.weight;
    if (now == 0) own.watch->forget(row.key, row.bytes);
  }

  void note(MatchWatch& watch, std::string place, int64_t by) {
    counted_pairs_.push_back({&watch, noted_pairs_, std::move(place), by});
  }

  void emit_pairs(const EpochContext& epoch, Output& out) {
    JoinPairs::Judged judged = pairs_.take(epoch);
    size_t at = 0;
    for (Counted& counted : counted_pairs_) {
      while (at < judged.kept.size() && judged.kept[at] < counted.pair) ++at;
      if (at < judged.kept.size() && judged.kept[at] == counted.pair) {
        counted.watch->count(counted.place, counted.by);
      }
    }
    counted_pairs_.clear();
    noted_pairs_ = 0;
    if (judged.kept.empty()) return;
    out.emit(judged.all() ? std::move(judged.pairs) : gather(judged.pairs, judged.kept));
  }

  void append_alone(BatchBuilder& builder, bool of_left, std::string_view row, int64_t weight) {
    // NULLs, in the row encoding.
    joined_.assign(of_left ? 0 : left_.width, '\0');
    joined_.append(row);
    joined_.append(of_left ? right_.width : 0, '\0');
    append_row(builder, joined_, weight);
  }

  const Schema schema_;
  const bool counted_;
  JoinPairs pairs_;
  Side left_;
  Side right_;
  std::vector<Counted> counted_pairs_;
  uint32_t noted_pairs_ = 0;
  std::string joined_;
};

}  // namespace

std::unique_ptr<Operator> make_outer_join(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<OuterJoin>(node, options);
}

}  // namespace weir::flow
