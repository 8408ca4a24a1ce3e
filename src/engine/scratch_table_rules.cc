// What a table is: its columns, keys, checks and defaults, of CREATE TABLE and of ALTER TABLE ADD.
#include <fmt/core.h>

#include "data/type_detail.h"
#include "engine/scratch_change.h"
#include "engine/scratch_define.h"

namespace weir::engine {

namespace {

// The integer type behind serial; empty: it is none.
std::string type_of_serial(const std::string& type) {
  if (type == "serial" || type == "serial4") return "int4";
  if (type == "bigserial" || type == "serial8") return "int8";
  if (type == "smallserial" || type == "serial2") return "int2";
  return "";
}

Identity identity_of(const sql::ColumnDefinition& column, bool serial) {
  if (column.identity == sql::ColumnDefinition::Identity::kAlways) return Identity::kAlways;
  const bool by_default = column.identity == sql::ColumnDefinition::Identity::kByDefault;
  return by_default || serial ? Identity::kByDefault : Identity::kNone;
}

bool is_taken(const TableDefinition& table, const std::string& name) {
  const auto named = [&](const auto& rule) { return rule.name == name; };
  return std::any_of(table.unique.begin(), table.unique.end(), named) ||
         std::any_of(table.checks.begin(), table.checks.end(), named);
}

// t_a_check, then t_a_check1.
Result<std::string> name_for(const TableDefinition& table, const sql::TableConstraint& constraint,
                             const std::string& chosen) {
  const std::string& given = constraint.name;
  if (!given.empty()) {
    if (!is_taken(table, given)) return given;
    return Error(ErrorKind::kAlreadyExists, 1721,
                 fmt::format("constraint \"{}\" for relation \"{}\" already exists", given,
                             table.name))
        .sqlstate(constraint.kind == sql::ConstraintKind::kCheck ? "42710" : "42P07");
  }
  std::string name = chosen;
  for (int n = 1; is_taken(table, name); ++n) name = chosen + std::to_string(n);
  return name;
}

}  // namespace

Result<expr::ExprPtr> ScratchDefine::value(const sql::Expr& e, const Schema& schema,
                                           const Field& field) const {
  if (plan::contains_subquery(e)) {
    return Error(ErrorKind::kInvalidStatement, 1722,
                 "cannot use subquery in the rule of a table")
        .sqlstate("0A000");
  }
  return plan::plan_value({text_, relations().catalog, {}}, e, schema, field);
}

Status ScratchDefine::add_column(const sql::ColumnDefinition& column,
                                 TableDefinition& table) const {
  const std::string serial = type_of_serial(column.type_name);
  return add_column(
      column, TRY(relations().catalog.type_of(serial.empty() ? column.type_name : serial)), table);
}

Status ScratchDefine::add_column(const sql::ColumnDefinition& column, Type type,
                                 TableDefinition& table) {
  if (table.schema.find(column.name) >= 0) {
    return Error(ErrorKind::kInvalidStatement, 1677,
                 fmt::format("column \"{}\" specified more than once", column.name))
        .sqlstate("42701");
  }
  const bool serial = !type_of_serial(column.type_name).empty();
  const Identity identity = identity_of(column, serial);
  if (column.null && column.not_null) {
    return Error(ErrorKind::kInvalidStatement, 1723,
                 fmt::format("conflicting NULL/NOT NULL declarations for column \"{}\" of table "
                             "\"{}\"",
                             column.name, table.name))
        .sqlstate("42601");
  }
  const bool integer =
      type.id == TypeId::kInt2 || type.id == TypeId::kInt4 || type.id == TypeId::kInt8;
  if (type.id == TypeId::kRecord && (!type.detail || type.detail->name == "record")) {
    return Error(ErrorKind::kInvalidStatement, 1723,
                 fmt::format("column \"{}\" has pseudo-type record", column.name))
        .sqlstate("42P16");
  }
  if (identity != Identity::kNone && !integer) {
    return Error(ErrorKind::kInvalidStatement, 1723,
                 "identity column type must be smallint, integer, or bigint")
        .sqlstate("22023");
  }
  table.identity.push_back(identity);
  table.schema.fields.push_back({column.name, type, !column.not_null && !serial});
  table.defaults.emplace_back();
  table.generated.emplace_back();
  return {};
}

// Once all columns are there.
Status ScratchDefine::add_values(const sql::ColumnDefinition& column,
                                 TableDefinition& table) const {
  const auto at = static_cast<size_t>(table.schema.find(column.name));
  const Field& field = table.schema.fields[at];
  const bool given = column.default_value != nullptr;
  const bool identity = table.identity[at] != Identity::kNone;
  if (column.twice || (given && (column.generated || identity))) {
    return Error(ErrorKind::kInvalidStatement, 1723,
                 fmt::format("multiple default values specified for column \"{}\" of table \"{}\"",
                             column.name, table.name))
        .sqlstate("42601");
  }
  if (given) table.defaults[at] = TRY(default_value(*column.default_value, field));
  if (!column.generated) return {};
  table.generated[at] = TRY(value(*column.generated, table.schema, field));
  return refuse_generated(table, at);
}

Result<expr::ExprPtr> ScratchDefine::default_value(const sql::Expr& e, const Field& field) const {
  Result<expr::ExprPtr> bound = value(e, Schema(), field);
  if (bound || (bound.error().sqlstate() != "42703" && bound.error().sqlstate() != "42P01")) {
    return bound;
  }
  return Error(ErrorKind::kInvalidStatement, 1722,
               "cannot use column reference in DEFAULT expression")
      .sqlstate("0A000");
}

// It is computed from what stands in the row, once.
Status ScratchDefine::refuse_generated(const TableDefinition& table, size_t column) const {
  std::vector<uint32_t> columns;
  expr::collect_columns(*table.generated[column], columns);
  const bool circular = std::any_of(columns.begin(), columns.end(), [&](uint32_t other) {
    return other == column || table.generated[other] != nullptr;
  });
  const bool timed = expr::any_leaf(*table.generated[column], [](const expr::Expr& leaf) {
    return leaf.kind == expr::ExprKind::kNow;
  });
  if (!circular && !timed) return {};
  return Error(ErrorKind::kInvalidStatement, 1734,
               circular ? "cannot use a generated column in a column generation expression"
                        : "generation expression is not immutable")
      .sqlstate("42P17");
}

Status ScratchDefine::add_key(const sql::TableConstraint& constraint,
                              TableDefinition& table) const {
  const bool primary = constraint.kind == sql::ConstraintKind::kPrimaryKey;
  UniqueRule rule;
  std::string joined;
  for (const std::string& name : constraint.columns) {
    const int at = table.schema.find(name);
    if (at < 0) {
      return Error(ErrorKind::kInvalidStatement, 1678,
                   fmt::format("column \"{}\" named in key does not exist", name))
          .sqlstate("42703");
    }
    const auto column = static_cast<uint32_t>(at);
    if (std::find(rule.columns.begin(), rule.columns.end(), column) != rule.columns.end()) {
      return Error(ErrorKind::kInvalidStatement, 1724,
                   fmt::format("column \"{}\" appears twice in a key", name))
          .sqlstate("42701");
    }
    rule.columns.push_back(column);
    joined += "_" + name;
  }
  if (primary && !table.primary_key.empty()) {
    return Error(ErrorKind::kInvalidStatement, 1725,
                 fmt::format("multiple primary keys for table \"{}\" are not allowed", table.name))
        .sqlstate("42P16");
  }
  rule.name = TRY(name_for(table, constraint,
                           table.name + (primary ? "_pkey" : joined + "_key")));
  if (primary) {
    table.primary_key = rule.columns;
    for (const uint32_t column : rule.columns) table.schema.fields[column].nullable = false;
  }
  table.unique.push_back(std::move(rule));
  return {};
}

Status ScratchDefine::add_check(const sql::TableConstraint& constraint,
                                TableDefinition& table) const {
  const Field condition{"check", TypeId::kBool};
  CheckRule rule;
  rule.condition = TRY(value(*constraint.check, table.schema, condition));
  std::vector<uint32_t> columns;
  expr::collect_columns(*rule.condition, columns);
  const std::string column =
      columns.size() == 1 ? "_" + table.schema.fields[columns[0]].name : std::string();
  rule.name = TRY(name_for(table, constraint, table.name + column + "_check"));
  table.checks.push_back(std::move(rule));
  return {};
}

Status ScratchDefine::add_constraint(const sql::TableConstraint& constraint,
                                     TableDefinition& table) const {
  if (constraint.kind == sql::ConstraintKind::kForeignKey || !constraint.unsupported.empty()) {
    return Error(ErrorKind::kNotSupported, 1672,
                 (constraint.unsupported.empty() ? "foreign keys are"
                                                 : constraint.unsupported + " is") +
                     std::string(" not supported yet"))
        .sqlstate("0A000");
  }
  return constraint.kind == sql::ConstraintKind::kCheck ? add_check(constraint, table)
                                                        : add_key(constraint, table);
}

Status ScratchDefine::add_like(const sql::LikeClause& like, TableDefinition& table) const {
  const ScratchTable* other = relations().find_table(like.table);
  const Schema* schema = relations().catalog.find(like.table);
  if (!schema) {
    return Error(ErrorKind::kNotFound, 1683,
                 fmt::format("relation \"{}\" does not exist", like.table))
        .sqlstate("42P01");
  }
  const auto first = static_cast<uint32_t>(table.schema.size());
  std::vector<uint32_t> moved(schema->size());
  for (uint32_t j = 0; j < moved.size(); ++j) moved[j] = first + j;
  for (uint32_t i = 0; i < schema->size(); ++i) {
    sql::ColumnDefinition column;
    column.name = schema->fields[i].name;
    column.not_null = !schema->fields[i].nullable && other;
    TRY_VOID(add_column(column, schema->fields[i].type, table));
    if (!other) continue;
    const TableDefinition& from = other->definition();
    if (like.identity) table.identity.back() = from.identity[i];
    if (like.defaults) table.defaults.back() = from.defaults[i];
    if (like.generated && from.generated[i]) {
      table.generated.back() = expr::remap_columns(from.generated[i], moved);
    }
  }
  if (!other) return {};
  for (const CheckRule& check : other->definition().checks) {
    if (!like.constraints) break;
    table.checks.push_back({check.name, expr::remap_columns(check.condition, moved)});
  }
  for (const UniqueRule& rule : other->definition().unique) {
    if (!like.indexes) break;
    sql::TableConstraint key;
    key.kind = rule.columns == other->definition().primary_key ? sql::ConstraintKind::kPrimaryKey
                                                               : sql::ConstraintKind::kUnique;
    for (const uint32_t column : rule.columns) key.columns.push_back(schema->fields[column].name);
    TRY_VOID(add_key(key, table));
  }
  return {};
}

Result<TableDefinition> ScratchDefine::defined_table() {
  TableDefinition table;
  table.name = statement_.name;
  const sql::TableElements& elements = statement_.elements;
  for (size_t i = 0; i <= elements.columns.size(); ++i) {
    for (const sql::LikeClause& like : elements.likes) {
      if (like.place == i) TRY_VOID(add_like(like, table));
    }
    if (i < elements.columns.size()) TRY_VOID(add_column(elements.columns[i], table));
  }
  for (const sql::TableConstraint& constraint : elements.constraints)
    TRY_VOID(add_constraint(constraint, table));
  for (const sql::ColumnDefinition& column : elements.columns) TRY_VOID(add_values(column, table));
  return table;
}

}  // namespace weir::engine
