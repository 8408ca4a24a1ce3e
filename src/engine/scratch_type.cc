// CREATE TYPE, ALTER TYPE ... ADD VALUE and DROP TYPE of the scratch engine. A label that is added
// changes no value: tables and views go on as they are, and know it from then on.
#include <fmt/core.h>

#include "data/type_detail.h"
#include "engine/scratch_database.h"

namespace weir::engine {

namespace {

Error no_such_type(const std::string& name) {
  return Error(ErrorKind::kNotFound, 1351, fmt::format("type \"{}\" does not exist", name))
      .sqlstate("42704");
}

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

}  // namespace

Status ScratchDatabase::Rep::create_type(const sql::Statement& statement) {
  if (catalog.find_type(statement.name) || parse_type(statement.name) ||
      catalog.find(statement.name)) {
    return Error(ErrorKind::kAlreadyExists, 1352,
                 fmt::format("type \"{}\" already exists", statement.name))
        .sqlstate("42710");
  }
  if (statement.type->is_enum) {
    catalog.add_type(statement.name, TRY(make_enum(statement.name, statement.type->labels)));
    return {};
  }
  std::vector<RecordField> fields;
  for (const sql::ColumnDefinition& column : statement.definitions) {
    const auto same = [&](const RecordField& field) { return field.name == column.name; };
    if (std::any_of(fields.begin(), fields.end(), same)) {
      return Error(ErrorKind::kInvalidStatement, 1677,
                   fmt::format("column \"{}\" specified more than once", column.name))
          .sqlstate("42701");
    }
    fields.push_back({column.name, TRY(catalog.type_of(column.type_name))});
  }
  catalog.add_type(statement.name, record_type(fields, statement.name));
  return {};
}

Status ScratchDatabase::Rep::alter_type(const sql::Statement& statement) {
  const Type* type = catalog.find_type(statement.name);
  if (!type) return no_such_type(statement.name);
  const sql::TypeChange& change = *statement.type;
  if (type->id != TypeId::kEnum) {
    return Error(ErrorKind::kInvalidStatement, 1353,
                 fmt::format("\"{}\" is not an enum", statement.name))
        .sqlstate("42809");
  }
  if (!change.renamed.empty()) {
    return Error(ErrorKind::kNotSupported, 1672, "renaming a label is not supported yet")
        .sqlstate("0A000");
  }
  const EnumLabels& labels = type->detail->labels;
  if (statement.if_exists && !labels.find(change.label).empty()) return {};
  using Place = EnumLabels::Place;
  const Place place = change.neighbour.empty() ? Place::kLast
                      : change.after           ? Place::kAfter
                                               : Place::kBefore;
  return labels.add(change.label, place, change.neighbour);
}

Status ScratchDatabase::Rep::drop_types(const sql::Statement& statement) {
  for (const std::string& name : statement.drops) {
    const Type* type = catalog.find_type(name);
    if (!type) {
      if (statement.if_exists) continue;
      return no_such_type(name);
    }
    for (const std::string& relation : catalog.names()) {
      if (!contains(*catalog.find(relation), type->detail)) continue;
      return Error(ErrorKind::kInvalidStatement, 1679,
                   fmt::format("cannot drop type {} because other objects depend on it", name))
          .detail(fmt::format("a column of {} is of the type", relation))
          .hint("drop the relation first")
          .sqlstate("2BP01");
    }
  }
  for (const std::string& name : statement.drops) catalog.remove_type(name);
  return {};
}

}  // namespace weir::engine
