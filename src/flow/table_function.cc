// A push is answered in two steps. First every function is called for every row, its rows going to
// one column set a function, where `ends` says which belong to which input row. Then the input and
// those columns are gathered in step: rows of the same input row go side by side, and where a
// function has fewer than another it is padded from a row of NULLs that stands behind all others.
#include "flow/table_function.h"

#include "expr/regex.h"
#include "expr/table_function.h"

namespace weir::flow {

namespace {

// What one function answers for a batch.
struct Answers {
  Batch rows;                   // the last one: NULLs
  std::vector<uint32_t> ends;   // of input row i: from ends[i] to ends[i + 1]
  uint32_t count(uint32_t row) const { return ends[row + 1] - ends[row]; }
};

class TableFunction final : public Operator {
 public:
  TableFunction(const plan::Node& node, const OperatorOptions& options)
      : input_schema_(node.inputs[0]->schema),
        spec_(std::get<plan::TableFunctionSpec>(node.spec)),
        on_error_(options.on_error) {}

  void push(int, const Batch& delta, const EpochContext& epoch, Output& out) override {
    RowErrors errors;
    std::vector<Answers> answers;
    for (const plan::TableFunctionCall& call : spec_.calls) {
      RowErrors own;
      answers.push_back(call_all(call, delta, own));
      errors = merge_row_errors(std::move(errors), std::move(own));
    }
    if (on_error_ != catalog::OnError::kNull) {
      for (const RowError& error : errors) epoch.side.dead(input_schema_, delta, error);
    }
    Batch result = combine(delta, answers, errors);
    if (result.rows > 0) out.emit(std::move(result));
  }
  void finish(const EpochContext&, Output&) override {}

 private:
  static Answers call_all(const plan::TableFunctionCall& call, const Batch& delta,
                          RowErrors& errors) {
    Schema schema;
    for (const Type& type : call.results) schema.fields.push_back({"", type, true});
    std::vector<ColumnPtr> args;
    for (const uint32_t argument : call.arguments) args.push_back(delta.columns[argument]);
    BatchBuilder builder(schema);
    expr::RegexCache patterns;
    Answers answers;
    answers.ends.push_back(0);
    for (uint32_t row = 0; row < delta.rows; ++row) {
      const bool null = call.function->strict &&
                        std::any_of(args.begin(), args.end(),
                                    [&](const ColumnPtr& arg) { return arg->is_null(row); });
      if (!null) call.function->rows({args, row, builder, errors, patterns});
      answers.ends.push_back(builder.rows());
    }
    for (size_t i = 0; i < builder.width(); ++i) builder.column(i).append_null();
    builder.end_row();
    answers.rows = builder.finish();
    return answers;
  }

  Batch combine(const Batch& delta, const std::vector<Answers>& answers,
                const RowErrors& errors) const {
    std::vector<uint32_t> input_rows;
    std::vector<std::vector<uint32_t>> answer_rows(answers.size());
    ColumnBuilder ordinals(TypeId::kInt8);
    size_t next_error = 0;
    for (uint32_t row = 0; row < delta.rows; ++row) {
      const bool failed = next_error < errors.size() && errors[next_error].row == row;
      if (failed) ++next_error;
      if (failed && on_error_ != catalog::OnError::kNull) continue;
      uint32_t count = 0;
      for (const Answers& each : answers) count = std::max(count, failed ? 0 : each.count(row));
      const bool alone = count == 0 && (spec_.outer || failed);
      input_rows.insert(input_rows.end(), alone ? 1 : count, row);
      for (size_t k = 0; k < answers.size(); ++k) {
        take(answers[k], row, failed ? 0 : answers[k].count(row), alone ? 1 : count,
             answer_rows[k]);
      }
      if (!spec_.ordinality) continue;
      for (uint32_t i = 1; i <= count; ++i) ordinals.append<int64_t>(i);
      if (alone) ordinals.append_null();
    }
    Batch result = gather(delta, input_rows);
    for (size_t k = 0; k < answers.size(); ++k) {
      Batch columns = gather(answers[k].rows, answer_rows[k]);
      std::move(columns.columns.begin(), columns.columns.end(),
                std::back_inserter(result.columns));
    }
    if (spec_.ordinality) result.columns.push_back(ordinals.finish());
    return result;
  }

  // The `has` rows of an input row, then NULLs up to `wanted`.
  static void take(const Answers& answers, uint32_t row, uint32_t has, uint32_t wanted,
                   std::vector<uint32_t>& out) {
    const uint32_t nulls = answers.rows.rows - 1;
    for (uint32_t i = 0; i < wanted; ++i) out.push_back(i < has ? answers.ends[row] + i : nulls);
  }

  const Schema input_schema_;
  const plan::TableFunctionSpec spec_;
  const catalog::OnError on_error_;
};

}  // namespace

std::unique_ptr<Operator> make_table_function(const plan::Node& node,
                                              const OperatorOptions& options) {
  return std::make_unique<TableFunction>(node, options);
}

}  // namespace weir::flow
