// CREATE TYPE, ALTER TYPE ... ADD VALUE and DROP TYPE of the scratch engine. A label that is added
// changes no value: tables and views go on as they are, and know it once it is committed.
#include <fmt/core.h>

#include "data/type_detail.h"
#include "engine/scratch_define.h"

namespace weir::engine {

namespace {

// Whether values of the type are values of the other, or in them.
bool contains(const Type& type, const TypeDetail* detail) {
  if (type.detail == detail) return true;
  if (!type.detail) return false;
  const auto& fields = type.detail->fields;
  return std::any_of(fields.begin(), fields.end(),
                     [&](const RecordField& field) { return contains(field.type, detail); });
}

bool contains(const Schema& schema, const TypeDetail* detail) {
  return std::any_of(schema.fields.begin(), schema.fields.end(),
                     [&](const Field& field) { return contains(field.type, detail); });
}

bool contains(const expr::ExprPtr& e, const TypeDetail* detail) {
  if (!e) return false;
  return contains(e->type, detail) ||
         std::any_of(e->args.begin(), e->args.end(),
                     [&](const expr::ExprPtr& arg) { return contains(arg, detail); });
}

// Beside its columns: defaults, checks and what generates columns.
bool rules_contain(const TableDefinition& table, const TypeDetail* detail) {
  const auto is_of_type = [&](const expr::ExprPtr& e) { return contains(e, detail); };
  return std::any_of(table.defaults.begin(), table.defaults.end(), is_of_type) ||
         std::any_of(table.generated.begin(), table.generated.end(), is_of_type) ||
         std::any_of(table.checks.begin(), table.checks.end(),
                     [&](const CheckRule& check) { return is_of_type(check.condition); });
}

}  // namespace

Error ScratchDefine::type_exists(const std::string& name) {
  return Error(ErrorKind::kAlreadyExists, 1352, fmt::format("type \"{}\" already exists", name))
      .sqlstate("42710");
}

Error ScratchDefine::no_such_type(const std::string& name) {
  return Error(ErrorKind::kNotFound, 1351, fmt::format("type \"{}\" does not exist", name))
      .sqlstate("42704");
}

Result<StatementResult> ScratchDefine::create_type() {
  StatementResult result;
  result.tag = "CREATE TYPE";
  const std::string& name = statement_.name;
  if (relations().catalog.find_type(name) || parse_type(name)) return type_exists(name);
  if (relations().catalog.find(name)) return type_exists(name);  // of the rows of a relation
  if (statement_.type->is_enum) {
    transaction_.define().catalog.add_type(name, TRY(make_enum(name, statement_.type->labels)));
    return result;
  }
  std::vector<RecordField> fields;
  for (const sql::ColumnDefinition& column : statement_.elements.columns) {
    const auto same = [&](const RecordField& field) { return field.name == column.name; };
    if (std::any_of(fields.begin(), fields.end(), same)) {
      return Error(ErrorKind::kInvalidStatement, 1677,
                   fmt::format("column \"{}\" specified more than once", column.name))
          .sqlstate("42701");
    }
    fields.push_back({column.name, TRY(relations().catalog.type_of(column.type_name))});
  }
  transaction_.define().catalog.add_type(name, record_type(fields, name));
  return result;
}

Result<StatementResult> ScratchDefine::alter_enum() {
  StatementResult result;
  result.tag = "ALTER TYPE";
  const Type* type = relations().catalog.find_type(statement_.name);
  if (!type) return no_such_type(statement_.name);
  const sql::TypeChange& change = *statement_.type;
  if (type->id != TypeId::kEnum) {
    return Error(ErrorKind::kInvalidStatement, 1353,
                 fmt::format("\"{}\" is not an enum", statement_.name))
        .sqlstate("42809");
  }
  if (!change.renamed.empty()) {
    return Error(ErrorKind::kNotSupported, 1672, "renaming a label is not supported yet")
        .sqlstate("0A000");
  }
  std::vector<std::string> values = transaction_.labels(*type);
  const bool there = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
    return enum_label(value) == change.label;
  });
  if (statement_.if_exists && there) {
    notices_.push_back(fmt::format("enum label \"{}\" already exists, skipping", change.label));
    return result;
  }
  using Place = EnumLabels::Place;
  const Place place = change.neighbour.empty() ? Place::kLast
                      : change.after           ? Place::kAfter
                                               : Place::kBefore;
  TRY_VOID(EnumLabels::add(values, change.label, place, change.neighbour));
  transaction_.put_labels(*type, std::move(values));
  return result;
}

// DETAIL tells all that depends.
std::string ScratchDefine::dependents_of(const Type& type) const {
  std::string detail;
  const auto add = [&](const std::string& what) {
    detail += fmt::format("{}{} depends on type {}", detail.empty() ? "" : "\n", what,
                          type.detail->name);
  };
  for (const auto& [name, table] : relations().tables) {
    const TableDefinition& definition = table->definition();
    for (const Field& field : definition.schema.fields) {
      if (contains(field.type, type.detail))
        add(fmt::format("column {} of table {}", field.name, name));
    }
    const bool told = contains(definition.schema, type.detail);
    if (!told && rules_contain(definition, type.detail)) add("table " + name);
  }
  for (const ScratchView* view : views_of(type))
    add(fmt::format("{} {}", relations().kind_of(view->name()), view->name()));
  for (const auto& [name, other] : relations().catalog.types()) {
    if (other.detail != type.detail && contains(other, type.detail)) add("type " + name);
  }
  return detail;
}

// Views that have a column of the type, or that cannot be planned without it.
std::vector<ScratchView*> ScratchDefine::views_of(const Type& type) const {
  Relations without = relations();
  without.catalog.remove_type(type.detail->name);
  std::vector<ScratchView*> found;
  for (ScratchView* view : relations().views) {
    if (contains(view->schema(), type.detail) || !planned_again(*view, without)) {
      found.push_back(view);
    }
  }
  return found;
}

// The columns and views of the type.
Status ScratchDefine::drop_dependents(const Type& type) {
  for (const auto& [name, other] : relations().catalog.types()) {
    if (other.detail == type.detail || !contains(other, type.detail)) continue;
    return Error(ErrorKind::kNotSupported, 1672,
                 fmt::format("dropping the fields of type {} is not supported yet", name))
        .hint("drop that type first")
        .sqlstate("0A000");
  }
  for (const ScratchView* view : views_of(type)) {
    if (!relations().find_view(view->name())) continue;
    notices_.push_back(fmt::format("drop cascades to {} {}", relations().kind_of(view->name()),
                                   view->name()));
    drop_with_dependents(view->name());
  }
  const std::map<std::string, ScratchTable*> tables = relations().tables;
  for (const auto& [name, table] : tables) {
    sql::Statement without;
    without.kind = sql::StatementKind::kAlter;
    without.name = name;
    without.value = "TABLE";
    for (const Field& field : table->definition().schema.fields) {
      if (!contains(field.type, type.detail)) continue;
      notices_.push_back(
          fmt::format("drop cascades to column {} of table {}", field.name, name));
      sql::AlterAction& drop = without.actions.emplace_back();
      drop.kind = sql::AlterKind::kDropColumn;
      drop.name = field.name;
      drop.cascade = true;
    }
    if (without.actions.empty()) continue;
    TRY(ScratchDefine(transaction_, "", without, notices_).run());
  }
  return {};
}

Result<StatementResult> ScratchDefine::drop_types() {
  StatementResult result;
  result.tag = "DROP TYPE";
  std::vector<std::string> there;
  for (const std::string& name : statement_.drops) {
    if (relations().catalog.find_type(name)) {
      there.push_back(name);
    } else if (statement_.if_exists) {
      notices_.push_back(fmt::format("type \"{}\" does not exist, skipping", name));
    } else {
      return no_such_type(name);
    }
  }
  for (const std::string& name : there) {
    const Type* found = relations().catalog.find_type(name);
    if (!found) continue;  // gone with another
    const Type type = *found;
    if (statement_.cascade) TRY_VOID(drop_dependents(type));
    const std::string detail = dependents_of(type);
    if (!detail.empty()) {
      return Error(ErrorKind::kInvalidStatement, 1679,
                   fmt::format("cannot drop type {} because other objects depend on it", name))
          .detail(detail)
          .hint(statement_.cascade ? "drop the table's rule first"
                                   : "DROP ... CASCADE drops them too")
          .sqlstate("2BP01");
    }
    transaction_.define().catalog.remove_type(name);
  }
  return result;
}

}  // namespace weir::engine
