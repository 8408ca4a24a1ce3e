// CREATE TYPE and ALTER TYPE, and columns that are a name and a type: fields of a row.
#include "sql/tree_reader_internal.h"

namespace weir::sql {

namespace {

// [schema.]name
void read_name(Statement& statement, Json body, const char* key) {
  each(body, key, [&](Json part) {
    statement.schema = std::exchange(statement.name, string_of(part));
  });
}

void begin(Statement& statement, StatementKind kind) {
  statement.kind = kind;
  statement.name.clear();
  statement.type.emplace();
}

}  // namespace

ColumnDefinition read_field(Json body) {
  ColumnDefinition column;
  column.name = text_at(body, "colname");
  column.location = static_cast<int32_t>(number_at(body, "location"));
  Json type;
  if (!body["typeName"].get(type)) column.type_name = read_type_name(type);
  return column;
}

void read_create_enum(Statement& statement, Json body) {
  begin(statement, StatementKind::kCreateType);
  read_name(statement, body, "typeName");
  statement.type->is_enum = true;
  each(body, "vals", [&](Json label) { statement.type->labels.push_back(string_of(label)); });
}

void read_alter_enum(Statement& statement, Json body) {
  begin(statement, StatementKind::kAlterType);
  read_name(statement, body, "typeName");
  TypeChange& type = *statement.type;
  type.label = text_at(body, "newVal");
  type.neighbour = text_at(body, "newValNeighbor");
  type.after = flag_at(body, "newValIsAfter");
  type.renamed = text_at(body, "oldVal");
  statement.if_exists = flag_at(body, "skipIfNewValExists");
}

void read_create_record(Statement& statement, Json body) {
  begin(statement, StatementKind::kCreateType);
  read_relation(statement, body, "typevar");
  each(body, "coldeflist", [&](Json node) {
    statement.elements.columns.push_back(read_field(tagged(node).body));
  });
}

}  // namespace weir::sql
