// BEGIN, COMMIT, ROLLBACK and savepoints, by PostgreSQL's rules: an error fails the block, and what
// is left to say is ROLLBACK, or ROLLBACK TO a savepoint, which brings it back to life.
#include <fmt/core.h>

#include "engine/sql_session.h"

namespace weir::engine {

namespace {

Error outside_of_block(const std::string& what) {
  return Error(ErrorKind::kInvalidStatement, 1739,
               what + " can only be used in transaction blocks")
      .hint("say BEGIN first")
      .sqlstate("25P01");
}

const char* verb_of(const sql::Statement& statement) {
  switch (statement.kind) {
    case sql::StatementKind::kInsert: return "INSERT";
    case sql::StatementKind::kUpdate: return "UPDATE";
    case sql::StatementKind::kDelete: return "DELETE";
    case sql::StatementKind::kTruncate: return "TRUNCATE TABLE";
    case sql::StatementKind::kCreateTable: return "CREATE TABLE";
    case sql::StatementKind::kCreateTableAs: return "CREATE TABLE AS";
    case sql::StatementKind::kCreateView: return "CREATE VIEW";
    case sql::StatementKind::kCreateMaterializedView: return "CREATE MATERIALIZED VIEW";
    case sql::StatementKind::kRefresh: return "REFRESH MATERIALIZED VIEW";
    case sql::StatementKind::kCopy: return "COPY FROM";
    case sql::StatementKind::kDrop: return "DROP";
    default: return "ALTER";
  }
}

}  // namespace

void SqlSession::fail_block() {
  if (state_ != TransactionState::kOpen) return;
  if (savepoints_.empty()) WEIR_CHECK(end_transaction(false).has_value());
  state_ = TransactionState::kFailed;
}

Status SqlSession::refuse_in_read_only(const sql::Statement& statement) const {
  if (!read_only_) return {};
  return Error(ErrorKind::kInvalidStatement, 1727,
               fmt::format("cannot execute {} in a read-only transaction", verb_of(statement)))
      .sqlstate("25006");
}

Result<StatementResult> SqlSession::transaction(const sql::Statement& statement) {
  switch (statement.kind) {
    case sql::StatementKind::kBegin:
    case sql::StatementKind::kSetTransaction: return begin_block(statement);
    case sql::StatementKind::kCommit:
    case sql::StatementKind::kRollback: return end_block(statement);
    default: return savepoint(statement);
  }
}

Result<StatementResult> SqlSession::begin_block(const sql::Statement& statement) {
  StatementResult result;
  const bool sets = statement.kind == sql::StatementKind::kSetTransaction;
  result.tag = sets ? "SET" : statement.name == "START TRANSACTION" ? statement.name : "BEGIN";
  if (!sets && in_block()) {
    result.notices.push_back("there is already a transaction in progress");
  } else if (!sets) {
    TRY_VOID(open_transaction());
    state_ = TransactionState::kOpen;
    read_only_ = false;
  } else if (!in_block()) {
    result.notices.push_back("SET TRANSACTION can only be used in transaction blocks");
    return result;
  }
  if (statement.transaction.read_only) read_only_ = *statement.transaction.read_only;
  return result;
}

Result<StatementResult> SqlSession::end_block(const sql::Statement& statement) {
  StatementResult result;
  const TransactionState was = state_;
  const bool commits = statement.kind == sql::StatementKind::kCommit;
  const bool chains = statement.transaction.chain;
  if (was == TransactionState::kIdle && chains) {
    return outside_of_block(commits ? "COMMIT AND CHAIN" : "ROLLBACK AND CHAIN");
  }
  if (was == TransactionState::kIdle) {
    result.notices.push_back("there is no transaction in progress");
  }
  const bool was_read_only = read_only_;
  const bool is_over = was == TransactionState::kFailed && savepoints_.empty();
  state_ = TransactionState::kIdle;
  read_only_ = false;
  savepoints_.clear();
  const bool good = commits && was != TransactionState::kFailed;
  result.tag = good ? "COMMIT" : "ROLLBACK";
  if (!is_over) TRY_VOID(end_transaction(good));
  if (!chains) return result;
  TRY_VOID(open_transaction());
  state_ = TransactionState::kOpen;
  read_only_ = was_read_only;
  return result;
}

Result<StatementResult> SqlSession::savepoint(const sql::Statement& statement) {
  const std::string& name = statement.transaction.savepoint;
  const bool saves = statement.kind == sql::StatementKind::kSavepoint;
  const bool releases = statement.kind == sql::StatementKind::kRelease;
  if (!in_block()) {
    return outside_of_block(saves      ? "SAVEPOINT"
                            : releases ? "RELEASE SAVEPOINT"
                                       : "ROLLBACK TO SAVEPOINT");
  }
  StatementResult result;
  result.tag = saves ? "SAVEPOINT" : releases ? "RELEASE" : "ROLLBACK";
  if (saves) {
    save();
    savepoints_.push_back({name, cursors_.declared(), settings_.save()});
    return result;
  }
  const auto last = std::find_if(savepoints_.rbegin(), savepoints_.rend(),
                                 [&](const Savepoint& point) { return point.name == name; });
  if (last == savepoints_.rend()) {
    return Error(ErrorKind::kNotFound, 1730, fmt::format("savepoint \"{}\" does not exist", name))
        .sqlstate("3B001");
  }
  const auto at = static_cast<size_t>(savepoints_.rend() - last) - 1;
  if (releases) {
    forget(at);
    savepoints_.resize(at);
  } else {
    go_back(at);
    cursors_.go_back(savepoints_[at].cursors);
    settings_.go_back(savepoints_[at].settings);
    savepoints_.resize(at + 1);
    state_ = TransactionState::kOpen;
  }
  return result;
}

}  // namespace weir::engine
