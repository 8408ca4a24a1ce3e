#include "flow/union_all.h"

namespace weir::flow {

namespace {
class UnionAll final : public Operator {
 public:
  void push(int, const Batch& delta, const EpochContext&, Output& out) override { out.emit(delta); }
  void finish(const EpochContext&, Output&) override {}
};
}  // namespace

std::unique_ptr<Operator> make_union_all() { return std::make_unique<UnionAll>(); }

}  // namespace weir::flow
