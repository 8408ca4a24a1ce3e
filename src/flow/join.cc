#include "flow/join.h"

#include "flow/join_pairs.h"
#include "flow/keyed_rows.h"
#include "flow/outer_join.h"
#include "flow/semi_join.h"
#include "plan/build.h"
#include "state/index.h"

namespace weir::flow {

namespace {

class InnerJoin final : public Operator {
 public:
  InnerJoin(const plan::Node& node, const OperatorOptions& options)
      : spec_(std::get<plan::JoinSpec>(node.spec)), pairs_(node, options) {}

  void push(int port, const Batch& delta, const EpochContext& epoch, Output& out) override {
    const bool from_left = port == 0;
    const std::vector<uint32_t>& key_columns = from_left ? spec_.left_keys : spec_.right_keys;
    const KeyedRows keyed(delta, key_columns);
    const std::vector<uint8_t> matchless = rows_without_match(delta, key_columns, spec_);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      if (matchless[i]) continue;
      const std::string_view row = keyed.rows[i];
      const int64_t weight = delta.weight(i);
      (from_left ? right_ : left_).for_rows(keyed.keys[i], [&](std::string_view match, int64_t n) {
        pairs_.add(from_left ? row : match, from_left ? match : row, weight * n);
        if (pairs_.full()) emit_pairs(epoch, out);
      });
      (from_left ? left_ : right_).add(keyed.keys[i], row, weight);
    }
    if (!pairs_.empty()) emit_pairs(epoch, out);
  }
  void finish(const EpochContext&, Output&) override {}

  std::vector<state::TableBase*> tables() override { return {&left_, &right_}; }

 private:
  void emit_pairs(const EpochContext& epoch, Output& out) {
    JoinPairs::Judged judged = pairs_.take(epoch);
    if (judged.kept.empty()) return;
    out.emit(judged.all() ? std::move(judged.pairs) : gather(judged.pairs, judged.kept));
  }

  const plan::JoinSpec spec_;
  JoinPairs pairs_;
  state::Index left_;
  state::Index right_;
};

}  // namespace

std::unique_ptr<Operator> make_join(const plan::Node& node, const OperatorOptions& options) {
  const plan::JoinKind kind = std::get<plan::JoinSpec>(node.spec).kind;
  if (plan::answers_left_only(kind)) return make_semi_join(node, options);
  if (kind != plan::JoinKind::kInner) return make_outer_join(node, options);
  return std::make_unique<InnerJoin>(node, options);
}

}  // namespace weir::flow
