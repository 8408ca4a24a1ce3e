#include "plan/record_binder.h"

#include <fmt/core.h>

#include "data/cast.h"
#include "data/type_detail.h"
#include "expr/function.h"
#include "expr/table_function.h"
#include "plan/build.h"
#include "sql/parser.h"

namespace weir::plan {

using expr::ExprKind;

namespace {

bool is_record(const Type& type) { return type.id == TypeId::kRecord && type.detail; }

const expr::Function& named_function(std::string_view name, const std::vector<Type>& types) {
  Result<expr::Resolved> resolved = expr::resolve_function(name, types);
  WEIR_CHECK(resolved.has_value());
  return *resolved->function;
}

expr::ExprPtr row_of(std::vector<expr::ExprPtr> values, Type type) {
  std::vector<Type> types;
  for (const expr::ExprPtr& value : values) types.push_back(value->type);
  return expr::call(named_function("row", types), std::move(values), type);
}

bool is_row_call(const expr::Expr& e) {
  return e.kind == ExprKind::kCall && e.function->name == "row";
}

expr::ExprPtr field_of(const expr::ExprPtr& record, size_t index) {
  if (is_row_call(*record)) return record->args[index];
  return expr::call(named_function(".", {record->type, TypeId::kInt4}),
                    {record, expr::literal({TypeId::kInt4, static_cast<int64_t>(index)})},
                    record->type.detail->fields[index].type);
}

sql::Expr reference_to(const ScopeColumn& column, int32_t location) {
  sql::Expr reference;
  reference.kind = sql::ExprKind::kColumn;
  reference.location = location;
  reference.names = {column.table, column.name};
  return reference;
}

bool is_table_star(const sql::Expr& e) {
  return e.kind == sql::ExprKind::kColumn && e.names.back() == "*" && e.names.size() > 1;
}

std::vector<ScopeColumn> columns_of(const Scope& scope, const std::string& table) {
  std::vector<ScopeColumn> found;
  for (const ScopeColumn& column : scope.columns) {
    if (column.table == table) found.push_back(column);
  }
  return found;
}

}  // namespace

Error RecordBinder::error(uint16_t code, const char* sqlstate, std::string message,
                          int32_t location) const {
  return binder_.error(code, sqlstate, std::move(message), location);
}

Error RecordBinder::unsupported(std::string_view what, int32_t location) const {
  return binder_.unsupported(what, location);
}

Result<expr::ExprPtr> RecordBinder::column(const ScopeColumn& column, int32_t location) {
  return binder_.bind(reference_to(column, location), *scope_, grouping_);
}

std::vector<ScopeColumn> RecordBinder::columns_of_table(const std::string& table) const {
  if (table.empty()) return {};
  std::vector<ScopeColumn> columns = columns_of(*scope_, table);
  for (auto level = binder_.levels_.rbegin();
       columns.empty() && level != binder_.levels_.rend(); ++level) {
    if (level->visible && !level->forbidden) columns = columns_of(*level->scope, table);
  }
  return columns;
}

Result<std::vector<expr::ExprPtr>> RecordBinder::values_of_table(const sql::Expr& e) {
  std::vector<ExprPtr> values;
  if (e.kind != sql::ExprKind::kColumn) return values;
  const bool is_name = e.names.size() == 1 &&
                       std::holds_alternative<NameError>(find_column(*scope_, e.names));
  if (!is_name && !is_table_star(e)) return values;
  if (is_name) {
    bool is_outer = false;
    TRY(binder_.bind_outer(e, is_outer));
    if (is_outer) return values;
  }
  const std::string& table = e.names[is_name ? 0 : e.names.size() - 2];
  for (const ScopeColumn& column : columns_of_table(table)) {
    values.push_back(TRY(this->column(column, e.location)));
  }
  return values;
}

// t and t.* as a value. Where an outer join may leave the row away, a column of the table that is
// never NULL says whether it is there.
Result<expr::ExprPtr> RecordBinder::whole_row(const std::vector<ScopeColumn>& columns,
                                              int32_t location) {
  std::vector<RecordField> fields;
  std::vector<ExprPtr> values;
  ExprPtr marker;
  for (const ScopeColumn& column : columns) {
    values.push_back(TRY(this->column(column, location)));
    fields.push_back({column.name, column.type});
    if (column.optional && column.not_null) marker = values.back();
  }
  const Type type = record_type(fields);
  ExprPtr row = row_of(std::move(values), type);
  if (!columns[0].optional) return row;
  if (!marker) {
    return unsupported(fmt::format("the row of \"{}\", which an outer join may leave away and "
                                   "which has no NOT NULL column,",
                                   columns[0].table),
                       location);
  }
  ExprPtr absent = expr::make(ExprKind::kIsNull, TypeId::kBool, {std::move(marker)});
  return expr::make(ExprKind::kCase, type,
                    {std::move(absent), expr::literal(Value::null(type)), std::move(row)});
}

// ROW(a, t.*): with the columns of t in its place.
Result<std::vector<expr::ExprPtr>> RecordBinder::row_items(const std::vector<sql::ExprPtr>& list) {
  std::vector<ExprPtr> values;
  for (const sql::ExprPtr& e : list) {
    if (!is_table_star(*e)) {
      values.push_back(TRY(binder_.bind(*e, *scope_, grouping_)));
      continue;
    }
    const std::vector<ScopeColumn> columns = columns_of_table(e->names[e->names.size() - 2]);
    if (columns.empty()) values.push_back(TRY(binder_.bind(*e, *scope_, grouping_)));
    for (const ScopeColumn& column : columns) {
      values.push_back(TRY(this->column(column, e->location)));
    }
  }
  return values;
}

Result<expr::ExprPtr> RecordBinder::row_value(const sql::Expr& e) {
  return binder_.bind_function("row", TRY(row_items(e.args)), e.location);
}

// ROW(...)::type: each value as its field wants it, so that literals are read as such.
Result<expr::ExprPtr> RecordBinder::row_cast(const sql::Expr& e, Type type) {
  std::vector<ExprPtr> values = TRY(row_items(e.args[0]->args));
  const auto& fields = type.detail->fields;
  if (values.size() != fields.size()) {
    return error(1228, "42846", fmt::format("cannot cast type record to {}", type.name()),
                 e.location)
        .detail(values.size() < fields.size() ? "Input has too few columns."
                                              : "Input has too many columns.");
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const Type& wanted = fields[i].type;
    if (values[i]->type == wanted) continue;
    if (values[i]->type.id == TypeId::kUnknown) {
      values[i] = TRY(binder_.coerce(std::move(values[i]), wanted, e.location));
      continue;
    }
    if (!cast_exists(values[i]->type, wanted, CastContext::kExplicit)) {
      return error(1228, "42846", fmt::format("cannot cast type record to {}", type.name()),
                   e.location)
          .detail(fmt::format("Cannot cast type {} to {} in column {}.", values[i]->type.name(),
                              wanted.name(), i + 1));
    }
    values[i] = expr::make(ExprKind::kCast, wanted, {std::move(values[i])});
  }
  return row_of(std::move(values), type);
}

// ROW(...) where a named type is wanted: each value as its field wants it. What does not fit stays
// what it is.
Result<expr::ExprPtr> RecordBinder::fit_row(ExprPtr e, const Type& type, int32_t location) {
  const bool fits = is_record(type) && is_row_call(*e) && e->type.detail != type.detail &&
                    e->args.size() == type.detail->fields.size();
  if (!fits) return e;
  std::vector<ExprPtr> values = e->args;
  for (size_t i = 0; i < values.size(); ++i) {
    const Type& wanted = type.detail->fields[i].type;
    values[i] = TRY(fit_row(std::move(values[i]), wanted, location));
    if (values[i]->type == wanted) continue;
    const auto* text = std::get_if<std::string>(&values[i]->literal.data);
    const bool literal = values[i]->kind == ExprKind::kLiteral && values[i]->type == TypeId::kText;
    if (literal && (text || values[i]->literal.is_null())) {
      values[i] = expr::literal(text ? Value{TypeId::kUnknown, *text}
                                     : Value::null(TypeId::kUnknown));
    } else if (!cast_exists(values[i]->type, wanted, CastContext::kAssignment)) {
      return e;
    }
    values[i] = TRY(binder_.coerce(std::move(values[i]), wanted, location, true));
  }
  return row_of(std::move(values), type);
}

// (value).name
Result<expr::ExprPtr> RecordBinder::field(const sql::Expr& e) {
  if (e.name == "*") {
    return error(1354, "0A000", "row expansion via \"*\" is not supported here", e.location);
  }
  const ExprPtr record = TRY(binder_.bind(*e.args[0], *scope_, grouping_));
  if (!is_record(record->type)) {
    return error(1355, "42809",
                 fmt::format("column notation .{} applied to type {}, which is not a composite "
                             "type",
                             e.name, record->type.name()),
                 e.location);
  }
  const auto& fields = record->type.detail->fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == e.name) return field_of(record, i);
  }
  return error(1356, "42703",
               fmt::format("column \"{}\" not found in data type {}", e.name, record->type.name()),
               e.location);
}

// (value).* in the select list.
Result<std::vector<Binder::Item>> RecordBinder::all_fields(const sql::Expr& e) {
  const ExprPtr record = TRY(binder_.bind(*e.args[0], *scope_, grouping_));
  if (!is_record(record->type)) {
    return error(1355, "42809",
                 fmt::format("type {} is not composite", record->type.name()), e.location);
  }
  std::vector<Binder::Item> items;
  const auto& fields = record->type.detail->fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    items.push_back({field_of(record, i), fields[i].name, e.location});
  }
  return items;
}

// A row IS NULL where it or all its fields are NULL, and IS NOT NULL where none of them is.
expr::ExprPtr RecordBinder::is_null(const ExprPtr& record, bool negated) {
  const ExprKind kind = negated ? ExprKind::kIsNotNull : ExprKind::kIsNull;
  std::vector<ExprPtr> parts;
  for (size_t i = 0; i < record->type.detail->fields.size(); ++i) {
    parts.push_back(expr::make(kind, TypeId::kBool, {field_of(record, i)}));
  }
  const bool is_there = is_row_call(*record);
  if (negated && !is_there) parts.push_back(expr::make(kind, TypeId::kBool, {record}));
  if (parts.empty()) return expr::literal(Value::of(true));
  ExprPtr all = expr::conjunction(std::move(parts));
  if (negated || is_there) return all;
  return expr::make(ExprKind::kOr, TypeId::kBool,
                    {expr::make(kind, TypeId::kBool, {record}), std::move(all)});
}

// Rows that an operator compares have fields of the same types.
Status RecordBinder::refuse_dissimilar(const Type& left, const Type& right,
                                       int32_t location) const {
  if (!is_record(left) || !is_record(right)) return {};
  const auto& a = left.detail->fields;
  const auto& b = right.detail->fields;
  if (a.size() != b.size()) {
    return error(1357, "42804", "cannot compare record types with different numbers of columns",
                 location);
  }
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].type.is_same_kind(b[i].type)) continue;
    return error(1357, "42804",
                 fmt::format("cannot compare dissimilar column types {} and {} at record column {}",
                             a[i].type.plain().name(), b[i].type.plain().name(), i + 1),
                 location);
  }
  return {};
}

bool is_record_function(std::string_view name) {
  return name == "jsonb_to_record" || name == "json_to_record" || name == "jsonb_to_recordset" ||
         name == "json_to_recordset";
}

Result<Type> RecordBinder::listed_type(const sql::From& from) const {
  const bool listed = !from.column_definitions.empty();
  if (!listed || !is_record_function(from.name)) {
    return error(1358, "42601",
                 fmt::format("a column definition list is {} for functions returning \"record\"",
                             listed ? "only allowed" : "required"),
                 from.location);
  }
  std::vector<RecordField> fields;
  for (const sql::ColumnDefinition& column : from.column_definitions) {
    Result<Type> type = binder_.catalog_.type_of(column.type_name);
    if (!type) {
      return std::move(type).error().at(
          sql::place_of(binder_.text_, from.location, binder_.start_));
    }
    fields.push_back({column.name, *type});
  }
  return record_type(fields);
}

// The set's documents are the rows of jsonb_array_elements.
Result<Binder::Source> RecordBinder::function_of_from(const sql::From& from) {
  const Type type = TRY(listed_type(from));
  const std::string& name = from.name;
  if (from.ordinality) return unsupported(name + " with ordinality", from.location);
  std::vector<ExprPtr> args = TRY(binder_.bind_all(from.args, Scope(), nullptr));
  if (args.size() != 1)
    return error(1359, "42883", fmt::format("{}() takes a document", name), from.location);
  args[0] = TRY(binder_.coerce(std::move(args[0]), TypeId::kJsonb, from.location));
  TRY_VOID(binder_.no_rows(args[0]));
  NodePtr rows = binder_.one_row();
  args[0] = TRY(binder_.attach_all(rows, args[0]));
  ExprPtr document = args[0];
  if (name.ends_with("set")) {
    RowsCall elements =
        TRY(binder_.resolve_rows("jsonb_array_elements", std::move(args), from.location));
    rows = binder_.rows_node(std::move(rows), {std::move(elements)}, false);
    document = expr::column_ref(static_cast<uint32_t>(rows->schema.size() - 1), TypeId::kJsonb);
  }
  const ExprPtr record = expr::call(named_function(".record", {TypeId::kJsonb}), {document}, type);
  std::vector<ExprPtr> values;
  std::vector<std::string> names;
  for (const RecordField& field : type.detail->fields) {
    names.push_back(field.name);
    values.push_back(field_of(record, values.size()));
  }
  Binder::Source source{make_project(rows, std::move(values), std::move(names)), {}};
  source.scope.add(from.alias.empty() ? name : from.alias, source.node->schema);
  return source;
}

}  // namespace weir::plan
