#include "sql/tree_reader_internal.h"

namespace weir::sql {

namespace {

// Statements that a function of their own reads, by their node.
struct Reader {
  std::string_view tag;
  void (*read)(Statement&, Json);
};
constexpr Reader kReaders[] = {
    {"CreateStmt", read_create_table},
    {"InsertStmt", read_insert},
    {"UpdateStmt", read_update},
    {"DeleteStmt", read_delete},
    {"CopyStmt", read_copy},
    {"ViewStmt", read_view},
    {"CreateTableAsStmt", read_create_as},
    {"CreateEnumStmt", read_create_enum},
    {"AlterEnumStmt", read_alter_enum},
    {"CompositeTypeStmt", read_create_record},
    {"DropStmt", read_drop},
    {"AlterTableStmt", read_alter},
    {"RenameStmt", read_rename},
    {"TransactionStmt", read_transaction},
};

void read_body(Statement& statement, Json node) {
  const auto [tag, body] = tagged(node);
  statement.name = tag;
  for (const Reader& reader : kReaders) {
    if (reader.tag == tag) return reader.read(statement, body);
  }
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
  } else if (tag == "RefreshMatViewStmt") {
    statement.kind = StatementKind::kRefresh;
    statement.with_data = !flag_at(body, "skipData");
    read_relation(statement, body, "relation");
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
