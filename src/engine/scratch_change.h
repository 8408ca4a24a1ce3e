// One INSERT, UPDATE or DELETE on a table of the scratch engine. What it reads is run as a query
// over the tables as its transaction sees them; what it changes is added to the transaction's
// changes; RETURNING is a query over the changed rows.
//
// Used with the database's mutex held, by the session that may write.
#pragma once
#include <optional>

#include "engine/scratch_transaction.h"
#include "plan/plan_statement.h"

namespace weir::engine {

struct StatementText {
  std::string_view text;
  sql::Statement& statement;
  const std::vector<Value>& parameters;
  QueryWatch watch = {};  // of the queries that it runs
};

class RowChange {
 public:
  RowChange(ScratchTransaction& transaction, StatementText statement, ScratchTable& table);
  Result<StatementResult> run();
  Result<StatementDescription> describe();
  Result<std::vector<plan::View>> plan();  // the queries that it would run, without running them

  using Targets = std::vector<uint32_t>;  // columns of the table
  Result<Targets> copy_targets() const;
  Result<StatementResult> copy_in(const Batch& rows, const Targets& targets);

 private:
  struct Assigned {
    std::vector<plan::AssignedColumn> values;
    Targets defaults;                     // = DEFAULT
  };
  // Rows that have changed, as RETURNING names them.
  struct Returned {
    plan::Scope scope;
    Schema schema;
    Batch rows;
  };

  // scratch_change.cc
  plan::StatementContext context() const;
  const Schema& schema() const { return table_.definition().schema; }
  const std::string& alias() const;
  plan::GivenRows table_rows() const;
  Result<Batch> query(const plan::View& view, const std::string& given = "",
                      const Batch& rows = {}) const;
  Result<Assigned> assigned(const std::vector<sql::SelectItem>& assignments) const;
  Result<Batch> with_assigned(const Assigned& assigned, const Batch& found, size_t read);
  Status append_value(ColumnBuilder& builder, const expr::ExprPtr& value) const;
  Status append_default(ColumnBuilder& builder, uint32_t column);
  Status append_row_value(ColumnBuilder& builder, const sql::Expr& e, uint32_t column);
  Result<Batch> complete_rows(Batch rows) const;  // generated columns, lengths
  Status add(Batch change);
  Result<StatementResult> answer(const char* verb, int64_t count, const Returned& returned);
  plan::GivenRows given_rows(const plan::Scope& scope, const Schema& schema) const;
  Result<StatementDescription> describe_returning(const plan::Scope& scope, const Schema& schema,
                                                  std::vector<Type> parameters);

  // scratch_insert.cc
  Result<StatementResult> insert();
  Result<StatementDescription> describe_insert();
  Result<Targets> insert_targets() const;
  bool is_plain_values() const;
  Result<Batch> rows_to_insert();
  Result<Batch> rows_of_values(const Targets& targets);
  Result<Batch> rows_of_select(const sql::Select& select, const Targets& targets, bool all);
  Result<Batch> with_defaults(std::vector<ColumnPtr> columns, uint32_t rows);
  Result<Batch> rows_of_queries(const Targets& targets);
  Status refuse_identity(const Targets& targets, const std::vector<sql::ExprPtr>* row) const;
  Status refuse_generated(const Targets& targets) const;
  Status refuse_count(size_t given, size_t wanted, bool all) const;
  plan::Scope insert_scope() const;

  // scratch_conflict.cc
  struct Conflicts {
    Batch free;
    std::vector<uint32_t> free_places;    // in the rows to insert
    Batch pairs;                          // the row in the way, the row that came, its place
  };
  Result<std::vector<uint32_t>> arbiters() const;
  Result<Batch> insert_or_update(const Batch& rows, Returned& returned);
  Result<Conflicts> conflicts(const Batch& rows, uint32_t rule);
  Result<Batch> rows_in_the_way(const Batch& coming, uint32_t rule);
  plan::GivenRows conflict_rows() const;
  Schema conflict_schema() const;

  // scratch_update.cc
  Result<StatementResult> update_or_delete();
  Result<StatementDescription> describe_update();
  Result<plan::ChangePlan> plan_update(const Assigned& assigned) const;
  Result<Batch> each_row_once(const Batch& found);

  ScratchTransaction& transaction_;
  std::string_view text_;
  sql::Statement& statement_;
  const std::vector<Value>& parameters_;
  ScratchTable& table_;
  QueryWatch watch_;
};

Error no_such_column(const std::string& column, const std::string& table);
// A value for a column, cut or refused by its length.
Result<ColumnPtr> fitted(const ColumnPtr& column, Type type);
// Errors of evaluating a row, as the statement's.
Error row_error(const RowError& error);
int64_t total_weight(const Batch& batch);

}  // namespace weir::engine
