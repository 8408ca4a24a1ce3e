// Row values: (a, b), ROW(a, b) and t.*. They are there to be compared, with each other and with
// the row of a sub-query, and to be asked whether all of them are NULL.
#include <fmt/core.h>

#include "expr/function.h"
#include "plan/binder.h"

namespace weir::plan {

using expr::ExprKind;

Result<std::vector<expr::ExprPtr>> Binder::bind_row(const sql::Expr& e, const Scope& scope,
                                                    Grouping* grouping) {
  if (e.kind == sql::ExprKind::kRow) return bind_all(e.args, scope, grouping);
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

// (a, b) <op> (c, d), (a, b) <op> (sub-query).
Result<expr::ExprPtr> Binder::bind_row_operator(const sql::Expr& e, const Scope& scope,
                                                Grouping* grouping) {
  std::vector<ExprPtr> left = TRY(bind_row(*e.args[0], scope, grouping));
  const sql::Expr& other = *e.args[1];
  const bool asks = other.kind == sql::ExprKind::kSubquery && other.name == "value";
  if (!asks && other.kind != sql::ExprKind::kRow) return unsupported("a row value", e.location);
  std::vector<ExprPtr> right = asks ? TRY(bind_row_of(other, scope, grouping, left.size()))
                                    : TRY(bind_row(other, scope, grouping));
  return compare_rows(e.name, std::move(left), std::move(right), e.location);
}

// Of a row: all of its values are NULL; with NOT: none is.
Result<expr::ExprPtr> Binder::bind_is_null(const sql::Expr& e, const Scope& scope,
                                           Grouping* grouping) {
  const sql::Expr& asked = *e.args[0];
  const ExprKind kind = e.negated ? ExprKind::kIsNotNull : ExprKind::kIsNull;
  std::vector<ExprPtr> parts;
  const auto add = [&](ExprPtr value, int32_t location) -> Status {
    if (value->type.id == TypeId::kUnknown)
      value = TRY(coerce(std::move(value), TypeId::kText, location));
    parts.push_back(expr::make(kind, TypeId::kBool, {std::move(value)}));
    return {};
  };
  if (asked.kind == sql::ExprKind::kColumn && asked.names.size() == 2 &&
      asked.names[1] == "*") {
    for (const ScopeColumn& column : scope.columns) {
      if (column.table != asked.names[0]) continue;
      sql::Expr reference;
      reference.kind = sql::ExprKind::kColumn;
      reference.location = asked.location;
      reference.names = {column.table, column.name};
      TRY_VOID(add(TRY(bind(reference, scope, grouping)), asked.location));
    }
  } else {
    for (ExprPtr& value : TRY(bind_row(asked, scope, grouping)))
      TRY_VOID(add(std::move(value), e.location));
  }
  if (parts.empty()) return bind(asked, scope, grouping);  // of no table: an error
  return expr::conjunction(std::move(parts));
}

}  // namespace weir::plan
