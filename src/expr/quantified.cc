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
Evaluated compare_pairs(const Expr& e, const Column& values, const Column& elements,
                        const Pairs& pairs, const EvalContext& context) {
  const std::vector<ColumnPtr> args{gathered(values, pairs.rows),
                                    gathered(elements, pairs.elements)};
  const auto rows = static_cast<uint32_t>(pairs.rows.size());
  std::vector<uint8_t> null(rows, 0);
  for (uint32_t i = 0; i < rows && e.function->strict; ++i) {
    null[i] = args[0]->is_null(i) || args[1]->is_null(i);
  }
  Evaluated answers;
  const KernelCall call{args, rows, TypeId::kBool, null.data(), context, answers.errors};
  answers.column = e.function->kernel(call);
  return answers;
}

enum class Verdict : uint8_t { kFalse, kTrue, kNull, kError };

// `deciding` settles the row; then nothing behind it is looked at.
Verdict fold(const Column& answers, uint32_t begin, uint32_t end, bool deciding,
             const RowErrors& errors, size_t* error) {
  while (*error < errors.size() && errors[*error].row < begin) ++*error;
  Verdict verdict = deciding ? Verdict::kFalse : Verdict::kTrue;
  for (uint32_t i = begin; i < end; ++i) {
    if (*error < errors.size() && errors[*error].row == i) return Verdict::kError;
    if (answers.is_null(i)) {
      verdict = Verdict::kNull;
    } else if ((answers.value<uint8_t>(i) != 0) == deciding) {
      return deciding ? Verdict::kTrue : Verdict::kFalse;
    }
  }
  return verdict;
}

}  // namespace

Evaluated evaluate_quantified(const Expr& e, const Batch& input, const EvalContext& context) {
  Evaluated value = evaluate(*e.args[0], input, context);
  Evaluated array = evaluate(*e.args[1], input, context);
  const FlatArrays flat = flatten_arrays(*array.column);
  const Pairs pairs = pair_up(*array.column, flat, input.rows);
  const Evaluated answers =
      compare_pairs(e, *value.column, *flat.elements, pairs, context);
  ColumnBuilder out(TypeId::kBool);
  RowErrors own;
  size_t error = 0;
  for (uint32_t row = 0; row < input.rows; ++row) {
    Verdict verdict = Verdict::kNull;
    if (!array.column->is_null(row)) {
      verdict = fold(*answers.column, pairs.ends[row], pairs.ends[row + 1],
                     e.kind == ExprKind::kAnyElement, answers.errors, &error);
    }
    if (verdict == Verdict::kError) {
      own.push_back(answers.errors[error]);
      own.back().row = row;
    }
    if (verdict == Verdict::kTrue || verdict == Verdict::kFalse) {
      out.append_bool(verdict == Verdict::kTrue);
    } else {
      out.append_null();
    }
  }
  RowErrors errors = merge_row_errors(std::move(value.errors), std::move(array.errors));
  return {out.finish(), merge_row_errors(std::move(errors), std::move(own))};
}

}  // namespace weir::expr
