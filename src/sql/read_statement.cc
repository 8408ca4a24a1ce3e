#include "sql/tree_reader_internal.h"

namespace weir::sql {

namespace {

void read_constraint(Json node, Statement& statement, ColumnDefinition* column) {
  const Json body = tagged(node).body;
  const std::string_view type = text_at(body, "contype");
  std::vector<std::string> keys;
  each(body, "keys", [&](Json key) { keys.push_back(string_of(key)); });
  Json raw;
  if (type == "CONSTR_PRIMARY") {
    if (column) {
      column->primary_key = column->not_null = true;
      statement.columns.push_back(column->name);
    } else {
      statement.columns = keys;
    }
  } else if (type == "CONSTR_NOTNULL" && column) {
    column->not_null = true;
  } else if (type == "CONSTR_UNIQUE") {
    statement.unique.push_back(column ? std::vector<std::string>{column->name} : keys);
  } else if (type == "CONSTR_DEFAULT" && column && !body["raw_expr"].get(raw)) {
    column->default_value = read_expr(raw);
  } else if (type == "CONSTR_CHECK" && !body["raw_expr"].get(raw)) {
    ColumnDefinition anonymous;
    ColumnDefinition& target = column ? *column : anonymous;
    target.check = read_expr(raw);
    if (!column) statement.definitions.push_back(std::move(anonymous));
  } else if (type == "CONSTR_IDENTITY" && column) {
    column->not_null = true;
    const bool always = text_at(body, "generated_when") == "a";
    column->identity =
        always ? ColumnDefinition::Identity::kAlways : ColumnDefinition::Identity::kByDefault;
  } else if (type == "CONSTR_GENERATED" && column && !body["raw_expr"].get(raw)) {
    column->generated = read_expr(raw);
  } else if (type == "CONSTR_FOREIGN") {
    statement.value = "foreign keys";
  }
}

void read_create_table(Statement& statement, Json body) {
  statement.kind = StatementKind::kCreateTable;
  statement.if_exists = flag_at(body, "if_not_exists");
  read_relation(statement, body, "relation");
  if (has(body, "inhRelations")) statement.value = "inherited tables";
  if (has(body, "partspec")) statement.value = "partitioned tables";
  each(body, "tableElts", [&](Json node) {
    const Tagged element = tagged(node);
    if (element.tag == "TableLikeClause") statement.value = "columns of LIKE";
    if (element.tag == "Constraint") return read_constraint(node, statement, nullptr);
    if (element.tag != "ColumnDef") return;
    ColumnDefinition column;
    column.name = text_at(element.body, "colname");
    column.location = static_cast<int32_t>(number_at(element.body, "location"));
    column.type_name = read_type_name(element.body["typeName"].value_unsafe());
    each(element.body, "constraints", [&](Json c) { read_constraint(c, statement, &column); });
    statement.definitions.push_back(std::move(column));
  });
}

void read_view(Statement& statement, Json body) {
  statement.kind = StatementKind::kCreateView;
  statement.or_replace = flag_at(body, "replace");
  read_relation(statement, body, "view");
  if (has(body, "aliases")) statement.value = "column names beside the view's own";
  statement.select = read_select(tagged(body["query"].value_unsafe()).body);
}

void read_create_as(Statement& statement, Json body) {
  if (text_at(body, "objtype") != "OBJECT_MATVIEW") {
    statement.name = "CREATE TABLE AS";
    return;
  }
  statement.kind = StatementKind::kCreateMaterializedView;
  statement.if_exists = flag_at(body, "if_not_exists");
  const Json into = body["into"].value_unsafe();
  read_relation(statement, into, "rel");
  if (has(into, "colNames")) statement.value = "column names beside the view's own";
  if (flag_at(into, "skipData")) statement.value = "views WITH NO DATA";
  statement.select = read_select(tagged(body["query"].value_unsafe()).body);
}

void read_drop(Statement& statement, Json body) {
  statement.kind = StatementKind::kDrop;
  statement.if_exists = flag_at(body, "missing_ok");
  const std::string_view type = text_at(body, "removeType");
  statement.value = type == "OBJECT_TABLE"     ? "TABLE"
                    : type == "OBJECT_MATVIEW" ? "MATERIALIZED VIEW"
                    : type == "OBJECT_VIEW"    ? "VIEW"
                                               : std::string(type);
  each(body, "objects", [&](Json object) {
    std::string name;
    each(tagged(object).body, "items", [&](Json part) { name = string_of(part); });
    statement.drops.push_back(name);
  });
}

void read_transaction(Statement& statement, Json body) {
  const std::string_view kind = text_at(body, "kind");
  if (kind == "TRANS_STMT_BEGIN" || kind == "TRANS_STMT_START")
    statement.kind = StatementKind::kBegin;
  if (kind == "TRANS_STMT_COMMIT") statement.kind = StatementKind::kCommit;
  if (kind == "TRANS_STMT_ROLLBACK") statement.kind = StatementKind::kRollback;
  statement.name = "this transaction statement";
}

void read_body(Statement& statement, Json node) {
  const auto [tag, body] = tagged(node);
  statement.name = tag;
  if (tag == "SelectStmt") {
    statement.kind = StatementKind::kSelect;
    statement.name.clear();
    if (has(body, "intoClause"))
      return statement.kind = StatementKind::kUnsupported, void(statement.name = "SELECT INTO");
    statement.select = read_select(body);
  } else if (tag == "CreateStmt") {
    read_create_table(statement, body);
  } else if (tag == "InsertStmt") {
    read_insert(statement, body);
  } else if (tag == "UpdateStmt") {
    read_update(statement, body);
  } else if (tag == "DeleteStmt") {
    read_delete(statement, body);
  } else if (tag == "CopyStmt") {
    read_copy(statement, body);
  } else if (tag == "ViewStmt") {
    read_view(statement, body);
  } else if (tag == "CreateTableAsStmt") {
    read_create_as(statement, body);
  } else if (tag == "DropStmt") {
    read_drop(statement, body);
  } else if (tag == "TransactionStmt") {
    read_transaction(statement, body);
  } else if (tag == "ExplainStmt") {
    statement.kind = StatementKind::kExplain;
    each(body, "options", [&](Json option) {
      statement.options.push_back(read_option(tagged(option).body));
    });
    statement.inner = std::make_unique<Statement>();
    read_body(*statement.inner, body["query"].value_unsafe());
  } else if (tag == "TruncateStmt") {
    statement.kind = StatementKind::kTruncate;
    each(body, "relations", [&](Json relation) {
      statement.drops.emplace_back(text_at(tagged(relation).body, "relname"));
    });
  } else {
    read_session_statement(statement, tag, body);
  }
}

}  // namespace

Result<std::vector<Statement>> read_statements(std::string_view text, Json root) {
  std::vector<Statement> statements;
  each(root, "stmts", [&](Json raw) {
    Statement statement;
    statement.location = static_cast<int32_t>(number_at(raw, "stmt_location"));
    statement.length = static_cast<int32_t>(number_at(raw, "stmt_len"));
    if (statement.length == 0)
      statement.length = static_cast<int32_t>(text.size()) - statement.location;
    read_body(statement, raw["stmt"].value_unsafe());
    if (statement.kind == StatementKind::kPrepare) place_prepared(statement, text);
    statements.push_back(std::move(statement));
  });
  return statements;
}

}  // namespace weir::sql
