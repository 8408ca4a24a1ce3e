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
  if (kind == "AEXPR_OP" || kind == "AEXPR_LIKE" || kind == "AEXPR_ILIKE" ||
      kind == "AEXPR_SIMILAR") {
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
  return unsupported(body, fmt::format("the operator \"{}\"", name));
}

void read_arguments(Expr& e, Json body) {
  each(body, "args", [&](Json arg) {
    const Tagged t = tagged(arg);
    const bool named = t.tag == "NamedArgExpr";
    if (named) e.arg_names.resize(e.args.size());
    if (named || !e.arg_names.empty()) {
      e.arg_names.emplace_back(named ? text_at(t.body, "name") : std::string_view());
    }
    if (named) {
      add_arg(e, t.body, "arg");
    } else {
      e.args.push_back(read_expr(arg));
    }
  });
}

ExprPtr read_call(Json body) {
  ExprPtr e = make(ExprKind::kCall, body);
  std::vector<std::string> path;
  each(body, "funcname", [&](Json part) { path.push_back(string_of(part)); });
  e->name = path.empty() ? "" : path.back();
  if (path.size() > 1 && path[0] != "pg_catalog") e->name = path[0] + "." + e->name;
  read_arguments(*e, body);
  e->star = flag_at(body, "agg_star");
  e->distinct = flag_at(body, "agg_distinct");
  Json over;
  if (!body["over"].get(over)) {
    e->has_over = true;
    e->over = std::make_unique<WindowDefinition>(read_window(over));
  }
  Json filter;
  if (!body["agg_filter"].get(filter)) e->filter = read_expr(filter);
  e->variadic = flag_at(body, "func_variadic");
  e->within_group = flag_at(body, "agg_within_group");
  each(body, "agg_order", [&](Json item) { e->order.push_back(read_sort(item)); });
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

ExprPtr read_subquery(Json body) {
  ExprPtr e = make(ExprKind::kSubquery, body);
  const std::string_view kind = text_at(body, "subLinkType");
  e->name = kind == "ANY_SUBLINK"     ? "any"
            : kind == "ALL_SUBLINK"   ? "all"
            : kind == "EXPR_SUBLINK"  ? "value"
            : kind == "ARRAY_SUBLINK" ? "array"
                                      : "exists";
  if (kind == "ROWCOMPARE_SUBLINK" || kind == "MULTIEXPR_SUBLINK")
    return unsupported(body, "this kind of sub-query");
  e->text = last_name(body, "operName");
  if (e->text.empty()) e->text = "=";
  if (e->text == "!=") e->text = "<>";
  add_arg(*e, body, "testexpr");
  Json select;
  if (!body["subselect"].get(select) && tagged(select).tag == "SelectStmt") {
    e->select = read_select(tagged(select).body);
  }
  return e->select ? std::move(e) : unsupported(body, "this kind of sub-query");
}

// CURRENT_TIMESTAMP(2) and the like: a cast to the type with so many digits.
ExprPtr read_rounded_clock(Json body, std::string_view op) {
  const std::string_view type = op == "SVFOP_CURRENT_TIMESTAMP_N" ? "timestamptz"
                                : op == "SVFOP_LOCALTIMESTAMP_N"  ? "timestamp"
                                : op == "SVFOP_LOCALTIME_N"       ? "time"
                                                                  : "";
  if (type.empty()) return unsupported(body, "CURRENT_TIME");
  ExprPtr now = make(ExprKind::kCall, body);
  now->name = "now";
  ExprPtr e = make(ExprKind::kCast, body);
  e->type_name = fmt::format("{}({})", type, number_at(body, "typmod"));
  e->args.push_back(std::move(now));
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
  } else if (op == "SVFOP_LOCALTIME") {
    e->name = "localtime";
  } else if (op.ends_with("_N")) {
    return read_rounded_clock(body, op);
  } else {  // "SVFOP_CURRENT_USER", ...
    e->name = op.substr(op.find('_') + 1);
    for (char& c : e->name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return e;
}

// Text is ordered by its bytes here, whichever of these names stands there.
ExprPtr read_collation(Json body) {
  std::string name;
  Json clause;
  if (!body["collname"].get(clause)) name = last_name(body, "collname");
  Json arg;
  const bool ours = name == "default" || name == "C" || name == "POSIX";
  if (ours && !body["arg"].get(arg)) return read_expr(arg);
  return unsupported(body, "COLLATE");
}

// The grammar gives the fields of an interval as a set of bits: " year to month", or "" for all.
std::string interval_fields_name(const std::string& bits) {
  constexpr std::pair<int, std::string_view> kFields[] = {
      {1 << 2, "year"},  {1 << 1, "month"},   {1 << 3, "day"},
      {1 << 10, "hour"}, {1 << 11, "minute"}, {1 << 12, "second"}};
  const int set = bits.empty() ? 0x7fff : std::stoi(bits);
  if (set == 0x7fff) return "";
  std::string_view first;
  std::string_view last;
  for (const auto& [bit, name] : kFields) {
    if ((set & bit) == 0) continue;
    if (first.empty()) first = name;
    last = name;
  }
  return first == last ? fmt::format(" {}", first) : fmt::format(" {} to {}", first, last);
}

ExprPtr bound_of_slice(int64_t bound) {
  auto e = std::make_unique<Expr>();
  e->kind = ExprKind::kInteger;
  e->text = std::to_string(bound);
  return e;
}

// (value).field, (value).field.field, (value).*; with subscripts only in front of all fields.
ExprPtr read_steps(Json body) {
  Json arg;
  if (body["arg"].get(arg)) return unsupported(body, "this expression");
  ExprPtr e = read_expr(arg);
  bool all_fields = true;
  each(body, "indirection", [&](Json step) {
    const Tagged t = tagged(step);
    if (t.tag == "A_Indices") {
      ExprPtr element = make(ExprKind::kSubscript, t.body);
      element->location = e->location;
      all_fields = all_fields && !flag_at(t.body, "is_slice");
      element->args.push_back(std::move(e));
      add_arg(*element, t.body, "uidx");
      e = std::move(element);
      return;
    }
    ExprPtr field = make(ExprKind::kField, body);
    field->location = e->location;
    field->name = t.tag == "A_Star" ? "*" : string_of(step);
    field->args.push_back(std::move(e));
    e = std::move(field);
  });
  return all_fields ? std::move(e) : unsupported(body, "a slice among fields of a value");
}

// a[1][2] and a[1:2][:]. Where one dimension is a slice all are: [2] is then [1:2]. A bound that is
// left away is beyond every array.
ExprPtr read_subscript(Json body) {
  ExprPtr e = make(ExprKind::kSubscript, body);
  add_arg(*e, body, "arg");
  if (!e->args.empty()) e->location = e->args[0]->location;
  bool any_field = false;
  each(body, "indirection", [&](Json step) {
    any_field = any_field || tagged(step).tag != "A_Indices";
  });
  if (any_field) return read_steps(body);
  each(body, "indirection", [&](Json step) {
    e->flag = e->flag || flag_at(tagged(step).body, "is_slice");
  });
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
  if (name == "interval") {
    const size_t comma = modifiers.find(',');
    name += interval_fields_name(modifiers.substr(0, comma));
    modifiers = comma == std::string::npos ? "" : modifiers.substr(comma + 1);
  }
  if (!modifiers.empty()) name += "(" + modifiers + ")";
  if (has(body, "arrayBounds")) name += "[]";
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
  if (t.tag == "TypeCast") {
    ExprPtr e = make(ExprKind::kCast, body);
    add_arg(*e, body, "arg");
    e->type_name = read_type_name(body["typeName"].value_unsafe());
    return e;
  }
  if (t.tag == "CoalesceExpr" || t.tag == "MinMaxExpr") {
    ExprPtr e = make(t.tag == "CoalesceExpr" ? ExprKind::kCoalesce : ExprKind::kCall, body);
    e->name = text_at(body, "op") == "IS_LEAST" ? "least" : "greatest";
    each(body, "args", [&](Json arg) { e->args.push_back(read_expr(arg)); });
    return e;
  }
  if (t.tag == "SubLink") return read_subquery(body);
  if (t.tag == "A_ArrayExpr") {
    ExprPtr e = make(ExprKind::kArray, body);
    each(body, "elements", [&](Json element) { e->args.push_back(read_expr(element)); });
    return e;
  }
  if (t.tag == "A_Indirection") return read_subscript(body);
  if (t.tag == "RowExpr") {
    ExprPtr e = make(ExprKind::kRow, body);
    each(body, "args", [&](Json arg) { e->args.push_back(read_expr(arg)); });
    return e;
  }
  if (t.tag == "GroupingFunc") {
    ExprPtr e = make(ExprKind::kGrouping, body);
    e->name = "grouping";
    each(body, "args", [&](Json arg) { e->args.push_back(read_expr(arg)); });
    return e;
  }
  if (t.tag == "CollateClause") return read_collation(body);
  if (t.tag == "SetToDefault") return make(ExprKind::kDefault, body);
  return unsupported(body, fmt::format("the expression {}", t.tag));
}

}  // namespace weir::sql
