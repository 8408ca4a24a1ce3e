#include "flow/aggregate_state.h"

#include "flow/bound_call.h"

namespace weir::flow {

namespace {

class InMemory final : public AggregateState {
 public:
  InMemory(const plan::AggregateCall& call, const Schema& input)
      : call_(call, input, false), star_(call.arguments.empty() && !call.filter) {
    for (const plan::DirectArgument& direct : call.direct) direct_.push_back(direct.value);
  }

  void add(const Batch& rows, uint32_t row, int64_t weight) override {
    if (star_) return accumulator_.add_count(weight);
    if (!call_.counts(rows, row)) return;
    if (!call_.has_set()) return call_.add({call_.arguments_of(rows), row, "", weight}, place());
    const Batch one = slice(rows, row, 1);  // keys are made for whole batches
    RowBytes keys;
    call_.keys_of(one, keys);
    call_.add({call_.arguments_of(one), 0, keys[0], weight}, place());
    settle();
  }

  bool finish(ColumnBuilder& out, RowError* error) override {
    return call_.finish(place(), direct_, {out, error});
  }

  void clear() override {
    accumulator_ = Accumulator();
    sets_.clear();
    last_arrival_ = 0;
  }

 private:
  CallPlace place() { return {accumulator_, sets_, {"", 0}, &last_arrival_}; }
  // Values that are gone give their memory back.
  void settle() {
    state::TableBase& table = *sets_.table();
    if (table.dirty_count() > 64 + 2 * table.size()) table.clear_dirty();
  }

  const BoundCall call_;
  const bool star_;
  std::vector<Value> direct_;
  Accumulator accumulator_;
  ValueSets sets_;
  int64_t last_arrival_ = 0;
};

}  // namespace

std::unique_ptr<AggregateState> AggregateState::make(const plan::AggregateCall& call,
                                                     const Schema& input) {
  return std::make_unique<InMemory>(call, input);
}

}  // namespace weir::flow
