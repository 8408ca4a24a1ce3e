#include "sql/tree_reader_internal.h"

namespace weir::sql {

namespace {

void read_body(Statement& statement, Json node) {
  const auto [tag, body] = tagged(node);
  statement.name = tag;
  if (tag == "SelectStmt") {
    statement.kind = StatementKind::kSelect;
    statement.name.clear();
    statement.select = read_select(body, true);
    Json first = body;  // of several with UNION
    while (!first["larg"].get(first)) {
    }
    Json into;
    if (!first["intoClause"].get(into)) {
      statement.kind = StatementKind::kCreateTableAs;
      read_into(statement, into);
    }
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
  } else if (tag == "AlterTableStmt") {
    read_alter(statement, body);
  } else if (tag == "RenameStmt") {
    read_rename(statement, body);
  } else if (tag == "RefreshMatViewStmt") {
    statement.kind = StatementKind::kRefresh;
    statement.with_data = !flag_at(body, "skipData");
    read_relation(statement, body, "relation");
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
      statement.drops.push_back(relation_name(tagged(relation).body));
    });
    statement.cascade = text_at(body, "behavior") == "DROP_CASCADE";
    statement.restart_identity = flag_at(body, "restart_seqs");
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
