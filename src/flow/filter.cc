#include "flow/filter.h"

namespace weir::flow {

namespace {

class Filter final : public Operator {
 public:
  Filter(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.inputs[0]->schema),
        predicate_(std::get<plan::FilterSpec>(node.spec).predicate),
        on_error_(options.on_error) {}

  void push(int, const Batch& delta, const EpochContext& epoch, Output& out) override {
    RowErrors errors;
    const std::vector<uint32_t> rows = expr::select_rows(*predicate_, delta, {epoch.now}, &errors);
    if (on_error_ != catalog::OnError::kNull) {
      for (const RowError& error : errors) epoch.side.dead(schema_, delta, error);
    }
    if (rows.empty()) return;
    out.emit(rows.size() == delta.rows ? delta : gather(delta, rows));
  }
  void finish(const EpochContext&, Output&) override {}

 private:
  const Schema schema_;
  const expr::ExprPtr predicate_;
  const catalog::OnError on_error_;
};

}  // namespace

std::unique_ptr<Operator> make_filter(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<Filter>(node, options);
}

}  // namespace weir::flow
