// Evaluation, a node at a time over the whole batch. What is lazy in SQL is lazy here in its
// errors: the errors of an argument are kept for the rows that look at it ("open" rows), and
// dropped for the others.
#include "expr/expr.h"
#include "expr/function.h"

#include "data/cast.h"
#include "expr/quantified.h"

namespace weir::expr {

namespace {

using Mask = std::vector<uint8_t>;  // 1: the row counts

void keep_errors(RowErrors& errors, const Mask& open) {
  std::erase_if(errors, [&](const RowError& e) { return open[e.row] == 0; });
}

void close_errors(const RowErrors& errors, Mask& open) {
  for (const RowError& error : errors) open[error.row] = 0;
}

bool any(const Mask& mask) {
  return std::find(mask.begin(), mask.end(), 1) != mask.end();
}

Mask null_rows_of(const std::vector<ColumnPtr>& args, uint32_t rows) {
  Mask null;
  for (const ColumnPtr& arg : args) {
    if (!arg->may_have_nulls()) continue;
    if (null.empty()) null.resize(rows, 0);
    for (uint32_t i = 0; i < rows; ++i) null[i] |= arg->is_null(i) ? 1 : 0;
  }
  return null;
}

Evaluated expand_constant(Evaluated one, uint32_t rows) {
  ColumnBuilder builder(one.column->type());
  builder.append_from(*one.column, 0);
  Evaluated all{builder.finish_constant(rows), {}};
  if (one.errors.empty()) return all;
  for (uint32_t row = 0; row < rows; ++row) {
    all.errors.push_back(one.errors[0]);
    all.errors.back().row = row;
  }
  return all;
}

Evaluated evaluate_call(const Expr& e, const Batch& input, const EvalContext& context) {
  std::vector<ColumnPtr> args;
  RowErrors errors;
  bool all_constant = input.rows > 1 && e.function->volatility == Volatility::kImmutable;
  for (const ExprPtr& arg : e.args) {
    Evaluated evaluated = evaluate(*arg, input, context);
    all_constant = all_constant && evaluated.column->is_constant() && evaluated.errors.empty();
    args.push_back(std::move(evaluated.column));
    errors = merge_row_errors(std::move(errors), std::move(evaluated.errors));
  }
  const uint32_t rows = all_constant ? 1 : input.rows;
  if (all_constant) {
    for (ColumnPtr& arg : args) arg = Column::resize_constant(arg, 1);
  }
  const Mask null = e.function->strict ? null_rows_of(args, rows) : Mask();
  RowErrors own;
  const KernelCall call{args, rows, e.type, null.empty() ? nullptr : null.data(), context, own};
  Evaluated result{e.function->kernel(call), merge_row_errors(std::move(errors), std::move(own))};
  return all_constant ? expand_constant(std::move(result), input.rows) : result;
}

// AND: decided by false; OR: by true. Unknown stays unless a later argument decides.
Evaluated evaluate_logic(const Expr& e, const Batch& input, const EvalContext& context) {
  const uint8_t deciding = e.kind == ExprKind::kAnd ? 0 : 1;
  const uint32_t rows = input.rows;
  Mask open(rows, 1);
  Mask unknown(rows, 0);
  RowErrors errors;
  ColumnBuilder out = ColumnBuilder::sized(TypeId::kBool, rows);
  uint8_t* values = out.mutable_values<uint8_t>();
  std::fill(values, values + rows, static_cast<uint8_t>(1 - deciding));
  for (const ExprPtr& arg : e.args) {
    Evaluated evaluated = evaluate(*arg, input, context);
    keep_errors(evaluated.errors, open);
    close_errors(evaluated.errors, open);
    errors = merge_row_errors(std::move(errors), std::move(evaluated.errors));
    const Column& column = *evaluated.column;
    for (uint32_t i = 0; i < rows; ++i) {
      if (!open[i]) continue;
      if (column.is_null(i)) {
        unknown[i] = 1;
      } else if (column.value<uint8_t>(i) == deciding) {
        values[i] = deciding;
        open[i] = 0;
        unknown[i] = 0;
      }
    }
  }
  for (const RowError& error : errors) unknown[error.row] = 1;
  if (any(unknown)) {
    uint8_t* validity = out.mutable_validity();
    for (uint32_t i = 0; i < rows; ++i) validity[i] = 1 - unknown[i];
  }
  return {out.finish(), std::move(errors)};
}

Evaluated evaluate_not(const Expr& e, const Batch& input, const EvalContext& context) {
  Evaluated arg = evaluate(*e.args[0], input, context);
  ColumnBuilder out(TypeId::kBool);
  for (uint32_t i = 0; i < input.rows; ++i) {
    if (arg.column->is_null(i)) {
      out.append_null();
    } else {
      out.append_bool(arg.column->value<uint8_t>(i) == 0);
    }
  }
  return {out.finish(), std::move(arg.errors)};
}

Evaluated evaluate_null_test(const Expr& e, const Batch& input, const EvalContext& context) {
  Evaluated arg = evaluate(*e.args[0], input, context);
  const bool wanted = e.kind == ExprKind::kIsNull;
  ColumnBuilder out = ColumnBuilder::sized(TypeId::kBool, input.rows);
  uint8_t* values = out.mutable_values<uint8_t>();
  for (uint32_t i = 0; i < input.rows; ++i) values[i] = arg.column->is_null(i) == wanted;
  return {out.finish(), std::move(arg.errors)};
}

// Rows choose one of several columns (or none: NULL).
class Choice {
 public:
  Choice(Type type, uint32_t rows) : type_(type), chosen_(rows, kNone) {}
  void add(ColumnPtr column, const Mask& takes) {
    for (size_t i = 0; i < takes.size(); ++i) {
      if (takes[i]) chosen_[i] = static_cast<uint32_t>(columns_.size());
    }
    columns_.push_back(std::move(column));
  }
  ColumnPtr finish() const {
    ColumnBuilder out(type_);
    out.reserve(static_cast<uint32_t>(chosen_.size()));
    for (uint32_t i = 0; i < chosen_.size(); ++i) {
      if (chosen_[i] == kNone) {
        out.append_null();
      } else {
        out.append_from(*columns_[chosen_[i]], i);
      }
    }
    return out.finish();
  }

 private:
  static constexpr uint32_t kNone = ~0u;
  Type type_;
  std::vector<uint32_t> chosen_;
  std::vector<ColumnPtr> columns_;
};

Evaluated evaluate_case(const Expr& e, const Batch& input, const EvalContext& context) {
  const uint32_t rows = input.rows;
  Mask open(rows, 1);
  RowErrors errors;
  Choice choice(e.type, rows);
  const auto take = [&](const Expr& branch, const Mask& takes) {
    if (!any(takes)) return;
    Evaluated evaluated = evaluate(branch, input, context);
    keep_errors(evaluated.errors, takes);
    errors = merge_row_errors(std::move(errors), std::move(evaluated.errors));
    choice.add(std::move(evaluated.column), takes);
  };
  for (size_t i = 0; i + 1 < e.args.size() && any(open); i += 2) {
    Evaluated when = evaluate(*e.args[i], input, context);
    keep_errors(when.errors, open);
    close_errors(when.errors, open);
    errors = merge_row_errors(std::move(errors), std::move(when.errors));
    Mask takes(rows, 0);
    for (uint32_t row = 0; row < rows; ++row) {
      if (!open[row] || when.column->is_null(row) || !when.column->value<uint8_t>(row)) continue;
      takes[row] = 1;
      open[row] = 0;
    }
    take(*e.args[i + 1], takes);
  }
  take(*e.args.back(), open);
  return {choice.finish(), std::move(errors)};
}

Evaluated evaluate_coalesce(const Expr& e, const Batch& input, const EvalContext& context) {
  const uint32_t rows = input.rows;
  Mask open(rows, 1);
  RowErrors errors;
  Choice choice(e.type, rows);
  for (const ExprPtr& arg : e.args) {
    if (!any(open)) break;
    Evaluated evaluated = evaluate(*arg, input, context);
    keep_errors(evaluated.errors, open);
    close_errors(evaluated.errors, open);
    errors = merge_row_errors(std::move(errors), std::move(evaluated.errors));
    Mask takes(rows, 0);
    for (uint32_t row = 0; row < rows; ++row) {
      if (!open[row] || evaluated.column->is_null(row)) continue;
      takes[row] = 1;
      open[row] = 0;
    }
    choice.add(std::move(evaluated.column), takes);
  }
  return {choice.finish(), std::move(errors)};
}

Evaluated evaluate_cast(const Expr& e, const Batch& input, const EvalContext& context) {
  Evaluated arg = evaluate(*e.args[0], input, context);
  CastResult cast = cast_column(arg.column, e.type);
  return {std::move(cast.column), merge_row_errors(std::move(arg.errors), std::move(cast.errors))};
}

Evaluated evaluate_error_of(const Expr& e, const Batch& input, const EvalContext& context) {
  const RowErrors errors = evaluate(*e.args[0], input, context).errors;
  ColumnBuilder out(TypeId::kText);
  size_t next = 0;
  for (uint32_t i = 0; i < input.rows; ++i) {
    if (next < errors.size() && errors[next].row == i) {
      out.append_text(errors[next].sqlstate + errors[next].message);
      ++next;
    } else {
      out.append_null();
    }
  }
  return {out.finish(), {}};
}

}  // namespace

Evaluated evaluate(const Expr& e, const Batch& input, const EvalContext& context) {
  switch (e.kind) {
    case ExprKind::kColumn: return {input.columns[e.column], {}};
    case ExprKind::kLiteral: return {constant_column(e.literal, input.rows), {}};
    case ExprKind::kNow:
      return {constant_column({TypeId::kTimestamptz, context.now}, input.rows), {}};
    case ExprKind::kCall: return evaluate_call(e, input, context);
    case ExprKind::kAnd:
    case ExprKind::kOr: return evaluate_logic(e, input, context);
    case ExprKind::kNot: return evaluate_not(e, input, context);
    case ExprKind::kIsNull:
    case ExprKind::kIsNotNull: return evaluate_null_test(e, input, context);
    case ExprKind::kCase: return evaluate_case(e, input, context);
    case ExprKind::kCoalesce: return evaluate_coalesce(e, input, context);
    case ExprKind::kCast: return evaluate_cast(e, input, context);
    case ExprKind::kAnyElement:
    case ExprKind::kAllElements: return evaluate_quantified(e, input, context);
    case ExprKind::kErrorOf: return evaluate_error_of(e, input, context);
    case ExprKind::kOuter:
    case ExprKind::kPending: WEIR_CHECK(!"bound away before anything runs");
  }
  return {Column::nulls(e.type, input.rows), {}};
}

std::vector<uint32_t> select_rows(const Expr& predicate, const Batch& input,
                                  const EvalContext& context, RowErrors* errors) {
  Evaluated evaluated = evaluate(predicate, input, context);
  const Column& column = *evaluated.column;
  std::vector<uint32_t> rows;
  if (column.is_constant()) {
    if (input.rows > 0 && !column.is_null(0) && column.value<uint8_t>(0)) {
      rows.resize(input.rows);
      for (uint32_t i = 0; i < input.rows; ++i) rows[i] = i;
    }
  } else {
    rows.resize(input.rows);
    const uint8_t* values = column.values<uint8_t>();
    const uint8_t* validity = column.validity();
    uint32_t count = 0;
    for (uint32_t i = 0; i < input.rows; ++i) {
      rows[count] = i;
      count += values[i] & (validity ? validity[i] : 1);
    }
    rows.resize(count);
  }
  *errors = std::move(evaluated.errors);
  return rows;
}

}  // namespace weir::expr
