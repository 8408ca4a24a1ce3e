// A session of the scratch engine. Changes wait in the session until its transaction commits;
// without a block each statement commits by itself.
#include <fmt/core.h>

#include "engine/query.h"
#include "engine/scratch_change.h"
#include "engine/scratch_copy.h"
#include "engine/scratch_database.h"
#include "engine/scratch_feed.h"
#include "engine/sql_session.h"
#include "plan/plan_statement.h"
#include "plan/planner.h"

namespace weir::engine {

namespace {

constexpr auto kWriteWait = std::chrono::seconds(10);

bool changes_rows(sql::StatementKind kind) {
  return kind == sql::StatementKind::kInsert || kind == sql::StatementKind::kUpdate ||
         kind == sql::StatementKind::kDelete;
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
  Result<StatementDescription> describe_change(std::string_view text, sql::Statement& statement,
                                               const Parameters& parameters) override;
  Result<std::vector<plan::View>> plan(std::string_view text, sql::Statement& statement,
                                       const Parameters& parameters) override;
  Result<StatementResult> change(std::string_view text, sql::Statement& statement,
                                 const Parameters& parameters) override;
  Result<std::unique_ptr<CopyIn>> copy_from(sql::Statement statement) override;
  Result<std::unique_ptr<ChangeFeed>> follow(std::string_view text, const sql::Select& select,
                                             bool contents) override {
    return follow_query(db_, text, select, contents);
  }
  Micros now() const override { return db_.clock.now(); }
  Clock& clock() override { return db_.clock; }
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
  Result<ScratchTable*> changed_table(const sql::Statement& statement);
  Result<StatementResult> write(const std::function<Result<StatementResult>()>& change);
  Result<StatementResult> truncate(const sql::Statement& statement);
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
      view, db_.plain_views(view.reads, !changes_.empty()),
      {[&](const std::string& relation) { return db_.contents(relation, &changes_); },
       db_.clock.now(), profile()});
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

Result<StatementDescription> ScratchSession::describe_change(std::string_view text,
                                                             sql::Statement& statement,
                                                             const Parameters& parameters) {
  if (!changes_rows(statement.kind)) return StatementDescription();
  const Lock lock(db_.mutex);
  ScratchTable* table = TRY(changed_table(statement));
  return RowChange(db_, changes_, {text, statement, parameters}, *table).describe();
}

Result<std::vector<plan::View>> ScratchSession::plan(std::string_view text,
                                                     sql::Statement& statement,
                                                     const Parameters& parameters) {
  const Lock lock(db_.mutex);
  if (changes_rows(statement.kind)) {
    ScratchTable* table = TRY(changed_table(statement));
    return RowChange(db_, changes_, {text, statement, parameters}, *table).plan();
  }
  return std::vector<plan::View>{
      TRY(plan::plan_select(text, *statement.select, db_.catalog, parameters))};
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

Result<ScratchTable*> ScratchSession::changed_table(const sql::Statement& statement) {
  ScratchTable* table = db_.find_table(statement.name);
  if (!table) {
    const bool is_view = db_.catalog.find(statement.name) != nullptr;
    return Error(is_view ? ErrorKind::kInvalidStatement : ErrorKind::kNotFound, 1683,
                 is_view ? fmt::format("\"{}\" is a view and cannot be changed", statement.name)
                         : fmt::format("relation \"{}\" does not exist", statement.name))
        .sqlstate(is_view ? "55000" : "42P01");
  }
  if (statement.value.empty()) return table;
  return Error(ErrorKind::kNotSupported, 1672, statement.value + " is not supported yet")
      .sqlstate("0A000");
}

Result<StatementResult> ScratchSession::change(std::string_view text, sql::Statement& statement,
                                               const Parameters& parameters) {
  return write([&]() -> Result<StatementResult> {
    if (statement.kind == sql::StatementKind::kTruncate) return truncate(statement);
    if (!changes_rows(statement.kind)) return define(text, statement);
    ScratchTable* table = TRY(changed_table(statement));
    std::vector<std::string> told = db_.catch_up();
    notices_.insert(notices_.end(), told.begin(), told.end());
    return RowChange(db_, changes_, {text, statement, parameters, profile()}, *table).run();
  });
}

// With the right to write; outside of a block it commits at once.
Result<StatementResult> ScratchSession::write(
    const std::function<Result<StatementResult>()>& change) {
  Lock lock(db_.mutex);
  TRY_VOID(take_writing(lock));
  Result<StatementResult> result = change();
  if (many_) return result;
  if (result) commit_locked();
  release();
  if (result) result->notices = std::move(notices_);
  notices_.clear();
  return result;
}

Result<std::unique_ptr<CopyIn>> ScratchSession::copy_from(sql::Statement statement) {
  const Lock lock(db_.mutex);
  const auto shared = std::make_shared<sql::Statement>(std::move(statement));
  const CopyFormat format = TRY(CopyFormat::of(shared->copy->options));
  ScratchTable* table = TRY(changed_table(*shared));
  const Parameters none;
  const RowChange::Targets targets =
      TRY(RowChange(db_, changes_, {"", *shared, none}, *table).copy_targets());
  Schema schema;
  for (const uint32_t column : targets) {
    schema.fields.push_back(table->definition().schema.fields[column]);
  }
  const auto insert = [this, shared, targets](const Batch& rows) {
    return write([&]() -> Result<StatementResult> {
      ScratchTable* target = TRY(changed_table(*shared));
      const Parameters nothing;
      return RowChange(db_, changes_, {"", *shared, nothing}, *target).copy_in(rows, targets);
    });
  };
  return std::unique_ptr<CopyIn>(
      std::make_unique<ScratchCopy>(shared->name, std::move(schema), format, insert));
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
