#include "flow/project.h"

namespace weir::flow {

// Without the rows that have errors. Those are said to the side output first.
Batch drop_error_rows(const Schema& schema, const Batch& input, const RowErrors& errors,
                      Batch output, const EpochContext& epoch) {
  std::vector<uint32_t> good;
  good.reserve(output.rows);
  size_t next = 0;
  for (uint32_t i = 0; i < output.rows; ++i) {
    if (next < errors.size() && errors[next].row == i) {
      epoch.side.dead(schema, input, errors[next++]);
    } else {
      good.push_back(i);
    }
  }
  return gather(output, good);
}

namespace {

class Project final : public Operator {
 public:
  Project(const plan::Node& node, const OperatorOptions& options)
      : input_schema_(node.inputs[0]->schema),
        exprs_(std::get<plan::ProjectSpec>(node.spec).exprs),
        on_error_(options.on_error) {}

  void push(int, const Batch& delta, const EpochContext& epoch, Output& out) override {
    Batch result;
    result.rows = delta.rows;
    result.weights = delta.weights;
    result.watermarks = delta.watermarks;
    RowErrors errors;
    for (const expr::ExprPtr& e : exprs_) {
      expr::Evaluated evaluated = expr::evaluate(*e, delta, {epoch.now});
      errors = merge_row_errors(std::move(errors), std::move(evaluated.errors));
      result.columns.push_back(std::move(evaluated.column));
    }
    if (!errors.empty() && on_error_ != catalog::OnError::kNull) {
      result = drop_error_rows(input_schema_, delta, errors, std::move(result), epoch);
    }
    if (result.rows > 0) out.emit(std::move(result));
  }
  void finish(const EpochContext&, Output&) override {}

 private:
  const Schema input_schema_;
  const std::vector<expr::ExprPtr> exprs_;
  const catalog::OnError on_error_;
};

}  // namespace

std::unique_ptr<Operator> make_project(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<Project>(node, options);
}

}  // namespace weir::flow
