#include "expr/expr.h"

#include <bit>

#include <fmt/core.h>

#include "data/text_form.h"
#include "expr/function.h"

namespace weir::expr {

ExprPtr column_ref(uint32_t column, Type type) {
  return std::make_shared<const Expr>(Expr{ExprKind::kColumn, type, column, {}, nullptr, {}, 0});
}

ExprPtr literal(Value value) {
  const Type type = value.type;
  return std::make_shared<const Expr>(
      Expr{ExprKind::kLiteral, type, 0, std::move(value), nullptr, {}, 0});
}

ExprPtr call(const Function& function, std::vector<ExprPtr> args, Type result) {
  return std::make_shared<const Expr>(
      Expr{ExprKind::kCall, result, 0, {}, &function, std::move(args), 0});
}

ExprPtr make(ExprKind kind, Type type, std::vector<ExprPtr> args) {
  return std::make_shared<const Expr>(Expr{kind, type, 0, {}, nullptr, std::move(args), 0});
}

namespace {

const char* kind_name(ExprKind kind) {
  switch (kind) {
    case ExprKind::kColumn: return "col";
    case ExprKind::kLiteral: return "lit";
    case ExprKind::kCall: return "call";
    case ExprKind::kAnd: return "and";
    case ExprKind::kOr: return "or";
    case ExprKind::kNot: return "not";
    case ExprKind::kIsNull: return "is_null";
    case ExprKind::kIsNotNull: return "is_not_null";
    case ExprKind::kCase: return "case";
    case ExprKind::kCoalesce: return "coalesce";
    case ExprKind::kCast: return "cast";
    case ExprKind::kNow: return "now";
    case ExprKind::kOuter: return "outer";
    case ExprKind::kPending: return "pending";
    case ExprKind::kAnyElement: return "any";
    case ExprKind::kAllElements: return "all";
    case ExprKind::kErrorOf: return "error_of";
  }
  return "";
}

void put_canonical(const Expr& e, const std::vector<std::string>& names, std::string& out) {
  out += kind_name(e.kind);
  switch (e.kind) {
    case ExprKind::kColumn: out += ":" + names.at(e.column); break;
    case ExprKind::kLiteral:
      out += e.literal.is_null() ? ":null" : fmt::format(":'{}'", text_form(e.literal));
      break;
    case ExprKind::kAnyElement:
    case ExprKind::kAllElements:
    case ExprKind::kCall: out += fmt::format(":{}", e.function->name); break;
    case ExprKind::kOuter:
    case ExprKind::kPending: out += fmt::format(":{}.{}", e.level, e.column); break;
    default: break;
  }
  out += ":" + e.type.name();
  if (e.args.empty()) return;
  out += "(";
  for (size_t i = 0; i < e.args.size(); ++i) {
    if (i > 0) out += ",";
    put_canonical(*e.args[i], names, out);
  }
  out += ")";
}

void collect(const Expr& e, std::vector<uint32_t>& out) {
  if (e.kind == ExprKind::kColumn) out.push_back(e.column);
  for (const ExprPtr& arg : e.args) collect(*arg, out);
}

bool is_foldable(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kColumn:
    case ExprKind::kNow:
    case ExprKind::kOuter:
    case ExprKind::kPending: return false;
    default: break;
  }
  if (e.function && e.function->volatility != Volatility::kImmutable) return false;
  return std::all_of(e.args.begin(), e.args.end(),
                     [](const auto& arg) { return is_foldable(*arg); });
}

}  // namespace

std::string canonical_text(const Expr& e, const std::vector<std::string>& column_names) {
  std::string out;
  put_canonical(e, column_names, out);
  return out;
}

void collect_columns(const Expr& e, std::vector<uint32_t>& out) {
  collect(e, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

ExprPtr remap_columns(const ExprPtr& e, const std::vector<uint32_t>& new_position) {
  if (e->kind == ExprKind::kColumn) return column_ref(new_position.at(e->column), e->type);
  if (e->args.empty()) return e;
  Expr copy = *e;
  for (ExprPtr& arg : copy.args) arg = remap_columns(arg, new_position);
  return std::make_shared<const Expr>(std::move(copy));
}

ExprPtr replace_leaves(const ExprPtr& e, const Replacement& replace) {
  if (e->args.empty()) {
    ExprPtr other = replace(*e);
    return other ? other : e;
  }
  Expr copy = *e;
  for (ExprPtr& arg : copy.args) arg = replace_leaves(arg, replace);
  return std::make_shared<const Expr>(std::move(copy));
}

bool any_leaf(const Expr& e, const std::function<bool(const Expr& leaf)>& is) {
  if (e.args.empty()) return is(e);
  return std::any_of(e.args.begin(), e.args.end(),
                     [&](const ExprPtr& arg) { return any_leaf(*arg, is); });
}

ExprPtr conjunction(std::vector<ExprPtr> conjuncts) {
  if (conjuncts.empty()) return nullptr;
  if (conjuncts.size() == 1) return conjuncts[0];
  return make(ExprKind::kAnd, TypeId::kBool, std::move(conjuncts));
}

void split_conjuncts(const ExprPtr& e, std::vector<ExprPtr>& out) {
  if (e->kind != ExprKind::kAnd) {
    out.push_back(e);
    return;
  }
  for (const ExprPtr& arg : e->args) split_conjuncts(arg, out);
}

namespace {

bool always_fits(Type from, Type to) {
  if (to.id == TypeId::kText) return true;
  const auto rank = [](TypeId id) {
    return id == TypeId::kInt2 ? 1 : id == TypeId::kInt4 ? 2 : id == TypeId::kInt8 ? 3 : 0;
  };
  if (rank(from.id) == 0) return false;
  if (to.id == TypeId::kFloat8 || to == Type(TypeId::kNumeric)) return true;
  return rank(from.id) <= rank(to.id);
}

bool is_comparison(std::string_view name) {
  return name == "=" || name == "<>" || name == "<" || name == "<=" || name == ">" || name == ">=";
}

bool may_fail_itself(const Expr& e) {
  switch (e.kind) {
    case ExprKind::kCall:
    case ExprKind::kAnyElement:
    case ExprKind::kAllElements: return !is_comparison(e.function->name);
    case ExprKind::kCast: return !always_fits(e.args[0]->type, e.type);
    default: return false;
  }
}

}  // namespace

bool may_fail(const Expr& e) {
  if (e.kind == ExprKind::kErrorOf) return false;
  return may_fail_itself(e) || std::any_of(e.args.begin(), e.args.end(),
                                           [](const ExprPtr& arg) { return may_fail(*arg); });
}

ExprPtr only_where(const ExprPtr& condition, const ExprPtr& e) {
  ExprPtr nothing = literal({e->type, {}});
  return make(ExprKind::kCase, e->type, {condition, e, std::move(nothing)});
}

ExprPtr fold_constants(const ExprPtr& e) {
  if (e->kind == ExprKind::kLiteral || (e->args.empty() && !is_foldable(*e))) return e;
  if (is_foldable(*e)) {
    Batch one_row;
    one_row.rows = 1;
    const Evaluated evaluated = evaluate(*e, one_row, {});
    if (!evaluated.errors.empty()) return e;  // the error belongs to rows, where there are any
    Value value = value_at(*evaluated.column, 0);
    value.type = e->type;
    return literal(std::move(value));
  }
  Expr copy = *e;
  for (ExprPtr& arg : copy.args) arg = fold_constants(arg);
  return std::make_shared<const Expr>(std::move(copy));
}

namespace {

// The same constant: NaN is itself, and -0 is not 0 though they compare equal.
bool same_constant(const Value& a, const Value& b) {
  const auto* x = std::get_if<double>(&a.data);
  const auto* y = std::get_if<double>(&b.data);
  if (!x || !y) return a == b;
  return a.type == b.type && std::bit_cast<uint64_t>(*x) == std::bit_cast<uint64_t>(*y);
}

}  // namespace

bool equal(const Expr& a, const Expr& b) {
  if (a.kind != b.kind || a.type != b.type || a.column != b.column || a.function != b.function || a.level != b.level ||
      a.args.size() != b.args.size() || !same_constant(a.literal, b.literal)) {
    return false;
  }
  for (size_t i = 0; i < a.args.size(); ++i) {
    if (!equal(*a.args[i], *b.args[i])) return false;
  }
  return true;
}

}  // namespace weir::expr
