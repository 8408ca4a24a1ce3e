// ARRAY[...], subscripts and slices, and comparisons with ANY and ALL elements of an array.
#include <fmt/core.h>

#include "expr/function.h"
#include "plan/binder.h"
#include "sql/parser.h"

namespace weir::plan {

using expr::ExprKind;

Result<expr::ExprPtr> Binder::bind_array(const sql::Expr& e, const Scope& scope,
                                         Grouping* grouping) {
  if (e.args.empty()) {
    return error(1271, "42P18", "cannot determine type of empty array", e.location)
        .hint("say which type it has: ARRAY[]::integer[]");
  }
  std::vector<ExprPtr> args = TRY(bind_all(e.args, scope, grouping));
  const Type type = TRY(common_type(args, "ARRAY", e.location));
  for (ExprPtr& arg : args) arg = TRY(coerce(std::move(arg), type.plain(), e.location));
  return bind_function("array", std::move(args), e.location);
}

Result<expr::ExprPtr> Binder::bind_subscript(const sql::Expr& e, const Scope& scope,
                                             Grouping* grouping) {
  std::vector<ExprPtr> args = TRY(bind_all(e.args, scope, grouping));
  if (args[0]->type.id == TypeId::kJsonb) return bind_json_subscript(e, std::move(args));
  if (!args[0]->type.is_array()) {
    return error(1272, "42804",
                 fmt::format("cannot subscript type {} because it does not support subscripting",
                             args[0]->type.name()),
                 e.location);
  }
  for (size_t i = 1; i < args.size(); ++i) {
    args[i] = TRY(coerce(std::move(args[i]), TypeId::kInt4, e.args[i]->location, true));
  }
  return bind_function(e.flag ? "[:]" : "[]", std::move(args), e.location);
}

// document['member'][0]: a path of texts.
Result<expr::ExprPtr> Binder::bind_json_subscript(const sql::Expr& e, std::vector<ExprPtr> args) {
  if (e.flag) {
    return error(1433, "42804", "jsonb subscript does not support slices", e.location);
  }
  std::vector<ExprPtr> steps;
  for (size_t i = 1; i < args.size(); ++i) {
    const TypeId id = args[i]->type.id;
    const bool fits = id == TypeId::kUnknown || id == TypeId::kText || id == TypeId::kInt4 ||
                      id == TypeId::kInt2;
    if (!fits) {
      return error(1434, "42804",
                   fmt::format("subscript type {} is not supported", args[i]->type.name()),
                   e.args[i]->location)
          .hint("jsonb subscript must be coercible to either integer or text");
    }
    steps.push_back(TRY(coerce(std::move(args[i]), TypeId::kText, e.args[i]->location, true)));
  }
  ExprPtr path = TRY(bind_function("array", std::move(steps), e.location));
  return bind_function("#>", {std::move(args[0]), std::move(path)}, e.location);
}

Result<expr::ExprPtr> Binder::bind_quantified(const sql::Expr& e, const Scope& scope,
                                              Grouping* grouping) {
  ExprPtr value = TRY(bind(*e.args[0], scope, grouping));
  ExprPtr array = TRY(bind(*e.args[1], scope, grouping));
  const bool literal = array->type.id == TypeId::kUnknown;
  if (!literal && !array->type.is_array()) {
    return error(1273, "42809", "op ANY/ALL (array) requires array on right side", e.location);
  }
  const Type element = literal ? Type() : array->type.element().plain();
  const std::vector<Type> types{value->type.plain(), element};
  Result<expr::Resolved> resolved = expr::resolve_function(e.name, types);
  if (!resolved) return std::move(resolved).error().at(sql::place_of(text_, e.location, start_));
  if (resolved->result.id != TypeId::kBool) {
    return error(1273, "42809", "op ANY/ALL (array) requires operator to yield boolean",
                 e.location);
  }
  value = TRY(coerce(std::move(value), resolved->arg_types[0], e.location));
  array = TRY(coerce(std::move(array), resolved->arg_types[1].array(), e.location));
  const ExprKind kind = e.negated ? ExprKind::kAllElements : ExprKind::kAnyElement;
  auto quantified = std::make_shared<expr::Expr>();
  *quantified = {kind, TypeId::kBool, 0, {}, resolved->function,
                 {std::move(value), std::move(array)}};
  return quantified;
}

}  // namespace weir::plan
