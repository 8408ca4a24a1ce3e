// A session of the scratch engine. Changes wait in the session until its transaction commits;
// without a block each statement commits by itself.
#include <fmt/core.h>

#include "data/cast.h"
#include "engine/query.h"
#include "engine/scratch_database.h"
#include "engine/sql_session.h"
#include "plan/plan_statement.h"
#include "plan/planner.h"

namespace weir::engine {

namespace {

constexpr auto kWriteWait = std::chrono::seconds(10);

Error row_error(const RowError& error) {
  return Error(ErrorKind::kInvalidData, 1390, error.message).sqlstate(error.sqlstate);
}

int64_t total_weight(const Batch& batch) {
  int64_t total = 0;
  for (uint32_t row = 0; row < batch.rows; ++row) total += batch.weight(row);
  return total;
}

// A bare NULL of a SELECT has type text, and fits any column.
bool is_all_null(const Column& column) {
  for (uint32_t row = 0; row < column.size(); ++row) {
    if (!column.is_null(row)) return false;
  }
  return true;
}

class ScratchSession final : public SqlSession {
 public:
  explicit ScratchSession(ScratchDatabase::Rep& database) : db_(database) {}
  ~ScratchSession() override { rollback(); }
  std::vector<Relation> relations() override;

 protected:
  Result<StatementResult> select(std::string_view text, const sql::Select& select,
                                 const Parameters& parameters) override;
  Result<StatementDescription> describe_select(std::string_view text, const sql::Select& select,
                                               const Parameters& parameters) override;
  Result<std::vector<Type>> describe_change(std::string_view text, const sql::Statement& statement,
                                            const Parameters& parameters) override;
  Result<std::string> explain(std::string_view text, const sql::Select& select,
                              const Parameters& parameters) override;
  Result<StatementResult> change(std::string_view text, sql::Statement& statement,
                                 const Parameters& parameters) override;
  Micros now() const override { return db_.clock.now(); }
  Status begin() override {
    many_ = true;
    return {};
  }
  Status commit() override;
  void rollback() override;

 private:
  using Lock = std::unique_lock<std::mutex>;

  Result<StatementResult> select_locked(std::string_view text, const sql::Select& select,
                                        const Parameters& parameters);
  Result<StatementResult> define(std::string_view text, sql::Statement& statement);
  Result<StatementResult> insert(std::string_view text, sql::Statement& statement,
                                 const Parameters& parameters, ScratchTable& table);
  static Result<std::vector<uint32_t>> targets_of(const sql::Statement& statement,
                                                  const ScratchTable& table);
  Result<Batch> rows_to_insert(std::string_view text, sql::Statement& statement,
                               const Parameters& parameters, const ScratchTable& table);
  Result<Batch> rows_of_values(std::string_view text, const sql::Statement& statement,
                               const Parameters& parameters, const ScratchTable& table,
                               const std::vector<uint32_t>& targets);
  Result<Batch> rows_of_query(std::string_view text, const sql::Statement& statement,
                              const Parameters& parameters, const ScratchTable& table,
                              const std::vector<uint32_t>& targets);
  Result<StatementResult> update_or_delete(std::string_view text, const sql::Statement& statement,
                                           const Parameters& parameters, ScratchTable& table);
  Result<StatementResult> truncate(const sql::Statement& statement);
  Status append_value(ColumnBuilder& builder, const expr::ExprPtr& value) const;
  Status take_writing(Lock& lock);
  Status add(ScratchTable& table, Batch change);
  void commit_locked();
  void release();

  ScratchDatabase::Rep& db_;
  Changes changes_;
  std::vector<std::string> notices_;
  bool many_ = false;  // a block, or several statements of one text
};

Result<StatementResult> ScratchSession::select_locked(std::string_view text,
                                                      const sql::Select& select,
                                                      const Parameters& parameters) {
  const plan::View view = TRY(plan::plan_select(text, select, db_.catalog, parameters));
  std::vector<std::string> told = db_.catch_up();
  notices_.insert(notices_.end(), told.begin(), told.end());
  return run_query(
      view, db_.plain_views(view.reads),
      [&](const std::string& relation) { return db_.contents(relation, &changes_); },
      db_.clock.now());
}

Result<StatementResult> ScratchSession::select(std::string_view text, const sql::Select& select,
                                               const Parameters& parameters) {
  const Lock lock(db_.mutex);
  return select_locked(text, select, parameters);
}

Result<StatementDescription> ScratchSession::describe_select(std::string_view text,
                                                             const sql::Select& select,
                                                             const Parameters& parameters) {
  const Lock lock(db_.mutex);
  return describe_query(TRY(plan::plan_select(text, select, db_.catalog, parameters)));
}

// A statement that cannot be planned says so when it runs.
Result<std::vector<Type>> ScratchSession::describe_change(std::string_view text,
                                                          const sql::Statement& statement,
                                                          const Parameters& parameters) {
  const Lock lock(db_.mutex);
  const ScratchTable* table = db_.find_table(statement.name);
  if (!table) return std::vector<Type>();
  const Schema& schema = table->definition().schema;
  if (statement.kind != sql::StatementKind::kInsert) {
    return TRY(plan::plan_change(text, statement, schema, parameters)).parameters;
  }
  if (!statement.select) return std::vector<Type>();
  if (statement.select->values.empty()) {
    return TRY(plan::plan_select(text, *statement.select, db_.catalog, parameters)).parameters;
  }
  std::vector<Type> types;
  const Schema none;
  const std::vector<uint32_t> targets = TRY(targets_of(statement, *table));
  for (const auto& row : statement.select->values) {
    for (size_t i = 0; i < std::min(row.size(), targets.size()); ++i) {
      TRY_VOID(
          plan::plan_value(text, *row[i], none, schema.fields[targets[i]], parameters, &types));
    }
  }
  return types;
}

Result<std::string> ScratchSession::explain(std::string_view text, const sql::Select& select,
                                            const Parameters& parameters) {
  const Lock lock(db_.mutex);
  return plan::explain(TRY(plan::plan_select(text, select, db_.catalog, parameters)));
}

Status ScratchSession::take_writing(Lock& lock) {
  const bool free = db_.released.wait_for(
      lock, kWriteWait, [&] { return db_.writer == nullptr || db_.writer == this; });
  if (!free) {
    return Error(ErrorKind::kUnavailable, 1682, "another transaction is writing")
        .hint("commit it, or try again")
        .sqlstate("55P03");
  }
  db_.writer = this;
  return {};
}

void ScratchSession::release() {
  changes_.clear();
  many_ = false;
  if (db_.writer != this) return;
  db_.writer = nullptr;
  db_.released.notify_all();
}

Status ScratchSession::commit() {
  const Lock lock(db_.mutex);
  commit_locked();
  release();
  return {};
}

void ScratchSession::commit_locked() {
  if (!changes_.empty()) notices_ = db_.apply(std::move(changes_));
  changes_.clear();
}

void ScratchSession::rollback() {
  const Lock lock(db_.mutex);
  release();
}

Result<StatementResult> ScratchSession::change(std::string_view text, sql::Statement& statement,
                                               const Parameters& parameters) {
  if (statement.has_returning) {
    return Error(ErrorKind::kNotSupported, 1672, "RETURNING is not supported yet")
        .sqlstate("0A000");
  }
  Lock lock(db_.mutex);
  TRY_VOID(take_writing(lock));
  const auto run = [&]() -> Result<StatementResult> {
    if (statement.kind == sql::StatementKind::kTruncate) return truncate(statement);
    const bool rows = statement.kind == sql::StatementKind::kInsert ||
                      statement.kind == sql::StatementKind::kUpdate ||
                      statement.kind == sql::StatementKind::kDelete;
    if (!rows) return define(text, statement);
    ScratchTable* table = db_.find_table(statement.name);
    if (!table) {
      const bool is_view = db_.catalog.find(statement.name) != nullptr;
      return Error(is_view ? ErrorKind::kInvalidStatement : ErrorKind::kNotFound, 1683,
                   is_view ? fmt::format("\"{}\" is a view and cannot be changed", statement.name)
                           : fmt::format("relation \"{}\" does not exist", statement.name))
          .sqlstate(is_view ? "55000" : "42P01");
    }
    if (!statement.value.empty()) {
      return Error(ErrorKind::kNotSupported, 1672, statement.value + " is not supported yet")
          .sqlstate("0A000");
    }
    if (statement.kind == sql::StatementKind::kInsert) {
      return insert(text, statement, parameters, *table);
    }
    return update_or_delete(text, statement, parameters, *table);
  };
  Result<StatementResult> result = run();
  if (many_) return result;
  if (result) commit_locked();
  release();
  if (result) result->notices = std::move(notices_);
  notices_.clear();
  return result;
}

Result<StatementResult> ScratchSession::define(std::string_view text, sql::Statement& statement) {
  if (in_block()) {
    return Error(ErrorKind::kNotSupported, 1684,
                 "CREATE and DROP inside a block are not supported yet")
        .hint("run it outside of BEGIN and COMMIT")
        .sqlstate("0A000");
  }
  commit_locked();
  StatementResult result;
  switch (statement.kind) {
    case sql::StatementKind::kCreateTable:
      TRY_VOID(db_.create_table(text, statement));
      result.tag = "CREATE TABLE";
      break;
    case sql::StatementKind::kCreateView:
      TRY_VOID(db_.create_view(text, statement));
      result.tag = "CREATE VIEW";
      break;
    case sql::StatementKind::kCreateMaterializedView: {
      TRY_VOID(db_.create_view(text, statement));
      const ScratchView* view = db_.find_view(statement.name);
      result.tag = fmt::format("SELECT {}", view && view->rows ? view->rows->rows() : 0);
      break;
    }
    default:
      TRY_VOID(db_.drop(statement));
      result.tag = "DROP " + statement.value;
  }
  return result;
}

Status ScratchSession::add(ScratchTable& table, Batch change) {
  TableChange& pending = changes_[table.definition().name];
  TRY_VOID(table.add_keys(change, pending.keys));  // an error ends the transaction
  pending.batches.push_back(std::move(change));
  return {};
}

Result<StatementResult> ScratchSession::insert(std::string_view text, sql::Statement& statement,
                                               const Parameters& parameters, ScratchTable& table) {
  Batch rows = TRY(rows_to_insert(text, statement, parameters, table));
  TRY_VOID(table.check_rows(rows, db_.clock.now()));
  if (statement.on_conflict_nothing) {
    rows = gather(rows, table.without_conflict(rows, changes_[statement.name].keys));
  }
  StatementResult result;
  result.tag = fmt::format("INSERT 0 {}", total_weight(rows));
  TRY_VOID(add(table, std::move(rows)));
  return result;
}

// The columns that the values of an INSERT go to, in their order.
Result<std::vector<uint32_t>> ScratchSession::targets_of(const sql::Statement& statement,
                                                         const ScratchTable& table) {
  const Schema& schema = table.definition().schema;
  std::vector<uint32_t> targets;
  for (const std::string& name : statement.columns) {
    const int at = schema.find(name);
    if (at < 0) {
      return Error(ErrorKind::kInvalidStatement, 1261,
                   fmt::format("column \"{}\" of relation \"{}\" does not exist", name,
                               table.definition().name))
          .sqlstate("42703");
    }
    targets.push_back(static_cast<uint32_t>(at));
  }
  if (!statement.columns.empty()) return targets;
  const auto& values = statement.select->values;
  const size_t given = values.empty() ? schema.size() : values[0].size();
  for (uint32_t i = 0; i < std::min(given, schema.size()); ++i) targets.push_back(i);
  return targets;
}

Result<Batch> ScratchSession::rows_to_insert(std::string_view text, sql::Statement& statement,
                                             const Parameters& parameters,
                                             const ScratchTable& table) {
  if (!statement.select) {  // DEFAULT VALUES
    statement.select = std::make_unique<sql::Select>();
    statement.select->values.emplace_back();
  }
  const bool values = !statement.select->values.empty();
  const std::vector<uint32_t> targets = TRY(targets_of(statement, table));
  return values ? rows_of_values(text, statement, parameters, table, targets)
                : rows_of_query(text, statement, parameters, table, targets);
}

Status ScratchSession::append_value(ColumnBuilder& builder, const expr::ExprPtr& value) const {
  if (!value) {
    builder.append_null();
    return {};
  }
  if (value->kind == expr::ExprKind::kLiteral) {
    weir::append_value(builder, value->literal);
    return {};
  }
  Batch one;
  one.rows = 1;
  const expr::Evaluated result = expr::evaluate(*value, one, {db_.clock.now()});
  if (!result.errors.empty()) return row_error(result.errors[0]);
  builder.append_from(*result.column, 0);
  return {};
}

Result<Batch> ScratchSession::rows_of_values(std::string_view text, const sql::Statement& statement,
                                             const Parameters& parameters,
                                             const ScratchTable& table,
                                             const std::vector<uint32_t>& targets) {
  const TableDefinition& definition = table.definition();
  BatchBuilder rows(definition.schema);
  const Schema none;
  for (const auto& row : statement.select->values) {
    if (row.size() != targets.size()) {
      return Error(ErrorKind::kInvalidStatement, 1685,
                   row.size() > targets.size() ? "INSERT has more expressions than target columns"
                                               : "INSERT has more target columns than expressions")
          .sqlstate("42601");
    }
    std::vector<expr::ExprPtr> values = definition.defaults;
    for (size_t i = 0; i < row.size(); ++i) {
      values[targets[i]] = TRY(plan::plan_value(text, *row[i], none,
                                                definition.schema.fields[targets[i]], parameters));
    }
    for (size_t i = 0; i < values.size(); ++i) TRY_VOID(append_value(rows.column(i), values[i]));
    rows.end_row();
  }
  return rows.finish();
}

Result<Batch> ScratchSession::rows_of_query(std::string_view text, const sql::Statement& statement,
                                            const Parameters& parameters, const ScratchTable& table,
                                            const std::vector<uint32_t>& targets) {
  const TableDefinition& definition = table.definition();
  const StatementResult selected = TRY(select_locked(text, *statement.select, parameters));
  if (selected.schema.size() > targets.size() ||
      (!statement.columns.empty() && selected.schema.size() < targets.size())) {
    return Error(ErrorKind::kInvalidStatement, 1685,
                 selected.schema.size() > targets.size()
                     ? "INSERT has more expressions than target columns"
                     : "INSERT has more target columns than expressions")
        .sqlstate("42601");
  }
  BatchBuilder all(definition.schema);
  for (const Batch& batch : selected.batches) {
    Batch wide;
    wide.rows = batch.rows;
    for (size_t i = 0; i < definition.schema.size(); ++i) {
      ColumnBuilder one(definition.schema.fields[i].type);
      TRY_VOID(append_value(one, definition.defaults[i]));
      wide.columns.push_back(one.finish_constant(batch.rows));
    }
    for (size_t i = 0; i < selected.schema.size(); ++i) {
      const Field& field = definition.schema.fields[targets[i]];
      if (is_all_null(*batch.columns[i])) {
        wide.columns[targets[i]] = Column::nulls(field.type, batch.rows);
        continue;
      }
      const Type from = selected.schema.fields[i].type;
      if (!cast_exists(from, field.type, CastContext::kAssignment)) {
        return Error(ErrorKind::kInvalidStatement, 1260,
                     fmt::format("column \"{}\" is of type {} but expression is of type {}",
                                 field.name, field.type.name(), from.name()))
            .sqlstate("42804");
      }
      CastResult cast = cast_column(batch.columns[i], field.type);
      if (!cast.errors.empty()) return row_error(cast.errors[0]);
      wide.columns[targets[i]] = std::move(cast.column);
    }
    all.append(wide);
  }
  return all.finish();
}

Result<StatementResult> ScratchSession::update_or_delete(std::string_view text,
                                                         const sql::Statement& statement,
                                                         const Parameters& parameters,
                                                         ScratchTable& table) {
  const Schema& schema = table.definition().schema;
  const plan::ChangePlan plan = TRY(plan::plan_change(text, statement, schema, parameters));
  const expr::EvalContext now{db_.clock.now()};
  BatchBuilder change(schema);
  int64_t count = 0;
  for (const Batch& batch : TRY(db_.contents(statement.name, &changes_))) {
    Batch hit = batch;
    if (plan.where) {
      RowErrors errors;
      const std::vector<uint32_t> rows = expr::select_rows(*plan.where, batch, now, &errors);
      if (!errors.empty()) return row_error(errors[0]);
      hit = gather(batch, rows);
    }
    if (hit.rows == 0) continue;
    count += total_weight(hit);
    change.append(with_weights_negated(hit));
    if (statement.kind == sql::StatementKind::kDelete) continue;
    Batch changed = hit;
    for (const auto& [column, value] : plan.assignments) {
      expr::Evaluated result = expr::evaluate(*value, hit, now);
      if (!result.errors.empty()) return row_error(result.errors[0]);
      changed.columns[column] = std::move(result.column);
    }
    TRY_VOID(table.check_rows(changed, now.now));
    change.append(changed);
  }
  StatementResult result;
  result.tag = fmt::format(
      "{} {}", statement.kind == sql::StatementKind::kDelete ? "DELETE" : "UPDATE", count);
  if (!change.empty()) TRY_VOID(add(table, change.finish()));
  return result;
}

Result<StatementResult> ScratchSession::truncate(const sql::Statement& statement) {
  for (const std::string& name : statement.drops) {
    ScratchTable* table = db_.find_table(name);
    if (!table) {
      return Error(ErrorKind::kNotFound, 1683, fmt::format("relation \"{}\" does not exist", name))
          .sqlstate("42P01");
    }
    for (const Batch& batch : TRY(db_.contents(name, &changes_))) {
      if (batch.rows > 0) TRY_VOID(add(*table, with_weights_negated(batch)));
    }
  }
  StatementResult result;
  result.tag = "TRUNCATE TABLE";
  return result;
}

std::vector<Session::Relation> ScratchSession::relations() {
  const Lock lock(db_.mutex);
  std::vector<Relation> relations;
  for (const auto& [name, table] : db_.tables) {
    relations.push_back(
        {"public", name, "table", table->definition().schema, table->stream().key, ""});
  }
  for (const auto& view : db_.views) {
    relations.push_back({"public", view->view.definition.name,
                         view->rows ? "materialized view" : "view", view->view.root->schema, {},
                         view->sql});
  }
  return relations;
}

}  // namespace

Result<std::unique_ptr<Session>> ScratchDatabase::connect(const std::string&, const std::string&) {
  return std::unique_ptr<Session>(std::make_unique<ScratchSession>(*rep_));
}

}  // namespace weir::engine
