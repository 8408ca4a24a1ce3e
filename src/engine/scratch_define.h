// CREATE, ALTER, DROP and REFRESH: what a transaction's relations are from then on. Rows of a table
// that changes are carried over into the new one as changes of the transaction.
//
// Used with the database's mutex held, by the session that may write.
#pragma once
#include "engine/scratch_transaction.h"
#include "sql/ast.h"

namespace weir::engine {

class ScratchDefine {
 public:
  ScratchDefine(ScratchTransaction& transaction, std::string_view text, sql::Statement& statement,
                std::vector<std::string>& notices)
      : transaction_(transaction), text_(text), statement_(statement), notices_(notices) {}
  // The rows of a new view need not be counted: they are there right after.
  void commits_at_once() { commits_at_once_ = true; }
  Result<StatementResult> run();
  // TRUNCATE ... RESTART IDENTITY.
  Status start_anew(const ScratchTable& table);

 private:
  const Relations& relations() const { return transaction_.relations(); }
  Status refuse_unsupported() const;
  Result<bool> is_there_already();

  // scratch_define.cc
  Result<StatementResult> create_table();
  Result<StatementResult> create_table_as();
  Result<StatementResult> create_view();
  Result<std::unique_ptr<ScratchView>> planned_view();
  Status refuse_other_columns(const Schema& old, const Schema& now) const;
  Result<StatementResult> drop();
  Result<bool> is_to_drop(const std::string& name);
  Status refuse_dependents(const std::vector<std::string>& names) const;
  void drop_with_dependents(const std::string& name);
  Result<StatementResult> refresh();
  Result<int64_t> count_rows(const plan::View& view) const;

  // scratch_table_rules.cc
  Status add_like(const sql::LikeClause& like, TableDefinition& table) const;
  Result<TableDefinition> defined_table();
  Status add_column(const sql::ColumnDefinition& column, TableDefinition& table) const;
  static Status add_column(const sql::ColumnDefinition& column, Type type,
                           TableDefinition& table);
  Status add_values(const sql::ColumnDefinition& column, TableDefinition& table) const;
  Status add_constraint(const sql::TableConstraint& constraint, TableDefinition& table) const;
  Status add_key(const sql::TableConstraint& constraint, TableDefinition& table) const;
  Status add_check(const sql::TableConstraint& constraint, TableDefinition& table) const;
  Result<expr::ExprPtr> default_value(const sql::Expr& e, const Field& field) const;
  Status refuse_generated(const TableDefinition& table, size_t column) const;
  Result<expr::ExprPtr> value(const sql::Expr& e, const Schema& schema, const Field& field) const;

  // scratch_type.cc
  static Error type_exists(const std::string& name);
  static Error no_such_type(const std::string& name);
  Result<StatementResult> create_type();
  Result<StatementResult> alter_enum();
  Result<StatementResult> drop_types();
  std::string dependents_of(const Type& type) const;
  std::vector<ScratchView*> views_of(const Type& type) const;
  Status drop_dependents(const Type& type);

  // scratch_alter.cc
  struct Altered;
  Result<StatementResult> alter();
  Result<StatementResult> rename();
  Status alter_table(const ScratchTable& table);
  Status alter_one(sql::AlterAction& action, Altered& altered);
  Status alter_add_column(const sql::AlterAction& action, Altered& altered);
  Status alter_drop_column(const sql::AlterAction& action, Altered& altered);
  static void erase_column(Altered& altered, uint32_t column);
  std::vector<ScratchView*> readers_of(uint32_t column, const Altered& altered) const;
  std::string dependents_of(uint32_t column, const Altered& altered) const;
  Status refuse_type(const std::string& name, const Altered& altered) const;
  Status alter_type(const sql::AlterAction& action, Altered& altered);
  Status alter_column(const sql::AlterAction& action, Altered& altered);
  Status alter_drop_constraint(const sql::AlterAction& action, Altered& altered);
  Status replace(const ScratchTable& old, Altered altered);
  Status plan_readers_again(const std::string& name, const std::string& now,
                            const std::vector<int>& places);

  ScratchTransaction& transaction_;
  std::string_view text_;
  sql::Statement& statement_;
  std::vector<std::string>& notices_;
  bool commits_at_once_ = false;
};

Error unknown_schema(const std::string& schema);

}  // namespace weir::engine
