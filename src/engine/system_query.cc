#include "engine/system_query.h"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "data/wire_type.h"
#include "engine/query.h"
#include "engine/system_functions.h"
#include "plan/plan_statement.h"
#include "sql/parser.h"

namespace weir::engine {

namespace {

using sql::ExprKind;
using sql::ExprPtr;

// In queries of the catalogue only: its lists are text, and empty.
constexpr std::string_view kListText = "array_to_string";

// Arguments may stand several times in what takes their place; a sub-query may not.
ExprPtr copy(const sql::Expr& e) {
  auto out = std::make_unique<sql::Expr>();
  if (e.select) {
    out->kind = ExprKind::kUnsupported;
    out->location = e.location;
    out->name = "a sub-query in this place";
    return out;
  }
  out->kind = e.kind;
  out->location = e.location;
  out->name = e.name;
  out->names = e.names;
  out->text = e.text;
  out->type_name = e.type_name;
  for (const ExprPtr& arg : e.args) out->args.push_back(copy(*arg));
  out->flag = e.flag;
  out->negated = e.negated;
  out->symmetric = e.symmetric;
  out->is_unknown = e.is_unknown;
  out->has_operand = e.has_operand;
  out->has_else = e.has_else;
  out->number = e.number;
  out->arg_names = e.arg_names;
  out->variadic = e.variadic;
  return out;
}

void find_parameters(ExprPtr& e, std::vector<ExprPtr*>& out) {
  if (e->kind == ExprKind::kParameter) out.push_back(&e);
  for (ExprPtr& arg : e->args) find_parameters(arg, out);
}

void set_location(sql::Expr& e, int32_t location) {
  e.location = location;
  for (ExprPtr& arg : e.args) set_location(*arg, location);
}

// The last use of an argument takes it, those before it copies.
void put_arguments(ExprPtr& e, std::vector<ExprPtr>& arguments, int32_t location) {
  set_location(*e, location);
  std::vector<ExprPtr*> places;
  find_parameters(e, places);
  std::vector<ExprPtr*> last(arguments.size());
  for (ExprPtr* place : places) {
    const auto index = static_cast<size_t>((*place)->number) - 1;
    if (index >= arguments.size()) {
      (*place)->kind = ExprKind::kNull;
    } else if (last[index]) {
      **last[index] = std::move(*copy(*arguments[index]));
    }
    if (index < arguments.size()) last[index] = place;
  }
  for (size_t i = 0; i < last.size(); ++i) {
    if (last[i]) *last[i] = std::move(arguments[i]);
  }
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

// "case $1 when 16 then 'boolean' ... end", with the numbers in brackets that a modifier holds.
std::string type_cases() {
  std::string out = "case $1";
  for (const NamedType& type : system_types()) {
    out += fmt::format(" when {} then {}", type.oid, quoted(type.formatted));
    if (type.name == "numeric") {
      out +=
          " || case when $2 >= 4 then '(' || (($2 - 4) / 65536)::text || ',' || "
          "(($2 - 4) % 65536)::text || ')' else '' end";
    } else if (type.name == "varchar" || type.name == "bpchar") {
      out += " || case when $2 >= 4 then '(' || ($2 - 4)::text || ')' else '' end";
    }
  }
  for (const NamedType& type : system_types()) {
    const auto element = type_of_oid(type.oid);
    if (!element || element->id == TypeId::kUnknown) continue;
    const uint32_t array = wire_type(element->array()).oid;
    if (wire_type(*element).oid != type.oid) continue;
    out += fmt::format(" when {} then '{}[]'", array, type.formatted);
  }
  for (const PseudoType& pseudo : pseudo_types()) {
    out += fmt::format(" when {} then {}", pseudo.oid, quoted(pseudo.name));
  }
  return out + " else '-' end";
}

// 0: there is none.
uint32_t oid_of_type(std::string_view name) {
  const Result<Type> type = parse_type(name);
  if (type) return wire_type(*type).oid;
  for (const NamedType& known : system_types()) {
    if (known.name == name) return known.oid;
  }
  return pseudo_type_oid(name);
}

// "case $1 when 1100000001 then 'text, integer' ... end", over functions.
std::string function_cases(std::string (SystemFunction::*of)() const) {
  std::string out = "case $1";
  for (const SystemFunction& f : system_functions()) {
    if (f.kind != 'o') out += fmt::format(" when {} then {}", f.oid, quoted((f.*of)()));
  }
  return out + " end";
}

bool is_empty(const sql::From& from) {
  switch (from.kind) {
    case sql::FromKind::kTable: {
      const SystemRelation* relation = find_system_relation(from.schema, from.name);
      return !from.schema.empty() && relation && !relation->rows;
    }
    case sql::FromKind::kFunction: return from.name == "unnest";  // of a list: they are all NULL
    case sql::FromKind::kJoin:
      if (from.join == sql::JoinKind::kLeft) return is_empty(*from.left);
      if (from.join == sql::JoinKind::kRight) return is_empty(*from.right);
      if (from.join == sql::JoinKind::kFull) return is_empty(*from.left) && is_empty(*from.right);
      return is_empty(*from.left) || is_empty(*from.right);
    case sql::FromKind::kSubquery:
    case sql::FromKind::kGiven: return false;
  }
  return false;
}

bool has_aggregate(const sql::Select& select) {
  static constexpr std::string_view kAggregates[] = {"count",     "sum",        "min", "max", "avg",
                                                     "array_agg", "string_agg", "bool_or"};
  return std::any_of(select.items.begin(), select.items.end(), [](const sql::SelectItem& item) {
    return item.expr->kind == ExprKind::kCall &&
           std::find(std::begin(kAggregates), std::end(kAggregates), item.expr->name) !=
               std::end(kAggregates);
  });
}

bool is_empty(const sql::Select& select) {
  if (select.op != sql::SetOp::kNone) {
    return is_empty(*select.left) && (is_empty(*select.right) || select.op != sql::SetOp::kUnion);
  }
  if (select.group_by.empty() && has_aggregate(select)) return false;
  return std::any_of(select.from.begin(), select.from.end(),
                     [](const sql::From& from) { return is_empty(from); });
}

std::string name_of(const sql::SelectItem& item) {
  if (!item.alias.empty()) return item.alias;
  const sql::Expr* e = item.expr.get();
  while (e->kind == ExprKind::kCast) e = e->args[0].get();
  if (e->kind == ExprKind::kColumn) return e->names.back();
  if (e->kind == ExprKind::kCase) return "case";
  return e->kind == ExprKind::kCall ? e->name : "?column?";
}

// Of a call or a cast, which may become another expression; empty: what it says is what it is.
std::string name_before(const sql::SelectItem& item) {
  if (!item.alias.empty()) return item.alias;
  if (item.expr->kind == ExprKind::kCall) return item.expr->name;
  const std::string name = item.expr->kind == ExprKind::kCast ? name_of(item) : "";
  return name == "?column?" || name == "case" ? "" : name;
}

Schema names_only(const sql::Select& select) {
  if (select.left) return names_only(*select.left);
  Schema schema;
  for (const sql::SelectItem& item : select.items) {
    schema.fields.push_back({name_of(item), TypeId::kText});
  }
  return schema;
}

}  // namespace

Result<bool> SystemQuery::prepare(std::string_view text, sql::Select& select) {
  text_ = text;
  // Every name of the catalogue's relations is one of these.
  may_read_ = text.find("pg_") != std::string_view::npos ||
              text.find("information_schema") != std::string_view::npos;
  TRY_VOID(rewrite(select));
  return !read_.empty();
}

const std::vector<SystemObject>& SystemQuery::objects() {
  if (!objects_) objects_ = system_objects(relations_());
  return *objects_;
}

Status SystemQuery::rewrite(sql::Select& select) {
  for (sql::CommonTable& table : select.with) {
    if (table.select) TRY_VOID(rewrite(*table.select));
  }
  for (sql::From& from : select.from) TRY_VOID(rewrite(from));
  for (sql::SelectItem& item : select.items) {
    const std::string name = name_before(item);
    TRY_VOID(rewrite(item.expr));
    item.alias = name;
  }
  for (sql::ExprPtr* e : {&select.where, &select.having, &select.limit, &select.offset}) {
    if (*e) TRY_VOID(rewrite(*e));
  }
  for (sql::ExprPtr& e : select.group_by) TRY_VOID(rewrite(e));
  for (sql::SortItem& item : select.order) TRY_VOID(rewrite(item.expr));
  for (auto& row : select.values) {
    for (sql::ExprPtr& e : row) TRY_VOID(rewrite(e));
  }
  if (select.left) TRY_VOID(rewrite(*select.left));
  if (select.right) TRY_VOID(rewrite(*select.right));
  return {};
}

Status SystemQuery::rewrite(sql::From& from) {
  if (from.select) TRY_VOID(rewrite(*from.select));
  if (from.left) TRY_VOID(rewrite(*from.left));
  if (from.right) TRY_VOID(rewrite(*from.right));
  if (from.on) TRY_VOID(rewrite(from.on));
  if (from.kind != sql::FromKind::kTable) return {};
  if (const SystemRelation* relation = find_system_relation(from.schema, from.name)) {
    from.schema = relation->schema;
    read_.push_back(relation);
  }
  return {};
}

Status SystemQuery::rewrite(sql::ExprPtr& e) {
  for (sql::ExprPtr& arg : e->args) TRY_VOID(rewrite(arg));
  if (e->filter) TRY_VOID(rewrite(e->filter));
  if (e->kind == ExprKind::kCast) return rewrite_cast(e);
  if (e->kind == ExprKind::kCall) return rewrite_call(e);
  if (e->kind != ExprKind::kSubquery || !e->select) return {};
  TRY_VOID(rewrite(*e->select));
  if (!may_read_ || !is_empty(*e->select)) return {};
  const std::string kind = std::move(e->name);
  e->args.clear();
  e->kind = kind == "value"   ? ExprKind::kNull
            : kind == "array" ? ExprKind::kString
                              : ExprKind::kBool;
  e->flag = kind == "all";
  e->text = kind == "array" ? "{}" : "";
  return {};
}

// The names of PostgreSQL's types for names and object ids.
Status SystemQuery::rewrite_cast(sql::ExprPtr& e) {
  std::string& type = e->type_name;
  if (type == "regclass") {
    sql::Expr& arg = *e->args[0];
    uint32_t number = 0;
    if (arg.kind != ExprKind::kString) {
      ExprPtr named = TRY(sql::parse_expression(
          cases([](const SystemObject& o) { return o.relation.name; })));
      put_arguments(named, e->args, e->location);
      e = std::move(named);
      return {};
    }
    const auto [end, code] =
        std::from_chars(arg.text.data(), arg.text.data() + arg.text.size(), number);
    if (code != std::errc() || end != arg.text.data() + arg.text.size()) {
      const auto oid = oid_of_relation(objects(), arg.text);
      if (!oid) {
        return Error(ErrorKind::kInvalidStatement, 1686,
                     fmt::format("relation \"{}\" does not exist", arg.text))
            .sqlstate("42P01")
            .at(sql::place_of(text_, arg.location, {"", 1, 1, 0, 0}));
      }
      arg.text = std::to_string(*oid);
    }
    type = "bigint";
  } else if (type == "oid") {
    type = "bigint";
  } else if (type == "regtype" && !read_.empty()) {
    return rewrite_type_cast(e);
  } else if (type == "name" || type == "char" || type == "regtype" || type == "regproc" ||
             type == "regrole" || type == "regnamespace") {
    type = "text";
  }
  return {};
}

// Where catalogues are read types are object ids: 'integer'::regtype is one; of a column it is a
// name.
Status SystemQuery::rewrite_type_cast(sql::ExprPtr& e) {
  sql::Expr& arg = *e->args[0];
  if (arg.kind != ExprKind::kString) {
    ExprPtr named = TRY(sql::parse_expression(type_cases()));
    put_arguments(named, e->args, e->location);
    e = std::move(named);
    return {};
  }
  std::string_view name = arg.text;
  if (name.starts_with("pg_catalog.")) name.remove_prefix(11);
  const uint32_t oid = oid_of_type(name);
  if (oid == 0) {
    return Error(ErrorKind::kInvalidStatement, 1364,
                 fmt::format("type \"{}\" does not exist", arg.text))
        .sqlstate("42704")
        .at(sql::place_of(text_, arg.location, {"", 1, 1, 0, 0}));
  }
  arg.text = std::to_string(oid);
  e->type_name = "bigint";
  return {};
}

Status SystemQuery::rewrite_call(sql::ExprPtr& e) {
  if (e->name == "current_setting" && !e->args.empty() && e->args[0]->kind == ExprKind::kString) {
    const auto value = setting_of_(e->args[0]->text);
    e->kind = value ? ExprKind::kString : ExprKind::kNull;
    e->text = value.value_or("");
    e->args.clear();
    return {};
  }
  const bool literal = e->args.size() == 1 && e->args[0]->kind == ExprKind::kString;
  if (e->name == "to_regclass" && literal) {
    const auto oid = oid_of_relation(objects(), e->args[0]->text);
    e->kind = oid ? ExprKind::kDecimal : ExprKind::kNull;
    e->text = oid ? std::to_string(*oid) : "";
    e->args.clear();
    return {};
  }
  const std::string expression = expression_of(e->name, e->args.size());
  if (expression.empty()) return {};
  ExprPtr fresh = TRY(sql::parse_expression(expression));
  put_arguments(fresh, e->args, e->location);
  e = std::move(fresh);
  return {};
}

// What stands for a function; empty: it is none of these.
std::string SystemQuery::expression_of(const std::string& function, size_t arguments) {
  if (function == "format_type" && arguments == 2) return type_cases();
  if (function == "pg_get_function_arguments" || function == "pg_get_function_identity_arguments")
    return function_cases(&SystemFunction::arguments);
  if (function == "pg_get_function_result") return function_cases(&SystemFunction::result_text);
  if (function == kListText) return may_read_ ? "$1" : "";
  if (function == "pg_table_is_visible" && arguments == 1) {
    return fmt::format("$1 not between {} and {}", kFirstHiddenOid, kLastHiddenOid);
  }
  if (function == "to_regclass" && arguments == 1) {
    std::string out = "case $1";
    for (const SystemObject& o : objects()) {
      for (const std::string schema : {"", "public."}) {
        out += fmt::format(" when {} then {}", quoted(schema + o.relation.name), o.oid);
      }
    }
    return out + " when null then 0 end";
  }
  if (function == "pg_get_viewdef") {
    return cases([](const SystemObject& o) { return o.relation.definition; });
  }
  if (function == "pg_get_indexdef") {
    std::string out = "case $1";
    for (const SystemObject& o : objects()) {
      if (o.index_oid == 0) continue;
      out += fmt::format(" when {} then {}", o.index_oid, quoted(index_definition(o)));
    }
    return out + " when 0 then null else null::text end";
  }
  return "";
}

std::string SystemQuery::cases(std::string (*of)(const SystemObject&)) {
  std::string out = "case $1";
  for (const SystemObject& o : objects()) {
    out += fmt::format(" when {} then {}", o.oid, quoted(of(o)));
  }
  return out + " when 0 then '-' else $1::text end";
}

Result<plan::View> SystemQuery::plan(std::string_view text, const sql::Select& select,
                                     const std::vector<Value>& parameters) const {
  catalog::Catalog catalog;
  for (const SystemRelation* relation : read_) {
    catalog.add_view(fmt::format("{}.{}", relation->schema, relation->name),
                     system_schema(*relation));
  }
  return plan::plan_select(text, select, catalog, parameters);
}

Result<StatementResult> SystemQuery::run(std::string_view text, const sql::Select& select,
                                         const std::vector<Value>& parameters, Micros now) {
  const Result<plan::View> view = plan(text, select, parameters);
  if (!view) {
    if (!is_empty(select)) return view.error();
    StatementResult none;
    none.has_rows = true;
    none.schema = names_only(select);
    none.tag = "SELECT 0";
    return none;
  }
  const auto contents = [&](const std::string& name) -> Result<std::vector<Batch>> {
    const size_t dot = name.find('.');
    const SystemRelation* relation =
        find_system_relation(name.substr(0, dot), name.substr(dot + 1));
    std::vector<Batch> batches;
    if (relation) batches.push_back(system_rows(*relation, objects()));
    return batches;
  };
  return run_query(*view, {}, {contents, now, {}});
}

Result<StatementDescription> SystemQuery::describe(std::string_view text,
                                                   const sql::Select& select,
                                                   const std::vector<Value>& parameters) {
  const Result<plan::View> view = plan(text, select, parameters);
  if (view) return describe_query(*view);
  if (!is_empty(select)) return view.error();
  return StatementDescription{{}, true, names_only(select)};
}

}  // namespace weir::engine
