#include <fmt/core.h>

#include "sql/tree_reader_internal.h"

namespace weir::sql {

namespace {

ExprPtr make(ExprKind kind, Json body) {
  auto e = std::make_unique<Expr>();
  e->kind = kind;
  int64_t location = 0;
  e->location = body["location"].get(location) ? 0 : static_cast<int32_t>(location);
  return e;
}

void add_arg(Expr& e, Json body, const char* key) {
  Json child;
  if (!body[key].get(child)) e.args.push_back(read_expr(child));
}

std::string last_name(Json body, const char* key) {
  std::string name;
  each(body, key, [&](Json part) { name = string_of(part); });
  return name;
}

ExprPtr read_constant(Json body) {
  if (flag_at(body, "isnull")) return make(ExprKind::kNull, body);
  if (has(body, "boolval")) {
    ExprPtr e = make(ExprKind::kBool, body);
    e->flag = flag_at(body["boolval"].value_unsafe(), "boolval");
    return e;
  }
  if (has(body, "sval")) {
    ExprPtr e = make(ExprKind::kString, body);
    e->text = text_at(body["sval"].value_unsafe(), "sval");
    return e;
  }
  if (has(body, "fval")) {
    ExprPtr e = make(ExprKind::kDecimal, body);
    e->text = text_at(body["fval"].value_unsafe(), "fval");
    return e;
  }
  if (has(body, "bsval")) return unsupported(body, "a bit string");
  ExprPtr e = make(ExprKind::kInteger, body);
  Json value;
  e->text = std::to_string(body["ival"].get(value) ? 0 : number_at(value, "ival"));
  return e;
}

ExprPtr read_column(Json body) {
  ExprPtr e = make(ExprKind::kColumn, body);
  each(body, "fields", [&](Json field) {
    e->names.push_back(tagged(field).tag == "A_Star" ? "*" : string_of(field));
  });
  return e;
}

void read_list(Expr& e, Json body, const char* key) {
  Json child;
  if (body[key].get(child)) return;
  const Tagged list = tagged(child);
  if (list.tag == "List") {
    each(list.body, "items", [&](Json item) { e.args.push_back(read_expr(item)); });
  } else {
    e.args.push_back(read_expr(child));
  }
}

ExprPtr read_operator(Json body) {
  const std::string_view kind = text_at(body, "kind");
  const std::string name = last_name(body, "name");
  ExprPtr e = make(ExprKind::kOperator, body);
  e->name = name == "!=" ? "<>" : name;
  if (kind == "AEXPR_OP" || kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE") {
    add_arg(*e, body, "lexpr");
    add_arg(*e, body, "rexpr");
    return e;
  }
  if (kind == "AEXPR_DISTINCT" || kind == "AEXPR_NOT_DISTINCT") {
    e->name = kind == "AEXPR_DISTINCT" ? "is distinct from" : "is not distinct from";
    add_arg(*e, body, "lexpr");
    add_arg(*e, body, "rexpr");
    return e;
  }
  if (kind == "AEXPR_NULLIF") {
    e->kind = ExprKind::kNullIf;
    add_arg(*e, body, "lexpr");
    add_arg(*e, body, "rexpr");
    return e;
  }
  if (kind == "AEXPR_IN") {
    e->kind = ExprKind::kIn;
    e->negated = name == "<>";
    add_arg(*e, body, "lexpr");
    read_list(*e, body, "rexpr");
    return e;
  }
  if (kind.starts_with("AEXPR_BETWEEN") || kind.starts_with("AEXPR_NOT_BETWEEN")) {
    e->kind = ExprKind::kBetween;
    e->negated = kind.starts_with("AEXPR_NOT");
    e->symmetric = kind.ends_with("_SYM");
    add_arg(*e, body, "lexpr");
    read_list(*e, body, "rexpr");
    return e;
  }
  if (kind == "AEXPR_OP_ANY" || kind == "AEXPR_OP_ALL") {
    e->kind = ExprKind::kQuantified;
    e->negated = kind == "AEXPR_OP_ALL";
    add_arg(*e, body, "lexpr");
    add_arg(*e, body, "rexpr");
    return e;
  }
  if (kind == "AEXPR_SIMILAR") return unsupported(body, "SIMILAR TO");
  return unsupported(body, fmt::format("the operator \"{}\"", name));
}

ExprPtr read_call(Json body) {
  ExprPtr e = make(ExprKind::kCall, body);
  std::vector<std::string> path;
  each(body, "funcname", [&](Json part) { path.push_back(string_of(part)); });
  e->name = path.empty() ? "" : path.back();
  if (path.size() > 1 && path[0] != "pg_catalog") e->name = path[0] + "." + e->name;
  each(body, "args", [&](Json arg) { e->args.push_back(read_expr(arg)); });
  e->star = flag_at(body, "agg_star");
  e->distinct = flag_at(body, "agg_distinct");
  e->has_over = has(body, "over");
  Json filter;
  if (!body["agg_filter"].get(filter)) e->filter = read_expr(filter);
  if (flag_at(body, "agg_within_group")) return unsupported(body, "WITHIN GROUP");
  if (flag_at(body, "func_variadic")) return unsupported(body, "VARIADIC");
  if (has(body, "agg_order")) return unsupported(body, "ORDER BY inside an aggregate");
  return e;
}

ExprPtr read_case(Json body) {
  ExprPtr e = make(ExprKind::kCase, body);
  e->has_operand = has(body, "arg");
  add_arg(*e, body, "arg");
  each(body, "args", [&](Json when) {
    const Json parts = tagged(when).body;
    add_arg(*e, parts, "expr");
    add_arg(*e, parts, "result");
  });
  e->has_else = has(body, "defresult");
  add_arg(*e, body, "defresult");
  return e;
}

ExprPtr read_bool_test(Json body) {
  ExprPtr e = make(ExprKind::kIsTrue, body);
  const std::string_view kind = text_at(body, "booltesttype");
  e->flag = kind.ends_with("TRUE");
  e->is_unknown = kind.ends_with("UNKNOWN");
  e->negated = kind.starts_with("IS_NOT");
  add_arg(*e, body, "arg");
  return e;
}

ExprPtr read_bool(Json body) {
  const std::string_view op = text_at(body, "boolop");
  ExprPtr e = make(op == "AND_EXPR"  ? ExprKind::kAnd
                   : op == "OR_EXPR" ? ExprKind::kOr
                                     : ExprKind::kNot,
                   body);
  each(body, "args", [&](Json arg) { e->args.push_back(read_expr(arg)); });
  return e;
}

ExprPtr read_value_function(Json body) {
  const std::string_view op = text_at(body, "op");
  ExprPtr e = make(ExprKind::kCall, body);
  if (op == "SVFOP_CURRENT_TIMESTAMP") {
    e->name = "now";
  } else if (op == "SVFOP_CURRENT_DATE") {
    e->name = "current_date";
  } else if (op == "SVFOP_LOCALTIMESTAMP") {
    e->name = "localtimestamp";
  } else {
    return unsupported(body, "this session value");
  }
  return e;
}

// The fields of `interval '90' minute` as bits, and the unit of a number without one.
struct IntervalField {
  int64_t mask;
  std::string_view unit;
};
constexpr IntervalField kIntervalFields[] = {{1 << 2, "year"},  {1 << 1, "month"},
                                             {1 << 3, "day"},   {1 << 10, "hour"},
                                             {1 << 11, "minute"}, {1 << 12, "second"}};
constexpr int64_t kAllFields = 0x7fff;

bool is_number(std::string_view text, bool whole) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const std::string_view allowed = whole ? "0123456789" : "0123456789.";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// False: fields that would take something away from the value, which is not done here.
bool apply_interval_fields(Expr& cast, Json type) {
  std::vector<int64_t> modifiers;
  each(type, "typmods", [&](Json node) {
    const ExprPtr e = read_expr(node);
    modifiers.push_back(e->kind == ExprKind::kInteger && e->text.size() < 9
                            ? std::stoll(e->text) : -1);
  });
  if (modifiers.empty()) return true;
  if (modifiers.size() > 1 && modifiers[1] != 6) return false;
  if (modifiers[0] == kAllFields) return true;
  const bool literal = cast.args.size() == 1 && cast.args[0]->kind == ExprKind::kString;
  for (const auto& [mask, unit] : kIntervalFields) {
    if (!literal || mask != modifiers[0] || !is_number(cast.args[0]->text, unit != "second")) {
      continue;
    }
    cast.args[0]->text += " " + std::string(unit);
    return true;
  }
  return false;
}

ExprPtr read_cast(Json body) {
  ExprPtr e = make(ExprKind::kCast, body);
  add_arg(*e, body, "arg");
  const Json type = body["typeName"].value_unsafe();
  e->type_name = read_type_name(type);
  if (e->type_name == "interval" && !apply_interval_fields(*e, type)) {
    return unsupported(body, "an interval with fields or a precision");
  }
  return e;
}

ExprPtr bound_of_slice(int64_t bound) {
  auto e = std::make_unique<Expr>();
  e->kind = ExprKind::kInteger;
  e->text = std::to_string(bound);
  return e;
}

// a[1][2] and a[1:2][:]. Where one dimension is a slice all are: [2] is then [1:2]. A bound that is
// left away is beyond every array.
ExprPtr read_subscript(Json body) {
  ExprPtr e = make(ExprKind::kSubscript, body);
  add_arg(*e, body, "arg");
  if (!e->args.empty()) e->location = e->args[0]->location;
  bool only_indices = true;
  each(body, "indirection", [&](Json step) {
    const Tagged t = tagged(step);
    only_indices = only_indices && t.tag == "A_Indices";
    e->flag = e->flag || flag_at(t.body, "is_slice");
  });
  if (!only_indices) return unsupported(body, "a field of a value");
  each(body, "indirection", [&](Json step) {
    const Json index = tagged(step).body;
    const bool slice = flag_at(index, "is_slice");
    if (has(index, "lidx")) {
      add_arg(*e, index, "lidx");
    } else if (e->flag) {
      e->args.push_back(bound_of_slice(slice ? INT32_MIN : 1));
    }
    if (has(index, "uidx")) {
      add_arg(*e, index, "uidx");
    } else {
      e->args.push_back(bound_of_slice(INT32_MAX));
    }
  });
  return e;
}

}  // namespace

ExprPtr unsupported(Json body, std::string what) {
  ExprPtr e = make(ExprKind::kUnsupported, body);
  e->name = std::move(what);
  return e;
}

std::string string_of(Json node) {
  const Tagged t = tagged(node);
  if (t.tag != "String") return "";
  return std::string(text_at(t.body, has(t.body, "sval") ? "sval" : "str"));
}

std::string read_type_name(Json body) {
  std::string name;
  each(body, "names", [&](Json part) {
    const std::string text = string_of(part);
    if (text != "pg_catalog") name += (name.empty() ? "" : ".") + text;
  });
  std::string modifiers;
  each(body, "typmods", [&](Json modifier) {
    const ExprPtr e = read_expr(modifier);
    modifiers += (modifiers.empty() ? "" : ",") + e->text;
  });
  if (name == "interval") modifiers.clear();  // read_cast() looks at them
  if (!modifiers.empty()) name += "(" + modifiers + ")";
  if (has(body, "arrayBounds")) name += "[]";
  if (name == "bpchar") name = "character";
  return name;
}

ExprPtr read_expr(Json node) {
  const Tagged t = tagged(node);
  const Json body = t.body;
  if (t.tag == "ColumnRef") return read_column(body);
  if (t.tag == "A_Const") return read_constant(body);
  if (t.tag == "A_Expr") return read_operator(body);
  if (t.tag == "FuncCall") return read_call(body);
  if (t.tag == "BoolExpr") return read_bool(body);
  if (t.tag == "CaseExpr") return read_case(body);
  if (t.tag == "BooleanTest") return read_bool_test(body);
  if (t.tag == "SQLValueFunction") return read_value_function(body);
  if (t.tag == "ParamRef") {
    ExprPtr e = make(ExprKind::kParameter, body);
    e->number = static_cast<int32_t>(number_at(body, "number"));
    return e;
  }
  if (t.tag == "NullTest") {
    ExprPtr e = make(ExprKind::kIsNull, body);
    e->negated = text_at(body, "nulltesttype") == "IS_NOT_NULL";
    add_arg(*e, body, "arg");
    return e;
  }
  if (t.tag == "TypeCast") return read_cast(body);
  if (t.tag == "CoalesceExpr" || t.tag == "MinMaxExpr") {
    ExprPtr e = make(t.tag == "CoalesceExpr" ? ExprKind::kCoalesce : ExprKind::kCall, body);
    e->name = text_at(body, "op") == "IS_LEAST" ? "least" : "greatest";
    each(body, "args", [&](Json arg) { e->args.push_back(read_expr(arg)); });
    return e;
  }
  if (t.tag == "SubLink") return unsupported(body, "a sub-query in an expression");
  if (t.tag == "A_ArrayExpr") {
    ExprPtr e = make(ExprKind::kArray, body);
    each(body, "elements", [&](Json element) { e->args.push_back(read_expr(element)); });
    return e;
  }
  if (t.tag == "A_Indirection") return read_subscript(body);
  if (t.tag == "RowExpr") return unsupported(body, "a row value");
  if (t.tag == "GroupingFunc") return unsupported(body, "GROUPING");
  if (t.tag == "CollateClause") return unsupported(body, "COLLATE");
  if (t.tag == "SetToDefault") return unsupported(body, "DEFAULT");
  if (t.tag == "NamedArgExpr") return unsupported(body, "a named argument");
  return unsupported(body, fmt::format("the expression {}", t.tag));
}

}  // namespace weir::sql
