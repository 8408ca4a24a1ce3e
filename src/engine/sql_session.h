// What every session does alike, whatever stands behind it: texts are parsed into statements,
// blocks of a transaction follow PostgreSQL's rules, settings are remembered, EXPLAIN explains.
// What reads and what changes is asked of the class below.
#pragma once
#include <atomic>

#include "engine/change_feed.h"
#include "engine/cursors.h"
#include "engine/query.h"
#include "engine/session.h"
#include "engine/settings.h"
#include "engine/system_query.h"
#include "sql/ast.h"

namespace weir::engine {

class SqlSession : public Session {
 public:
  Status execute(std::string_view sql, const OnResult& on_result) final;
  Result<StatementDescription> describe(std::string_view sql, const std::vector<Type>& types) final;
  Result<StatementResult> execute_prepared(std::string_view sql,
                                           const std::vector<Value>& parameters) final;
  TransactionState transaction_state() const final { return state_; }
  void cancel() final { cancelled_ = true; }

 protected:
  using Parameters = std::vector<Value>;

  virtual Result<StatementResult> select(std::string_view text, const sql::Select& select,
                                         const Parameters& parameters) = 0;
  // `parameters` are NULLs, without a type where the client gave none.
  virtual Result<StatementDescription> describe_select(std::string_view text,
                                                       const sql::Select& select,
                                                       const Parameters& parameters) = 0;
  // The queries that a SELECT, INSERT, UPDATE or DELETE would run.
  virtual Result<std::vector<plan::View>> plan(std::string_view text, sql::Statement& statement,
                                               const Parameters& parameters) = 0;
  // INSERT, UPDATE, DELETE, CREATE, DROP, TRUNCATE.
  virtual Result<StatementResult> change(std::string_view text, sql::Statement& statement,
                                         const Parameters& parameters) = 0;
  virtual Result<StatementDescription> describe_change(std::string_view text,
                                                       sql::Statement& statement,
                                                       const Parameters& parameters) {
    return StatementDescription();
  }
  // COPY ... FROM STDIN. The rows are there once it has finished.
  virtual Result<std::unique_ptr<CopyIn>> copy_from(sql::Statement statement) = 0;
  // The changes of a query, behind its contents where these are asked for.
  virtual Result<std::unique_ptr<ChangeFeed>> follow(std::string_view text,
                                                     const sql::Select& select, bool contents) = 0;
  // The types that users have named, and no relation.
  virtual catalog::Catalog named_types() { return {}; }
  virtual Micros now() const = 0;
  virtual Clock& clock() = 0;
  virtual Status begin() { return {}; }
  virtual Status commit() { return {}; }
  virtual void rollback() {}
  // Savepoints, by their number in the block: go_back keeps the one it goes to.
  virtual void save() {}
  virtual void go_back(size_t save) {}
  virtual void forget(size_t save) {}
  // What is to be told beside the last result.
  virtual std::vector<std::string> take_notices() { return {}; }
  // Where the statement that runs says what it does; null: nobody asks.
  QueryProfile* profile() const { return profile_; }
  bool in_block() const { return state_ != TransactionState::kIdle; }

 private:
  class CopyInBlock;

  Status open_transaction();
  Status end_transaction(bool commits);
  void fail_block();
  Result<StatementResult> run(std::string_view text, sql::Statement& statement,
                              const Parameters& parameters);
  Result<StatementResult> run_in_block(std::string_view text, sql::Statement& statement,
                                       const Parameters& parameters);
  Result<StatementResult> query(std::string_view text, sql::Select& select,
                                const Parameters& parameters);
  Result<StatementResult> subscribe(std::string_view text, const sql::Select& select,
                                    const sql::Subscribe& options);
  Result<StatementDescription> describe_statement(std::string_view text, sql::Statement& statement,
                                                  const Parameters& parameters);
  SystemQuery system_query();
  Result<StatementResult> transaction(const sql::Statement& statement);  // sql_transaction.cc
  Result<StatementResult> begin_block(const sql::Statement& statement);
  Result<StatementResult> end_block(const sql::Statement& statement);
  Result<StatementResult> savepoint(const sql::Statement& statement);
  Status refuse_in_read_only(const sql::Statement& statement) const;

  // sql_copy.cc
  Result<StatementResult> copy_in(sql::Statement& statement);
  Result<StatementResult> copy_to(std::string_view text, sql::Statement& statement,
                                  const Parameters& parameters);

  // sql_names.cc: what the session keeps by name
  Result<StatementResult> show(const sql::Statement& statement) const;
  Result<StatementResult> set(const sql::Statement& statement);
  Result<StatementResult> prepare(std::string_view text, const sql::Statement& statement);
  Result<Parameters> arguments_of(std::string_view text, const sql::Statement& statement,
                                  const PreparedStatement& prepared, const Parameters& parameters);
  Result<StatementResult> execute_by_name(std::string_view text, const sql::Statement& statement,
                                          const Parameters& parameters);
  Result<StatementResult> deallocate(const sql::Statement& statement);
  Result<StatementResult> discard(const sql::Statement& statement);
  Result<StatementResult> declare(std::string_view text, sql::Statement& statement,
                                  const Parameters& parameters);
  Result<StatementResult> close_cursor(const sql::Statement& statement);

  // sql_explain.cc
  Result<StatementResult> explained(std::string_view text, sql::Statement& statement,
                                    const Parameters& parameters);
  Result<StatementResult> explained_execute(std::string_view text, sql::Statement& statement,
                                            const Parameters& parameters);

  TransactionState state_ = TransactionState::kIdle;
  bool read_only_ = false;                // the block
  std::vector<std::string> savepoints_;   // of the block, by name; the latest of a name counts
  bool implicit_ = false;  // several statements of one text, without BEGIN
  std::atomic<bool> cancelled_ = false;
  QueryProfile* profile_ = nullptr;
  Settings settings_;
  Cursors cursors_;
};

// One column of text lines, for SHOW and EXPLAIN.
StatementResult text_rows(const std::string& column, const std::vector<std::string>& lines,
                          const std::string& tag);

// The highest $n outside of quotes and comments.
size_t parameter_count(std::string_view sql);

}  // namespace weir::engine
