// All elements of all rows go through the comparison at once: the values are repeated beside them,
// and the answers of a row's elements are folded into one.
#include "expr/quantified.h"

#include "data/array.h"
#include "expr/function.h"

namespace weir::expr {

namespace {

// The rows of a batch, each as often as its array has elements.
struct Pairs {
  std::vector<uint32_t> rows;      // of the value
  std::vector<uint32_t> elements;  // of the flat elements
  std::vector<uint32_t> ends;      // of row i: from ends[i] to ends[i + 1]
};

Pairs pair_up(const Column& arrays, const FlatArrays& flat, uint32_t rows) {
  Pairs pairs;
  pairs.ends.push_back(0);
  for (uint32_t row = 0; row < rows; ++row) {
    const uint32_t slot = arrays.at(row);
    for (uint32_t k = flat.begins[slot]; k < flat.begins[slot + 1]; ++k) {
      pairs.rows.push_back(row);
      pairs.elements.push_back(k);
    }
    pairs.ends.push_back(static_cast<uint32_t>(pairs.rows.size()));
  }
  return pairs;
}

ColumnPtr gathered(const Column& column, const std::vector<uint32_t>& rows) {
  ColumnBuilder builder(column.type());
  builder.append_gather(column, rows.data(), static_cast<uint32_t>(rows.size()));
  return builder.finish();
}

// The comparison of every pair.
Evaluated compare(const Function& function, const std::vector<ColumnPtr>& args,
                  const EvalContext& context) {
  const uint32_t rows = args[0]->size();
  std::vector<uint8_t> null(rows, 0);
  for (uint32_t i = 0; i < rows && function.strict; ++i) {
    null[i] = args[0]->is_null(i) || args[1]->is_null(i);
  }
  Evaluated answers;
  const KernelCall call{args, rows, TypeId::kBool, null.data(), context, answers.errors};
  answers.column = function.kernel(call);
  return answers;
}

// Folds the answers of one row after the other. ANY is settled by true, ALL by false: then nothing
// behind it is looked at, an error neither.
class Folding {
 public:
  Folding(const Evaluated& answers, bool any)
      : answers_(*answers.column), errors_(answers.errors), any_(any), out_(TypeId::kBool) {}

  void row(uint32_t row, uint32_t begin, uint32_t end) {
    while (error_ < errors_.size() && errors_[error_].row < begin) ++error_;
    bool null = false;
    for (uint32_t i = begin; i < end; ++i) {
      if (error_ < errors_.size() && errors_[error_].row == i) {
        own_.push_back(errors_[error_]);
        own_.back().row = row;
        return out_.append_null();
      }
      if (answers_.is_null(i)) {
        null = true;
      } else if ((answers_.value<uint8_t>(i) != 0) == any_) {
        return out_.append_bool(any_);
      }
    }
    if (null) return out_.append_null();
    out_.append_bool(!any_);
  }
  void null_row() { out_.append_null(); }
  Evaluated finish() { return {out_.finish(), std::move(own_)}; }

 private:
  const Column& answers_;
  const RowErrors& errors_;
  const bool any_;
  ColumnBuilder out_;
  RowErrors own_;
  size_t error_ = 0;
};

}  // namespace

Evaluated evaluate_quantified(const Expr& e, const Batch& input, const EvalContext& context) {
  Evaluated value = evaluate(*e.args[0], input, context);
  Evaluated array = evaluate(*e.args[1], input, context);
  const FlatArrays flat = flatten_arrays(*array.column);
  const Pairs pairs = pair_up(*array.column, flat, input.rows);
  const Evaluated answers =
      compare(*e.function,
              {gathered(*value.column, pairs.rows), gathered(*flat.elements, pairs.elements)},
              context);
  Folding folding(answers, e.kind == ExprKind::kAnyElement);
  for (uint32_t row = 0; row < input.rows; ++row) {
    if (array.column->is_null(row)) {
      folding.null_row();
    } else {
      folding.row(row, pairs.ends[row], pairs.ends[row + 1]);
    }
  }
  Evaluated folded = folding.finish();
  RowErrors errors = merge_row_errors(std::move(value.errors), std::move(array.errors));
  return {std::move(folded.column),
          merge_row_errors(std::move(errors), std::move(folded.errors))};
}

}  // namespace weir::expr
