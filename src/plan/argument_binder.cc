#include "plan/argument_binder.h"

#include <algorithm>

#include <fmt/core.h>

#include "data/cast.h"
#include "expr/function.h"
#include "expr/overload.h"
#include "expr/parameters.h"
#include "expr/spread.h"
#include "sql/parser.h"

namespace weir::plan {

namespace {

std::string call_text(const sql::Expr& e, const std::vector<expr::ExprPtr>& args) {
  std::string text;
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0) text += ", ";
    if (!e.arg_names[i].empty()) text += e.arg_names[i] + " => ";
    text += args[i]->type.name();
  }
  return fmt::format("{}({})", e.name, text);
}

}  // namespace

Status ArgumentBinder::refuse_names(const sql::Expr& e) const {
  bool named = false;
  for (size_t i = 0; i < e.arg_names.size(); ++i) {
    const std::string& name = e.arg_names[i];
    if (name.empty() && named) {
      return binder_.error(1361, "42601", "positional argument cannot follow named argument",
                           e.args[i]->location);
    }
    named = named || !name.empty();
    const auto end = e.arg_names.begin() + static_cast<long>(i);
    if (!name.empty() && std::find(e.arg_names.begin(), end, name) != end) {
      return binder_.error(1362, "42601",
                           fmt::format("argument name \"{}\" used more than once", name),
                           e.args[i]->location);
    }
  }
  return {};
}

Status ArgumentBinder::refuse_forms(const sql::Expr& e) const {
  TRY_VOID(refuse_names(e));
  if (!e.arg_names.empty()) {
    return binder_.error(1365, "42883",
                         fmt::format("function does not exist: {} with arguments by name", e.name),
                         e.location);
  }
  if (e.variadic && e.within_group) return binder_.unsupported("VARIADIC WITHIN GROUP", e.location);
  return {};
}

Result<std::vector<expr::ExprPtr>> ArgumentBinder::bind(const sql::Expr& e,
                                                        const Scope& scope, Grouping* grouping) {
  std::vector<expr::ExprPtr> args = TRY(binder_.bind_all(e.args, scope, grouping));
  if (e.arg_names.empty()) return args;
  TRY_VOID(refuse_names(e));
  const auto places = expr::place_arguments(e.name, e.arg_names);
  if (!places) {
    return binder_.error(1365, "42883",
                         fmt::format("function does not exist: {}", call_text(e, args)),
                         e.location)
        .hint("no function of this name takes these arguments by name");
  }
  std::vector<expr::ExprPtr> in_order;
  for (const expr::Placed& place : *places) {
    in_order.push_back(place.argument
                           ? args[*place.argument]
                           : expr::literal({TypeId::kUnknown, std::string(place.value)}));
  }
  return in_order;
}

Result<expr::ExprPtr> ArgumentBinder::bind_variadic(const sql::Expr& e,
                                                    std::vector<expr::ExprPtr> args) {
  const std::string_view spread = expr::spread_name(e.name);
  if (spread.empty()) return binder_.bind_function(e.name, std::move(args), e.location);
  std::vector<Type> types;
  for (const expr::ExprPtr& arg : args) types.push_back(Type(arg->type.id));
  const bool is_array = !types.empty() && types.back().is_array();
  Result<expr::Resolved> resolved = expr::resolve_function(spread, types);
  if (resolved) return binder_.bind_function(spread, std::move(args), e.location);
  if (!is_array && !e.name.ends_with("path") && !e.name.ends_with("path_text")) {
    return binder_.error(1360, "42804", "VARIADIC argument must be an array",
                         e.args.back()->location);
  }
  return expr::no_such_function(e.name, types)
      .at(sql::place_of(binder_.text_, e.location, binder_.start_));
}

Result<expr::ExprPtr> ArgumentBinder::bind_cast(const sql::Expr& e, Type type, const Scope& scope,
                                                Grouping* grouping) {
  expr::ExprPtr arg = TRY(binder_.bind(*e.args[0], scope, grouping));
  if (arg->type.id == type.id) return arg;
  if (arg->kind == expr::ExprKind::kLiteral && arg->type.id == TypeId::kUnknown) {
    return binder_.coerce(std::move(arg), type, e.location);
  }
  if (cast_exists(arg->type, type, CastContext::kExplicit)) {
    return expr::make(expr::ExprKind::kCast, type, {std::move(arg)});
  }
  return binder_.bind_function(e.name, {std::move(arg)}, e.location);
}

}  // namespace weir::plan
