// COPY ... FROM and TO.
#include "sql/tree_reader_internal.h"

namespace weir::sql {

CopyOption read_option(Json body) {
  CopyOption option;
  option.name = text_at(body, "defname");
  Json argument;
  if (body["arg"].get(argument)) return option;
  const Tagged t = tagged(argument);
  if (t.tag == "List") {
    each(t.body, "items", [&](Json item) { option.list.push_back(string_of(item)); });
  } else if (t.tag == "Boolean") {
    option.value = flag_at(t.body, "boolval") ? "true" : "false";
  } else if (t.tag == "Integer") {
    option.value = std::to_string(number_at(t.body, "ival"));
  } else {
    option.value = string_of(argument);
  }
  return option;
}

void read_copy(Statement& statement, Json body) {
  statement.kind = StatementKind::kCopy;
  read_relation(statement, body, "relation");
  Copy& copy = statement.copy.emplace();
  copy.is_from = flag_at(body, "is_from");
  copy.file = text_at(body, "filename");
  if (flag_at(body, "is_program")) copy.file = "PROGRAM";
  each(body, "attlist",
       [&](Json name) { statement.columns.push_back(string_of(name)); });
  each(body, "options",
       [&](Json option) { copy.options.push_back(read_option(tagged(option).body)); });
  if (has(body, "whereClause")) statement.value = "COPY with WHERE";
  Json query;
  if (!body["query"].get(query)) {
    if (tagged(query).tag == "SelectStmt") {
      statement.select = read_select(tagged(query).body);
    } else {
      statement.value = "COPY of a statement that changes rows";
    }
    return;
  }
  if (copy.is_from) return;
  // COPY table (columns) TO is the query of these columns.
  statement.select = std::make_unique<Select>();
  From& table = statement.select->from.emplace_back();
  table.name = statement.name;
  table.schema = statement.schema;
  std::vector<std::string> names = statement.columns;
  if (names.empty()) names.emplace_back("*");
  for (const std::string& name : names) {
    SelectItem& item = statement.select->items.emplace_back();
    item.expr = std::make_unique<Expr>();
    item.expr->kind = ExprKind::kColumn;
    item.expr->names = {name};
  }
}

}  // namespace weir::sql
