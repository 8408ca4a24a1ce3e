#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/cast.h"
#include "data/text_form.h"
#include "expr/function.h"
#include "expr/table_function.h"
#include "expr/type_casts.h"
#include "plan/argument_binder.h"
#include "plan/over_binder.h"
#include "plan/record_binder.h"
#include "sql/parser.h"

namespace weir::plan {

using expr::ExprKind;

namespace {

constexpr int kMaxDepth = 1500;

struct DepthGuard {
  explicit DepthGuard(int& depth) : depth(depth) { ++depth; }
  ~DepthGuard() { --depth; }
  int& depth;
};

bool groups_ask(const Grouping& grouping) {
  return std::any_of(grouping.groups.begin(), grouping.groups.end(), [](const auto& group) {
    return expr::any_leaf(*group, [](const auto& leaf) { return leaf.kind == ExprKind::kPending; });
  });
}

bool is_unknown(const expr::ExprPtr& e) { return e->type.id == TypeId::kUnknown; }

// 'now', 'today', 'tomorrow' and 'yesterday' as times: what they mean goes on with the clock; null:
// anything else.
expr::ExprPtr moving_time(const expr::Expr& e, const Type& type) {
  if (!type.is_time() && type.id != TypeId::kTime) return nullptr;
  const auto* text = std::get_if<std::string>(&e.literal.data);
  std::string word = text ? lower(*text) : "";
  std::erase_if(word, [](char c) { return c == ' '; });
  const expr::ExprPtr now = expr::make(ExprKind::kNow, TypeId::kTimestamptz, {});
  if (word == "now") return expr::make(ExprKind::kCast, type, {now});
  const bool day = word == "today" || word == "tomorrow" || word == "yesterday";
  if (!day || type.id == TypeId::kTime) return nullptr;
  expr::ExprPtr date = expr::make(ExprKind::kCast, TypeId::kDate, {now});
  if (word != "today") {
    const std::vector<Type> types{TypeId::kDate, TypeId::kInt4};
    const auto move = expr::resolve_function(word == "tomorrow" ? "+" : "-", types);
    const expr::ExprPtr one = expr::literal({TypeId::kInt4, int64_t{1}});
    date = expr::call(*move->function, {std::move(date), one}, TypeId::kDate);
  }
  return type.id == TypeId::kDate ? date : expr::make(ExprKind::kCast, type, {std::move(date)});
}

}  // namespace

Error Binder::error(uint16_t code, const char* sqlstate, std::string message,
                    int32_t location) const {
  return Error(ErrorKind::kInvalidStatement, code, std::move(message))
      .at(sql::place_of(text_, location, start_))
      .sqlstate(sqlstate);
}

Error Binder::unsupported(std::string_view what, int32_t location) const {
  return Error(ErrorKind::kNotSupported, 1230, fmt::format("{} is not supported yet", what))
      .at(sql::place_of(text_, location, start_))
      .hint("docs/sql.md lists what is there")
      .sqlstate("0A000");
}

Result<expr::ExprPtr> Binder::coerce(ExprPtr e, Type type, int32_t location, bool assignment) {
  if (type.id == TypeId::kRecord) {
    e = TRY(RecordBinder(*this).fit_row(std::move(e), type, location));
  }
  if (e->type == type) return e;
  if (e->kind == ExprKind::kLiteral && is_unknown(e)) {
    settle_parameter(e, type);
    if (e->literal.is_null()) return expr::literal(Value::null(type));
    if (ExprPtr moving = moving_time(*e, type)) {
      if (is_view_) return unsupported("a time that moves on (now, today) in a view", location);
      return moving;
    }
    Result<Value> value = cast_value(e->literal, type);
    if (!value) {
      const Error& cause = value.error();
      return error(1214, cause.sqlstate().empty() ? "22P02" : cause.sqlstate().c_str(),
                   cause.primary(), location);
    }
    value->type = type;
    return expr::literal(std::move(*value));
  }
  if (e->type.is_same_kind(type) && type.precision < 0 && type.scale < 0) return e;
  const CastContext context = assignment ? CastContext::kAssignment : CastContext::kImplicit;
  if (!cast_exists(e->type, type, context)) {
    return error(
        1215, "42804",
        fmt::format("cannot convert type {} to {} without a cast", e->type.name(), type.name()),
        location);
  }
  return expr::make(ExprKind::kCast, type, {std::move(e)});
}

// PostgreSQL's rule for CASE, COALESCE, UNION and VALUES: all alike, else the widest that the
// others reach implicitly.
Result<Type> Binder::common_type(const std::vector<ExprPtr>& args, const char* what,
                                 int32_t location) {
  Type common;
  for (const ExprPtr& arg : args) {
    if (is_unknown(arg) || arg->type == common) continue;
    if (common.id == TypeId::kUnknown) {
      common = arg->type;
    } else if (arg->type.is_same_kind(common)) {
      common = common.plain();
    } else if (!cast_exists(arg->type, common, CastContext::kImplicit) &&
               cast_exists(common, arg->type, CastContext::kImplicit)) {
      common = arg->type.plain();
    } else if (!cast_exists(arg->type, common, CastContext::kImplicit)) {
      return error(1216, arg->type.id == common.id ? "42846" : "42804",
                   fmt::format("{} types {} and {} cannot be matched", what, common.name(),
                               arg->type.name()),
                   location);
    }
  }
  // A literal takes the type without its length.
  const bool literal = std::any_of(args.begin(), args.end(), [](const ExprPtr& arg) {
    return is_unknown(arg) && (arg->kind != ExprKind::kLiteral || !arg->literal.is_null());
  });
  if (common.id == TypeId::kUnknown) return Type(TypeId::kText);
  return literal ? common.plain() : common;
}

Result<std::vector<expr::ExprPtr>> Binder::bind_all(const std::vector<sql::ExprPtr>& list,
                                                    const Scope& scope, Grouping* grouping) {
  std::vector<ExprPtr> bound;
  for (const sql::ExprPtr& e : list) bound.push_back(TRY(bind(*e, scope, grouping)));
  return bound;
}

Result<expr::ExprPtr> Binder::bind(const sql::Expr& e, const Scope& scope, Grouping* grouping) {
  const DepthGuard guard(depth_);
  if (depth_ > kMaxDepth)
    return error(1209, "54001", "the expression is nested too deeply", e.location);
  if (!grouping) return bind_ungrouped(e, scope, nullptr);
  // A whole expression that is grouped by is a column of the aggregate.
  const bool may_be_group = e.kind == sql::ExprKind::kColumn || !grouping->groups.empty();
  const bool whole = !contains_aggregate(e) && !contains_over(e) &&
                     (!contains_subquery(e) || groups_ask(*grouping));
  if (may_be_group && whole) {
    std::vector<ExprPtr> guards = std::exchange(guards_, {});
    Result<ExprPtr> plain = bind_ungrouped(e, scope, nullptr);
    guards_ = std::move(guards);
    if (plain) {
      for (uint32_t i = 0; i < grouping->groups.size(); ++i) {
        if (expr::equal(**plain, *grouping->groups[i])) return expr::column_ref(i, (*plain)->type);
      }
    } else if (e.kind == sql::ExprKind::kColumn) {
      return plain;
    }
  }
  return bind_ungrouped(e, scope, grouping);
}

Result<expr::ExprPtr> Binder::bind_ungrouped(const sql::Expr& e, const Scope& scope,
                                             Grouping* grouping) {
  switch (e.kind) {
    case sql::ExprKind::kColumn: return bind_column(e, scope, grouping);
    case sql::ExprKind::kString:
    case sql::ExprKind::kInteger:
    case sql::ExprKind::kDecimal:
    case sql::ExprKind::kBool:
    case sql::ExprKind::kNull:
    case sql::ExprKind::kParameter: return bind_literal(e);
    case sql::ExprKind::kOperator: {
      if (is_row_comparison(e)) return bind_row_operator(e, scope, grouping);
      return bind_function(e.name, TRY(bind_all(e.args, scope, grouping)), e.location);
    }
    case sql::ExprKind::kCall: return bind_call(e, scope, grouping);
    case sql::ExprKind::kCase: {
      ExprPtr result = TRY(bind_case(e, scope, grouping));
      TRY_VOID(no_rows(result, "in CASE", e.location));
      return result;
    }
    case sql::ExprKind::kCoalesce: {
      ExprPtr result = TRY(bind_coalesce(e, scope, grouping));
      TRY_VOID(no_rows(result, "in COALESCE", e.location));
      return result;
    }
    case sql::ExprKind::kNullIf: return bind_null_if(e, scope, grouping);
    case sql::ExprKind::kCast: return bind_cast(e, scope, grouping);
    case sql::ExprKind::kAnd:
    case sql::ExprKind::kOr:
    case sql::ExprKind::kNot: return bind_logic(e, scope, grouping);
    case sql::ExprKind::kIsNull: return bind_is_null(e, scope, grouping);
    case sql::ExprKind::kIsTrue: return bind_is_true(e, scope, grouping);
    case sql::ExprKind::kIn: return bind_in(e, scope, grouping);
    case sql::ExprKind::kBetween: return bind_between(e, scope, grouping);
    case sql::ExprKind::kSubquery: return bind_subquery(e, scope, grouping);
    case sql::ExprKind::kRow: return RecordBinder(*this, scope, grouping).row_value(e);
    case sql::ExprKind::kField: return RecordBinder(*this, scope, grouping).field(e);
    case sql::ExprKind::kGrouping:
      if (const auto owner = aggregate_owner(e, scope)) return bind_outer_aggregate(e, *owner);
      if (grouping) return bind_grouping_call(e, scope, *grouping);
      return error(1224, "42803", "grouping operations are not allowed here", e.location);
    case sql::ExprKind::kArray: return bind_array(e, scope, grouping);
    case sql::ExprKind::kSubscript: return bind_subscript(e, scope, grouping);
    case sql::ExprKind::kQuantified: return bind_quantified(e, scope, grouping);
    case sql::ExprKind::kDefault:
      return error(1694, "42601", "DEFAULT is not allowed in this context", e.location);
    case sql::ExprKind::kUnsupported: return unsupported(e.name, e.location);
  }
  return unsupported("this expression", e.location);
}

Result<expr::ExprPtr> Binder::bind_coalesce(const sql::Expr& e, const Scope& scope,
                                            Grouping* grouping) {
    std::vector<ExprPtr> args;
    std::vector<ExprPtr> nulls;  // those before it are
    for (const sql::ExprPtr& arg : e.args) {
      const Guarded guarded(guards_, contains_subquery(*arg) ? expr::conjunction(nulls) : nullptr);
      args.push_back(TRY(bind(*arg, scope, grouping)));
      if (!is_unknown(args.back()))
        nulls.push_back(expr::make(ExprKind::kIsNull, TypeId::kBool, {args.back()}));
    }
    const Type type = TRY(common_type(args, "COALESCE", e.location));
    for (ExprPtr& arg : args) arg = TRY(coerce(std::move(arg), type, e.location));
    return expr::make(ExprKind::kCoalesce, type, std::move(args));
}

Result<expr::ExprPtr> Binder::bind_null_if(const sql::Expr& e, const Scope& scope,
                                           Grouping* grouping) {
    std::vector<ExprPtr> args = TRY(bind_all(e.args, scope, grouping));
    const ExprPtr value = args[0];
    const ExprPtr equal = TRY(bind_function("=", std::move(args), e.location));
    // The type that the first is compared as. Integers, floats and times have operators of their
    // own for every pair, so those stay what they are.
    const Type compared = equal->args[0]->type;
    const bool stays = (value->type.is_integer() && compared.is_integer()) ||
                       (value->type.is_float() && compared.is_float()) ||
                       (value->type.is_time() && compared.is_time());
    const Type type = stays ? value->type : compared;
    const ExprPtr result = TRY(coerce(value, type, e.location));
    return expr::make(ExprKind::kCase, type, {equal, expr::literal(Value::null(type)), result});
}

namespace {

// The arguments before this one leave open what AND or OR of them all is. Those of AND that ask
// sub-queries themselves do not count: as conditions of their own these are filters.
expr::ExprPtr undecided(sql::ExprKind kind, const std::vector<expr::ExprPtr>& args) {
  std::vector<expr::ExprPtr> open;
  const bool is_and = kind == sql::ExprKind::kAnd;
  for (const expr::ExprPtr& arg : args) {
    const bool asks = expr::any_leaf(
        *arg, [](const expr::Expr& leaf) { return leaf.kind == ExprKind::kPending; });
    if (is_and && asks) continue;
    const expr::ExprPtr settled = expr::make(
        ExprKind::kCoalesce, TypeId::kBool, {arg, expr::literal(Value::of(is_and))});
    open.push_back(is_and ? settled : expr::make(ExprKind::kNot, TypeId::kBool, {settled}));
  }
  return expr::conjunction(std::move(open));
}

// Of CASE: the rows that reach a branch; `decided`: the conditions before it, each with false.
expr::ExprPtr reached(std::vector<expr::ExprPtr> decided, const expr::ExprPtr& condition) {
  if (!condition && decided.empty()) return nullptr;
  if (condition) {
    decided.push_back(condition);
    decided.push_back(expr::literal(Value::of(true)));
  }
  decided.push_back(expr::literal(Value::of(!condition)));
  return expr::make(ExprKind::kCase, TypeId::kBool, std::move(decided));
}

}  // namespace

Result<expr::ExprPtr> Binder::bind_logic(const sql::Expr& e, const Scope& scope,
                                         Grouping* grouping) {
    const char* clause = e.kind == sql::ExprKind::kAnd  ? "AND"
                         : e.kind == sql::ExprKind::kOr ? "OR"
                                                        : "NOT";
    std::vector<ExprPtr> args;
    for (const sql::ExprPtr& arg : e.args) {
      const Guarded guarded(guards_, contains_subquery(*arg) ? undecided(e.kind, args) : nullptr);
      args.push_back(TRY(bind_boolean(*arg, scope, clause, grouping)));
    }
    const ExprKind kind = e.kind == sql::ExprKind::kAnd  ? ExprKind::kAnd
                          : e.kind == sql::ExprKind::kOr ? ExprKind::kOr
                                                         : ExprKind::kNot;
    return expr::make(kind, TypeId::kBool, std::move(args));
}

Result<expr::ExprPtr> Binder::bind_boolean(const sql::Expr& e, const Scope& scope,
                                           const char* clause, Grouping* grouping) {
  ExprPtr bound = TRY(bind(e, scope, grouping));
  if (is_unknown(bound)) return coerce(std::move(bound), TypeId::kBool, e.location);
  if (bound->type.id == TypeId::kBool) return bound;
  return error(
      1217, "42804",
      fmt::format("argument of {} must be type boolean, not type {}", clause, bound->type.name()),
      e.location);
}

Result<expr::ExprPtr> Binder::bind_column(const sql::Expr& e, const Scope& scope,
                                          Grouping* grouping) {
  const bool star = e.names.back() == "*";
  if (star && e.names.size() > 1) {
    RecordBinder rows(*this, scope, grouping);
    const auto columns = rows.columns_of_table(e.names[e.names.size() - 2]);
    if (!columns.empty()) return rows.whole_row(columns, e.location);
  }
  if (star) return error(1218, "42601", "* is not an expression", e.location);
  const auto found = find_column(scope, e.names);
  if (const NameError* wrong = std::get_if<NameError>(&found)) {
    bool is_outer = false;
    if (wrong->code != 1212 && !levels_.empty()) {
      ExprPtr outer = TRY(bind_outer(e, is_outer));
      if (is_outer) return outer;
    }
    if (e.names.size() == 1 && wrong->code != 1212) {
      RecordBinder rows(*this, scope, grouping);
      const auto columns = rows.columns_of_table(e.names[0]);
      if (!columns.empty()) return rows.whole_row(columns, e.location);
    }
    return error(wrong->code, wrong->sqlstate, wrong->message, e.location).hint(wrong->hint);
  }
  const ScopeColumn& column = scope.columns[std::get<size_t>(found)];
  if (grouping) {
    if (ExprPtr follows = dependent_column(column, scope, *grouping)) return follows;
    const std::string name = column.table.empty() ? column.name : column.table + "." + column.name;
    return error(1219, "42803",
                 fmt::format("column \"{}\" must appear in the GROUP BY clause or be used in an "
                             "aggregate function",
                             name),
                 e.location);
  }
  return expr::column_ref(column.column, column.type);
}

Result<expr::ExprPtr> Binder::bind_literal(const sql::Expr& e) {
  switch (e.kind) {
    case sql::ExprKind::kString: return expr::literal({TypeId::kUnknown, e.text});
    case sql::ExprKind::kBool: return expr::literal(Value::of(e.flag));
    case sql::ExprKind::kInteger:
      return expr::literal({TypeId::kInt4, static_cast<int64_t>(std::stol(e.text))});
    case sql::ExprKind::kDecimal: {
      if (e.text.find_first_of(".eE") == std::string::npos) {
        Result<Value> big = parse_text_form(e.text, TypeId::kInt8);
        if (big) {
          const int64_t v = std::get<int64_t>(big->data);  // a sign is part of it: -2147483648
          if (v == INT32_MIN) return expr::literal({TypeId::kInt4, v});
          return expr::literal(std::move(*big));
        }
      }
      Result<Value> number = parse_text_form(e.text, TypeId::kNumeric);
      if (!number) return error(1214, "22003", number.error().primary(), e.location);
      return expr::literal(std::move(*number));
    }
    case sql::ExprKind::kParameter: return bind_parameter(e);
    default: return expr::literal(Value::null(TypeId::kUnknown));
  }
}

Result<expr::ExprPtr> Binder::bind_parameter(const sql::Expr& e) {
  const auto index = static_cast<size_t>(e.number) - 1;
  if (!parameters_ || e.number < 1 || index >= parameters_->size()) {
    return error(1222, "42P02", fmt::format("there is no parameter ${}", e.number), e.location);
  }
  ExprPtr bound = expr::literal((*parameters_)[index]);
  if (is_unknown(bound)) open_parameters_.push_back({bound, index, {}});
  return bound;
}

void Binder::settle_parameter(const ExprPtr& e, Type type) {
  for (OpenParameter& open : open_parameters_) {
    if (open.literal == e && open.type.id == TypeId::kUnknown) open.type = type.plain();
  }
}

std::vector<Type> Binder::parameter_types() const {
  std::vector<Type> types;
  if (!parameters_) return types;
  for (const Value& parameter : *parameters_) types.push_back(parameter.type);
  for (const OpenParameter& open : open_parameters_) {
    if (types[open.index].id == TypeId::kUnknown) types[open.index] = open.type;
  }
  return types;
}

Result<expr::ExprPtr> Binder::bind_function(std::string_view name, std::vector<ExprPtr> args,
                                            int32_t location) {
  std::vector<Type> types;
  for (const ExprPtr& arg : args) types.push_back(arg->type.plain());
  Result<expr::Resolved> resolved = expr::resolve_function(name, types);
  if (!resolved) return std::move(resolved).error().at(sql::place_of(text_, location, start_));
  const expr::Function& function = *resolved->function;
  if (is_view_ && function.volatility == expr::Volatility::kVolatile) {
    return error(
        1223, "0A000",
        fmt::format("{}() gives another value at every call and cannot be in a view", name),
        location);
  }
  if (is_view_ && function.volatility == expr::Volatility::kStable) {
    return error(1363, "0A000",
                 fmt::format("{}() is another's in each session and cannot be in a view", name),
                 location);
  }
  for (size_t i = 0; i < args.size(); ++i) {
    const Type& wanted = resolved->arg_types[i];
    if (Type(args[i]->type.id, wanted.detail ? args[i]->type.detail : nullptr) == wanted) continue;
    args[i] = TRY(coerce(std::move(args[i]), resolved->arg_types[i], location));
  }
  if (args.size() == 2) {
    TRY_VOID(RecordBinder(*this).refuse_dissimilar(args[0]->type, args[1]->type, location));
  }
  return expr::call(function, std::move(args), resolved->result);
}

namespace {

// In a view it knows its place, for plan/clock_filter.h to refuse it by.
expr::ExprPtr clock_at(uint32_t place) {
  expr::Expr now;
  now.kind = ExprKind::kNow;
  now.type = TypeId::kTimestamptz;
  now.column = place;
  return std::make_shared<const expr::Expr>(std::move(now));
}

// now() and what is said of the same instant in other types; null: not one of these.
expr::ExprPtr time_of_query(std::string_view name, uint32_t place) {
  const expr::ExprPtr now = clock_at(place);
  if (name == "now" || name == "transaction_timestamp") return now;
  const TypeId type = name == "current_date"     ? TypeId::kDate
                      : name == "localtimestamp" ? TypeId::kTimestamp
                      : name == "localtime"      ? TypeId::kTime
                                                 : TypeId::kUnknown;
  if (type == TypeId::kUnknown) return nullptr;
  return expr::make(ExprKind::kCast, type, {now});
}

}  // namespace

Result<expr::ExprPtr> Binder::bind_call(const sql::Expr& e, const Scope& scope,
                                        Grouping* grouping) {
  if (e.has_over || (is_window_function(e.name) && !e.within_group)) {
    TRY_VOID(ArgumentBinder(*this).refuse_forms(e));
    return bind_over(e, scope, grouping);
  }
  if (is_aggregate_call(e)) {
    if (const auto owner = aggregate_owner(e, scope)) return bind_outer_aggregate(e, *owner);
    if (!grouping) {
      return error(1224, "42803", "aggregate functions are not allowed here", e.location);
    }
    TRY_VOID(ArgumentBinder(*this).refuse_forms(e));
    return bind_aggregate(e, scope, *grouping);
  }
  if (e.distinct || e.filter || e.star || e.within_group || !e.order.empty()) {
    return error(1225, "42809", fmt::format("{} is not an aggregate function", e.name), e.location);
  }
  if (e.args.empty()) {
    const uint32_t place = is_view_ ? static_cast<uint32_t>(e.location) : 0;
    if (ExprPtr time = time_of_query(e.name, place)) return time;
  }
  if (is_view_ && (e.name == "random" || e.name == "clock_timestamp" ||
                   e.name == "gen_random_uuid" || e.name == "statement_timestamp")) {
    return error(
        1223, "0A000",
        fmt::format("{}() gives another value at every call and cannot be in a view", e.name),
        e.location);
  }
  if (expr::is_table_function(e.name)) return pend_rows(e, scope, grouping);
  ArgumentBinder arguments(*this);
  const auto type = expr::type_called_as_function(e.name);
  if (type && e.args.size() == 1 && e.arg_names.empty()) {
    return arguments.bind_cast(e, *type, scope, grouping);
  }
  std::vector<ExprPtr> args = TRY(arguments.bind(e, scope, grouping));
  if (e.variadic) return arguments.bind_variadic(e, std::move(args));
  return bind_function(e.name, std::move(args), e.location);
}

Result<expr::ExprPtr> Binder::bind_case(const sql::Expr& e, const Scope& scope,
                                        Grouping* grouping) {
  const size_t first = e.has_operand ? 1 : 0;
  const size_t end = e.args.size() - (e.has_else ? 1 : 0);
  std::vector<ExprPtr> conditions;
  std::vector<ExprPtr> results;
  std::vector<ExprPtr> decided;
  const auto guard = [&](const sql::Expr& branch, const ExprPtr& condition) {
    return contains_subquery(branch) ? reached(decided, condition) : nullptr;
  };
  for (size_t i = first; i < end; i += 2) {
    const Guarded asked(guards_, guard(*e.args[i], nullptr));
    if (e.has_operand) {
      std::vector<ExprPtr> sides;
      sides.push_back(TRY(bind(*e.args[0], scope, grouping)));
      sides.push_back(TRY(bind(*e.args[i], scope, grouping)));
      conditions.push_back(TRY(bind_function("=", std::move(sides), e.args[i]->location)));
    } else {
      conditions.push_back(TRY(bind_boolean(*e.args[i], scope, "CASE/WHEN", grouping)));
    }
    const Guarded taken(guards_, guard(*e.args[i + 1], conditions.back()));
    results.push_back(TRY(bind(*e.args[i + 1], scope, grouping)));
    decided.insert(decided.end(), {conditions.back(), expr::literal(Value::of(false))});
  }
  const Guarded otherwise(guards_, e.has_else ? guard(*e.args.back(), nullptr) : nullptr);
  results.push_back(e.has_else ? TRY(bind(*e.args.back(), scope, grouping))
                               : expr::literal(Value::null(TypeId::kUnknown)));
  const Type type = TRY(common_type(results, "CASE", e.location));
  std::vector<ExprPtr> args;
  for (size_t i = 0; i < results.size(); ++i) {
    if (i < conditions.size()) args.push_back(conditions[i]);
    args.push_back(TRY(coerce(std::move(results[i]), type, e.location)));
  }
  return expr::make(ExprKind::kCase, type, std::move(args));
}

Result<expr::ExprPtr> Binder::bind_between(const sql::Expr& e, const Scope& scope,
                                           Grouping* grouping) {
  const auto between = [&](size_t low, size_t high) -> Result<ExprPtr> {
    std::vector<ExprPtr> above;
    above.push_back(TRY(bind(*e.args[0], scope, grouping)));
    above.push_back(TRY(bind(*e.args[low], scope, grouping)));
    std::vector<ExprPtr> below;
    below.push_back(TRY(bind(*e.args[0], scope, grouping)));
    below.push_back(TRY(bind(*e.args[high], scope, grouping)));
    ExprPtr from = TRY(bind_function(">=", std::move(above), e.location));
    ExprPtr to = TRY(bind_function("<=", std::move(below), e.location));
    return expr::make(ExprKind::kAnd, TypeId::kBool, {std::move(from), std::move(to)});
  };
  ExprPtr result = TRY(between(1, 2));
  if (e.symmetric) result = expr::make(ExprKind::kOr, TypeId::kBool, {result, TRY(between(2, 1))});
  return e.negated ? expr::make(ExprKind::kNot, TypeId::kBool, {std::move(result)}) : result;
}

// x IS TRUE: true where x is, false where it is false or NULL.
Result<expr::ExprPtr> Binder::bind_is_true(const sql::Expr& e, const Scope& scope,
                                           Grouping* grouping) {
  ExprPtr arg = TRY(bind_boolean(*e.args[0], scope, "IS TRUE", grouping));
  if (e.is_unknown) {
    return expr::make(e.negated ? ExprKind::kIsNotNull : ExprKind::kIsNull, TypeId::kBool,
                      {std::move(arg)});
  }
  ExprPtr value = e.flag ? arg : expr::make(ExprKind::kNot, TypeId::kBool, {std::move(arg)});
  ExprPtr settled = expr::make(ExprKind::kCoalesce, TypeId::kBool,
                               {std::move(value), expr::literal(Value::of(false))});
  return e.negated ? expr::make(ExprKind::kNot, TypeId::kBool, {std::move(settled)}) : settled;
}

Result<expr::ExprPtr> Binder::bind_cast(const sql::Expr& e, const Scope& scope,
                                        Grouping* grouping) {
  Result<Type> type = e.type_name == "record" ? Result<Type>(TypeId::kRecord)
                                              : catalog_.type_of(e.type_name);
  // ARRAY[] has no type but from the cast around it.
  const bool empty_array = e.args[0]->kind == sql::ExprKind::kArray && e.args[0]->args.empty();
  if (type && type->is_array() && empty_array) {
    return coerce(expr::literal({TypeId::kUnknown, "{}"}), *type, e.location);
  }
  if (type && type->id == TypeId::kRecord && type->detail &&
      e.args[0]->kind == sql::ExprKind::kRow) {
    return RecordBinder(*this, scope, grouping).row_cast(e, *type);
  }
  // A number with more digits than numeric has here is a float all the same: 1e300::float8.
  const bool wide = type && type->is_float() && e.args[0]->kind == sql::ExprKind::kDecimal;
  ExprPtr arg = wide ? expr::literal({TypeId::kUnknown, e.args[0]->text})
                     : TRY(bind(*e.args[0], scope, grouping));
  if (!type) {
    const bool known = e.type_name == "timetz";
    if (known) return unsupported(fmt::format("the type {}", e.type_name), e.location);
    return std::move(type).error().at(sql::place_of(text_, e.location, start_));
  }
  if (arg->kind == ExprKind::kLiteral && is_unknown(arg)) {
    // An explicit cast cuts.
    const TypeId element = type->element().id;
    const bool is_text = element == TypeId::kText || element == TypeId::kBpchar;
    const bool cut = is_text && type->precision >= 0;
    if (!cut) return coerce(std::move(arg), *type, e.location);
    arg = TRY(coerce(std::move(arg), type->plain(), e.location));
  }
  if (!cast_exists(arg->type, *type, CastContext::kExplicit)) {
    return error(1228, "42846",
                 fmt::format("cannot cast type {} to {}", arg->type.name(), type->name()),
                 e.location);
  }
  const bool any_record = type->id == TypeId::kRecord && !type->detail;
  if (arg->type == *type || any_record) return arg;
  return expr::make(ExprKind::kCast, *type, {std::move(arg)});
}

}  // namespace weir::plan
