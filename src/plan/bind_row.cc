// Rows that are compared, with each other and with the row of a sub-query, and that are asked
// whether all of their values are NULL: (a, b), ROW(a, b) and t.*. They need not be made for that.
#include <fmt/core.h>

#include "expr/function.h"
#include "plan/binder.h"
#include "plan/record_binder.h"

namespace weir::plan {

using expr::ExprKind;

Result<std::vector<expr::ExprPtr>> Binder::bind_row(const sql::Expr& e, const Scope& scope,
                                                    Grouping* grouping) {
  if (e.kind == sql::ExprKind::kRow) return RecordBinder(*this, scope, grouping).row_items(e.args);
  return std::vector<ExprPtr>{TRY(bind(e, scope, grouping))};
}

// a, b <op> c, d as PostgreSQL compares rows: column by column, from the left.
Result<expr::ExprPtr> Binder::compare_rows(std::string_view name, std::vector<ExprPtr> left,
                                           std::vector<ExprPtr> right, int32_t location) {
  if (left.size() != right.size()) {
    return error(1242, "42601", "unequal number of entries in row expressions", location);
  }
  if (left.empty()) return error(1242, "0A000", "cannot compare rows of zero length", location);
  const auto pair = [&](std::string_view op, size_t i) {
    return bind_function(op, {left[i], right[i]}, location);
  };
  if (left.size() == 1) return pair(name, 0);
  const bool equal = name == "=" || name == "is not distinct from";
  if (equal || name == "<>" || name == "is distinct from") {
    std::vector<ExprPtr> parts;
    for (size_t i = 0; i < left.size(); ++i) parts.push_back(TRY(pair(name, i)));
    return expr::make(equal ? ExprKind::kAnd : ExprKind::kOr, TypeId::kBool, std::move(parts));
  }
  if (name != "<" && name != "<=" && name != ">" && name != ">=") {
    return error(1242, "0A000", fmt::format("rows cannot be compared by \"{}\"", name), location);
  }
  const std::string strict = std::string(name.substr(0, 1));
  ExprPtr result = TRY(pair(name, left.size() - 1));
  for (size_t i = left.size() - 1; i-- > 0;) {
    ExprPtr tie = expr::make(ExprKind::kAnd, TypeId::kBool, {TRY(pair("=", i)), result});
    result = expr::make(ExprKind::kOr, TypeId::kBool, {TRY(pair(strict, i)), std::move(tie)});
  }
  return result;
}

// (a, b) <op> (c, d), (a, b) <op> (sub-query). Elsewhere a row is a value as others are.
bool Binder::is_row_comparison(const sql::Expr& e) {
  if (e.args.size() != 2 || e.args[0]->kind != sql::ExprKind::kRow) return false;
  const sql::Expr& other = *e.args[1];
  return other.kind == sql::ExprKind::kRow ||
         (other.kind == sql::ExprKind::kSubquery && other.name == "value");
}

Result<expr::ExprPtr> Binder::bind_row_operator(const sql::Expr& e, const Scope& scope,
                                                Grouping* grouping) {
  std::vector<ExprPtr> left = TRY(bind_row(*e.args[0], scope, grouping));
  const sql::Expr& other = *e.args[1];
  std::vector<ExprPtr> right = other.kind == sql::ExprKind::kSubquery
                                   ? TRY(bind_row_of(other, scope, grouping, left.size()))
                                   : TRY(bind_row(other, scope, grouping));
  return compare_rows(e.name, std::move(left), std::move(right), e.location);
}

// a IN (b, c), (a, b) IN ((c, d), ...).
Result<expr::ExprPtr> Binder::bind_in(const sql::Expr& e, const Scope& scope, Grouping* grouping) {
  std::vector<ExprPtr> alternatives;
  for (size_t i = 1; i < e.args.size(); ++i) {
    const bool rows = e.args[0]->kind == sql::ExprKind::kRow &&
                      e.args[i]->kind == sql::ExprKind::kRow;
    const auto side = [&](size_t at) -> Result<std::vector<ExprPtr>> {
      if (rows) return bind_row(*e.args[at], scope, grouping);
      return std::vector<ExprPtr>{TRY(bind(*e.args[at], scope, grouping))};
    };
    alternatives.push_back(TRY(compare_rows("=", TRY(side(0)), TRY(side(i)), e.location)));
  }
  ExprPtr any = alternatives.size() == 1
                    ? alternatives[0]
                    : expr::make(ExprKind::kOr, TypeId::kBool, std::move(alternatives));
  return e.negated ? expr::make(ExprKind::kNot, TypeId::kBool, {std::move(any)}) : any;
}

// Of a row: all of its values are NULL; with NOT: none is.
Result<expr::ExprPtr> Binder::bind_is_null(const sql::Expr& e, const Scope& scope,
                                           Grouping* grouping) {
  const sql::Expr& asked = *e.args[0];
  std::vector<ExprPtr> values = TRY(RecordBinder(*this, scope, grouping).values_of_table(asked));
  if (values.empty()) values = TRY(bind_row(asked, scope, grouping));
  if (asked.kind != sql::ExprKind::kRow && values.size() == 1) {
    const Type& type = values[0]->type;
    if (type.id == TypeId::kRecord && type.detail)
      return RecordBinder::is_null(values[0], e.negated);
  }
  std::vector<ExprPtr> parts;
  for (ExprPtr& value : values) {
    if (value->type.id == TypeId::kUnknown)
      value = TRY(coerce(std::move(value), TypeId::kText, e.location));
    parts.push_back(expr::make(e.negated ? ExprKind::kIsNotNull : ExprKind::kIsNull, TypeId::kBool,
                               {std::move(value)}));
  }
  return parts.empty() ? expr::literal(Value::of(true)) : expr::conjunction(std::move(parts));
}

}  // namespace weir::plan
