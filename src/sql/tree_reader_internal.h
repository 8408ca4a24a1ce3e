// From libpg_query's JSON tree to ours. Inside src/sql only.
#pragma once
#include <simdjson.h>

#include "base/result.h"
#include "sql/ast.h"

namespace weir::sql {

using Json = simdjson::dom::element;

Result<std::vector<Statement>> read_statements(std::string_view text, Json root);
// Of a SelectStmt's body. `may_store`: SELECT ... INTO may stand there.
SelectPtr read_select(Json node, bool may_store = false);
ExprPtr read_expr(Json node);           // {"A_Expr": {...}}
From read_from(Json node);              // an item of FROM
std::vector<SelectItem> read_items(Json body, const char* key);  // {"ResTarget": {...}} each
void read_with(Select& select, Json body);  // a body's WITH
void read_relation(Statement& statement, Json body, const char* key);
void read_insert(Statement& statement, Json body);
void read_update(Statement& statement, Json body);
void read_delete(Statement& statement, Json body);
void read_copy(Statement& statement, Json body);
void read_create_table(Statement& statement, Json body);
void read_view(Statement& statement, Json body);
void read_create_as(Statement& statement, Json body);
void read_into(Statement& statement, Json into);  // the new table of SELECT INTO
void read_alter(Statement& statement, Json body);
void read_rename(Statement& statement, Json body);
void read_drop(Statement& statement, Json body);
void read_create_enum(Statement& statement, Json body);
void read_alter_enum(Statement& statement, Json body);
void read_create_record(Statement& statement, Json body);
ColumnDefinition read_field(Json body);           // a ColumnDef's name and type
void read_transaction(Statement& statement, Json body);
void read_transaction_modes(Statement& statement, Json body, const char* key);
std::string relation_name(Json relation);         // of a RangeVar's body; public is left out
CopyOption read_option(Json body);      // of a DefElem's body
// Where the statement behind PREPARE's AS begins.
void place_prepared(Statement& statement, std::string_view text);
// PREPARE, EXECUTE, DEALLOCATE, DISCARD, cursors, SET and SHOW; others stay as they are.
void read_session_statement(Statement& statement, std::string_view tag, Json body);
SortItem read_sort(Json node);          // {"SortBy": {...}}
WindowDefinition read_window(Json body);  // of a WindowDef's body
ExprPtr unsupported(Json body, std::string what);
std::string read_type_name(Json node);  // of a TypeName's body

// Parts of a node; the zero values are left out of the JSON.
inline bool has(Json node, const char* key) { return node[key].error() == simdjson::SUCCESS; }
inline std::string_view text_at(Json node, const char* key) {
  std::string_view v;
  return node[key].get(v) ? std::string_view() : v;
}
inline int64_t number_at(Json node, const char* key) {
  int64_t v = 0;
  return node[key].get(v) ? 0 : v;
}
inline bool flag_at(Json node, const char* key) {
  bool v = false;
  return node[key].get(v) ? false : v;
}
// The type name and body of {"A_Expr": {...}}.
struct Tagged {
  std::string_view tag;
  Json body;
};
inline Tagged tagged(Json node) {
  simdjson::dom::object object;
  if (node.get(object)) return {};
  for (const auto field : object) return {field.key, field.value};
  return {};
}
// Calls f(element) for each element of a list that may be missing.
template <class F>
void each(Json node, const char* key, F f) {
  simdjson::dom::array array;
  if (node[key].get(array)) return;
  for (const Json element : array) f(element);
}
// {"String": {"sval": "x"}} as of version 15.
std::string string_of(Json node);

}  // namespace weir::sql
