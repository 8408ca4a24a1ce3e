#include "engine/sql_session.h"

#include <charconv>

#include <fmt/core.h>

#include "sql/parser.h"

namespace weir::engine {

namespace {

Error in_failed_block() {
  return Error(ErrorKind::kAborted, 1670,
               "current transaction is aborted, commands ignored until end of transaction block")
      .sqlstate("25P02");
}

bool changes_data(sql::StatementKind kind) {
  switch (kind) {
    case sql::StatementKind::kInsert:
    case sql::StatementKind::kUpdate:
    case sql::StatementKind::kDelete:
    case sql::StatementKind::kCreateTable:
    case sql::StatementKind::kCreateView:
    case sql::StatementKind::kCreateMaterializedView:
    case sql::StatementKind::kCreateTableAs:
    case sql::StatementKind::kAlter:
    case sql::StatementKind::kRefresh:
    case sql::StatementKind::kDrop:
    case sql::StatementKind::kCreateType:
    case sql::StatementKind::kAlterType:
    case sql::StatementKind::kTruncate: return true;
    default: return false;
  }
}

}  // namespace

uint64_t StatementResult::rows() const {
  uint64_t rows = 0;
  for (const Batch& batch : batches) rows += batch.rows;
  return rows;
}

StatementResult text_rows(const std::string& column, const std::vector<std::string>& lines,
                          const std::string& tag) {
  StatementResult result;
  result.has_rows = true;
  result.schema.fields.push_back({column, TypeId::kText});
  BatchBuilder rows(result.schema);
  for (const std::string& line : lines) {
    rows.column(0).append_text(line);
    rows.end_row();
  }
  result.batches.push_back(rows.finish());
  result.tag = tag;
  return result;
}

size_t parameter_count(std::string_view sql) {
  size_t most = 0;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'' || sql[i] == '"') {
      const size_t end = sql.find(sql[i], i + 1);
      if (end == std::string_view::npos) return most;
      i = end;
    } else if (sql.substr(i, 2) == "--") {
      i = std::min(sql.find('\n', i), sql.size());
    } else if (sql.substr(i, 2) == "/*") {
      i = std::min(sql.find("*/", i), sql.size());
    } else if (sql[i] == '$') {
      size_t number = 0;
      const auto [end, code] = std::from_chars(sql.data() + i + 1, sql.data() + sql.size(), number);
      if (code == std::errc() && number <= UINT16_MAX) most = std::max(most, number);
    }
  }
  return most;
}

// Statements of one text that no BEGIN encloses are one transaction.
Status SqlSession::execute(std::string_view sql, const OnResult& on_result) {
  std::vector<sql::Statement> statements = TRY(sql::parse(sql));
  const bool implicit = statements.size() > 1 && state_ == TransactionState::kIdle;
  cancelled_ = false;
  if (implicit) TRY_VOID(open_transaction());
  implicit_ = implicit;
  const auto end_implicit = [&](bool good) -> Status {
    implicit_ = false;
    if (!implicit || state_ != TransactionState::kIdle) return {};
    return end_transaction(good);
  };
  for (sql::Statement& statement : statements) {
    Result<StatementResult> result = run(sql, statement, {});
    Status told;
    if (result) told = on_result(std::move(*result));
    if (!result || !told) {
      TRY_VOID(end_implicit(false));
      return result ? std::move(told).error() : std::move(result).error();
    }
  }
  return end_implicit(true);
}

Result<StatementResult> SqlSession::execute_prepared(std::string_view sql,
                                                     const std::vector<Value>& parameters) {
  cancelled_ = false;
  std::vector<sql::Statement> statements = TRY(sql::parse(sql));
  if (statements.empty()) return StatementResult();
  if (statements.size() > 1) {
    return Error(ErrorKind::kInvalidStatement, 1671,
                 "cannot insert multiple commands into a prepared statement")
        .sqlstate("42601");
  }
  return run(sql, statements[0], parameters);
}

Result<StatementResult> SqlSession::run(std::string_view text, sql::Statement& statement,
                                        const Parameters& parameters) {
  const bool ends_block = statement.kind == sql::StatementKind::kCommit ||
                          statement.kind == sql::StatementKind::kRollback ||
                          statement.kind == sql::StatementKind::kRollbackTo;
  if (state_ == TransactionState::kFailed && !ends_block) return in_failed_block();
  Result<StatementResult> result = run_in_block(text, statement, parameters);
  const std::vector<std::string> told = take_notices();
  if (!result) fail_block();
  if (!result) return result;
  result->zone = settings_.zone();
  result->notices.insert(result->notices.end(), told.begin(), told.end());
  return result;
}

Status SqlSession::open_transaction() {
  settings_.begin();
  cursors_.begin_transaction();
  return begin();
}

Status SqlSession::end_transaction(bool commits) {
  Status done;
  if (commits) done = commit();
  const bool committed = commits && done.has_value();
  if (!committed) rollback();
  settings_.end(committed);
  cursors_.end_transaction(committed);
  return done;
}

Result<StatementResult> SqlSession::run_in_block(std::string_view text, sql::Statement& statement,
                                                 const Parameters& parameters) {
  switch (statement.kind) {
    case sql::StatementKind::kSelect:
      if (statement.subscribe) return subscribe(text, *statement.select, *statement.subscribe);
      return query(text, *statement.select, parameters);
    case sql::StatementKind::kExplain: return explained(text, statement, parameters);
    case sql::StatementKind::kShow: return show(statement);
    case sql::StatementKind::kSet: return set(statement);
    case sql::StatementKind::kPrepare: return prepare(text, statement);
    case sql::StatementKind::kExecute: return execute_by_name(text, statement, parameters);
    case sql::StatementKind::kDeallocate: return deallocate(statement);
    case sql::StatementKind::kDiscard: return discard(statement);
    case sql::StatementKind::kDeclare: return declare(text, statement, parameters);
    case sql::StatementKind::kFetch: return cursors_.fetch(statement.name, *statement.cursor);
    case sql::StatementKind::kClose: return close_cursor(statement);
    case sql::StatementKind::kCopy:
      return statement.copy->is_from ? copy_in(statement) : copy_to(text, statement, parameters);
    case sql::StatementKind::kBegin:
    case sql::StatementKind::kCommit:
    case sql::StatementKind::kRollback:
    case sql::StatementKind::kSetTransaction:
    case sql::StatementKind::kSavepoint:
    case sql::StatementKind::kRelease:
    case sql::StatementKind::kRollbackTo: return transaction(statement);
    default: break;
  }
  if (changes_data(statement.kind)) {
    TRY_VOID(refuse_in_read_only(statement));
    return change(text, statement, parameters);
  }
  return Error(ErrorKind::kNotSupported, 1672,
               fmt::format("{} is not supported yet", statement.name))
      .sqlstate("0A000")
      .at(sql::place_of(text, statement.location, {"", 1, 1, 0, 0}));
}

Result<StatementResult> SqlSession::subscribe(std::string_view text, const sql::Select& select,
                                              const sql::Subscribe& options) {
  auto rows = std::make_unique<SubscribedRows>(TRY(follow(text, select, options.snapshot)), options,
                                               cancelled_);
  StatementResult result;
  result.has_rows = true;
  result.schema = rows->schema();
  result.tag = "SUBSCRIBE";
  result.stream = std::move(rows);
  return result;
}

SystemQuery SqlSession::system_query() {
  return {[this] { return relations(); },
          [this](const std::string& name) { return settings_.find(name); }};
}

Result<StatementResult> SqlSession::query(std::string_view text, sql::Select& select,
                                          const Parameters& parameters) {
  SystemQuery system = system_query();
  if (TRY(system.prepare(text, select))) return system.run(text, select, parameters, now());
  return this->select(text, select, parameters);
}

Result<StatementDescription> SqlSession::describe(std::string_view sql,
                                                  const std::vector<Type>& types) {
  std::vector<sql::Statement> statements = TRY(sql::parse(sql));
  StatementDescription description;
  if (statements.empty()) return description;
  if (statements.size() > 1) {
    return Error(ErrorKind::kInvalidStatement, 1671,
                 "cannot insert multiple commands into a prepared statement")
        .sqlstate("42601");
  }
  Parameters parameters;
  for (size_t i = 0; i < std::max(parameter_count(sql), types.size()); ++i) {
    parameters.push_back(Value::null(i < types.size() ? types[i] : Type()));
  }
  description = TRY(describe_statement(sql, statements[0], parameters));
  while (description.parameters.size() < parameters.size()) {
    description.parameters.push_back(parameters[description.parameters.size()].type);
  }
  description.parameters.resize(parameters.size());
  for (Type& type : description.parameters) {
    if (type.id == TypeId::kUnknown) type = TypeId::kText;
  }
  return description;
}

Result<StatementDescription> SqlSession::describe_statement(std::string_view text,
                                                            sql::Statement& statement,
                                                            const Parameters& parameters) {
  StatementDescription description;
  switch (statement.kind) {
    case sql::StatementKind::kSelect: {
      if (statement.subscribe) {
        return StatementDescription{
            {}, true, TRY(subscribe(text, *statement.select, *statement.subscribe)).schema};
      }
      SystemQuery system = system_query();
      return TRY(system.prepare(text, *statement.select))
                 ? system.describe(text, *statement.select, parameters)
                 : describe_select(text, *statement.select, parameters);
    }
    case sql::StatementKind::kShow: {
      StatementResult shown = TRY(show(statement));
      return StatementDescription{{}, true, std::move(shown.schema)};
    }
    case sql::StatementKind::kExplain:
      description.schema.fields.push_back({"QUERY PLAN", TypeId::kText});
      description.has_rows = true;
      return description;
    case sql::StatementKind::kExecute:
      description = TRY(prepared_statements().find(statement.name))->description;
      description.parameters.clear();  // those are not EXECUTE's own
      return description;
    case sql::StatementKind::kFetch:
      if (statement.cursor->moves) return description;
      return StatementDescription{{}, true, TRY(cursors_.schema(statement.name))};
    default: break;
  }
  if (changes_data(statement.kind)) return describe_change(text, statement, parameters);
  return description;
}

}  // namespace weir::engine
