// INSERT, UPDATE and DELETE. What an UPDATE or DELETE reads is a SELECT whose first item of FROM is
// the table; so is what ON CONFLICT DO UPDATE reads, of the row in the way and the one that came.
#include "sql/tree_reader_internal.h"

namespace weir::sql {

namespace {

// (a, b) = (1, 2) and (a, b) = (select ...) are two assignments; each of them names the whole right
// side.
ExprPtr read_assigned(Json value) {
  const Tagged t = tagged(value);
  if (t.tag != "MultiAssignRef") return read_expr(value);
  const auto number = static_cast<size_t>(number_at(t.body, "colno"));
  ExprPtr source = read_expr(t.body["source"].value_unsafe());
  if (source->kind == ExprKind::kRow && number >= 1 && number <= source->args.size() &&
      static_cast<int64_t>(source->args.size()) == number_at(t.body, "ncolumns")) {
    return std::move(source->args[number - 1]);
  }
  if (source->kind == ExprKind::kSubquery && source->name == "value") {
    source->name = "column";
    source->number = static_cast<int32_t>(number);
    source->columns = static_cast<int32_t>(number_at(t.body, "ncolumns"));
    return source;
  }
  return unsupported(t.body, "an assignment of one value to several columns");
}

std::vector<SelectItem> read_assignments(Json body) {
  std::vector<SelectItem> assignments;
  each(body, "targetList", [&](Json node) {
    const Json target = tagged(node).body;
    ExprPtr value = has(target, "indirection")
                        ? unsupported(target, "an assignment to a part of a value")
                        : read_assigned(target["val"].value_unsafe());
    assignments.push_back({std::move(value), std::string(text_at(target, "name"))});
  });
  return assignments;
}

From given_table(Json relation) {
  From table = From();
  table.kind = FromKind::kGiven;
  Json alias;
  if (!relation["alias"].get(alias)) table.alias = text_at(alias, "aliasname");
  return table;
}

void read_returning(Statement& statement, Json body) {
  if (!has(body, "returningList")) return;
  statement.returning = std::make_unique<Select>();
  statement.returning->items = read_items(body, "returningList");
  statement.returning->from.emplace_back();
  statement.returning->from[0].kind = FromKind::kGiven;
}

OnConflict read_conflict(Json body) {
  OnConflict conflict;
  conflict.update = text_at(body, "action") == "ONCONFLICT_UPDATE";
  conflict.select = std::make_unique<Select>();
  conflict.select->from.emplace_back();
  conflict.select->from[0].kind = FromKind::kGiven;
  Json part;
  if (!body["infer"].get(part)) {
    conflict.constraint = text_at(part, "conname");
    each(part, "indexElems", [&](Json element) {
      conflict.columns.emplace_back(text_at(tagged(element).body, "name"));
    });
  }
  conflict.assignments = read_assignments(body);
  if (!body["whereClause"].get(part)) conflict.select->where = read_expr(part);
  return conflict;
}

void read_change(Statement& statement, Json body, const char* others) {
  read_relation(statement, body, "relation");
  statement.select = std::make_unique<Select>();
  read_with(*statement.select, body);
  Json part;
  if (!body["relation"].get(part)) {
    statement.select->from.push_back(given_table(part));
    statement.alias = statement.select->from[0].alias;
  }
  each(body, others,
       [&](Json node) { statement.select->from.push_back(read_from(node)); });
  if (!body["whereClause"].get(part)) {
    if (tagged(part).tag == "CurrentOfExpr") statement.value = "WHERE CURRENT OF";
    statement.select->where = read_expr(part);
  }
  read_returning(statement, body);
}

}  // namespace

void read_relation(Statement& statement, Json body, const char* key) {
  Json relation;
  if (body[key].get(relation)) return;
  statement.name = text_at(relation, "relname");
  statement.schema = text_at(relation, "schemaname");
}

std::string relation_name(Json relation) {
  const std::string schema(text_at(relation, "schemaname"));
  const std::string name(text_at(relation, "relname"));
  return schema.empty() || schema == "public" ? name : schema + "." + name;
}

void read_insert(Statement& statement, Json body) {
  statement.kind = StatementKind::kInsert;
  read_relation(statement, body, "relation");
  Json part;
  if (!body["relation"].get(part)) statement.alias = given_table(part).alias;
  each(body, "cols", [&](Json node) {
    statement.columns.emplace_back(text_at(tagged(node).body, "name"));
  });
  if (!body["selectStmt"].get(part)) statement.select = read_select(tagged(part).body);
  if (has(body, "withClause") && statement.select) read_with(*statement.select, body);
  if (!body["onConflictClause"].get(part)) statement.on_conflict = read_conflict(part);
  statement.overrides_identity = text_at(body, "override") == "OVERRIDING_SYSTEM_VALUE";
  statement.ignores_identity = text_at(body, "override") == "OVERRIDING_USER_VALUE";
  read_returning(statement, body);
}

void read_update(Statement& statement, Json body) {
  statement.kind = StatementKind::kUpdate;
  statement.assignments = read_assignments(body);
  read_change(statement, body, "fromClause");
}

void read_delete(Statement& statement, Json body) {
  statement.kind = StatementKind::kDelete;
  read_change(statement, body, "usingClause");
}

}  // namespace weir::sql
