#include "flow/join.h"

#include "flow/arrangement.h"
#include "flow/join_pairs.h"
#include "flow/outer_join.h"
#include "flow/semi_join.h"
#include "plan/build.h"

namespace weir::flow {

namespace {

class InnerJoin final : public Operator {
 public:
  InnerJoin(const plan::Node& node, const OperatorOptions& options)
      : pairs_(node, options) {}

  void read(const std::vector<const Arrangement*>& sides) override { sides_ = sides; }

  void push(int port, const Batch& delta, const EpochContext& epoch, Output& out) override {
    const bool from_left = port == 0;
    const auto& [keyed, matchless] = sides_[from_left ? 0 : 1]->arriving();
    const state::Index& other = sides_[from_left ? 1 : 0]->rows();
    bool cancelled = false;
    for (uint32_t i = 0; i < delta.rows && !cancelled; ++i) {
      if (matchless[i]) continue;
      const std::string_view row = keyed.rows[i];
      const int64_t weight = delta.weight(i);
      other.for_rows(keyed.keys[i], [&](std::string_view match, int64_t n) {
        if (cancelled) return;
        pairs_.add(from_left ? row : match, from_left ? match : row, weight * n);
        if (!pairs_.full()) return;
        emit_pairs(epoch, out);
        cancelled = epoch.is_cancelled();
      });
    }
    if (!pairs_.empty()) emit_pairs(epoch, out);
  }
  void finish(const EpochContext&, Output&) override {}

 private:
  void emit_pairs(const EpochContext& epoch, Output& out) {
    JoinPairs::Judged judged = pairs_.take(epoch);
    if (judged.kept.empty()) return;
    out.emit(judged.all() ? std::move(judged.pairs) : gather(judged.pairs, judged.kept));
  }

  JoinPairs pairs_;
  std::vector<const Arrangement*> sides_;
};

}  // namespace

std::unique_ptr<Operator> make_join(const plan::Node& node, const OperatorOptions& options) {
  const plan::JoinKind kind = std::get<plan::JoinSpec>(node.spec).kind;
  if (plan::answers_left_only(kind)) return make_semi_join(node, options);
  if (kind != plan::JoinKind::kInner) return make_outer_join(node, options);
  return std::make_unique<InnerJoin>(node, options);
}

}  // namespace weir::flow
