// A session of the scratch engine. Changes wait in the session until its transaction commits;
// without a block each statement commits by itself.
#include <fmt/core.h>

#include "engine/scratch_change.h"
#include "engine/scratch_copy.h"
#include "engine/scratch_define.h"
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

Error not_a_table(const Relations& relations, const sql::Statement& statement,
                  const std::string& name) {
  const char* kind = relations.kind_of(name);
  const size_t dot = name.find('.');
  if (!kind && dot != std::string::npos && statement.kind == sql::StatementKind::kTruncate) {
    return unknown_schema(name.substr(0, dot));
  }
  if (!kind) {
    return Error(ErrorKind::kNotFound, 1683, fmt::format("relation \"{}\" does not exist", name))
        .sqlstate("42P01");
  }
  const bool kept = std::string_view(kind) != "view";
  const bool rows = changes_rows(statement.kind);
  return Error(ErrorKind::kInvalidStatement, 1738,
               rows ? fmt::format("\"{}\" is a {} and cannot be changed", name, kind)
                    : fmt::format("\"{}\" is not a table", name))
      .hint("change the tables that it reads")
      .sqlstate(rows && !kept ? "55000" : "42809");
}

class ScratchSession final : public SqlSession {
 public:
  explicit ScratchSession(ScratchDatabase::Rep& database)
      : db_(database), transaction_(database) {}
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
  catalog::Catalog named_types() override;
  Micros now() const override { return db_.clock.now(); }
  Clock& clock() override { return db_.clock; }
  Status begin() override {
    many_ = true;
    return {};
  }
  Status commit() override;
  void rollback() override;
  void save() override;
  void go_back(size_t save) override;
  void forget(size_t save) override;
  std::vector<std::string> take_notices() override { return std::exchange(notices_, {}); }

 private:
  using Lock = std::unique_lock<std::mutex>;

  Result<StatementResult> select_locked(std::string_view text, const sql::Select& select,
                                        const Parameters& parameters);
  Result<StatementResult> define(std::string_view text, sql::Statement& statement);
  Result<ScratchTable*> changed_table(const sql::Statement& statement);
  Result<StatementResult> write(const std::function<Result<StatementResult>()>& change);
  Result<StatementResult> truncate(sql::Statement& statement);
  Status take_writing(Lock& lock);
  void catch_up();
  void commit_locked();
  void release();

  ScratchDatabase::Rep& db_;
  ScratchTransaction transaction_;
  std::vector<std::string> notices_;
  bool many_ = false;  // a block, or several statements of one text
};

Result<StatementResult> ScratchSession::select_locked(std::string_view text,
                                                      const sql::Select& select,
                                                      const Parameters& parameters) {
  const plan::View view =
      TRY(plan::plan_select(text, select, transaction_.catalog(), parameters));
  catch_up();
  return transaction_.query(view, profile());
}

void ScratchSession::catch_up() {
  std::vector<std::string> told = db_.catch_up();
  notices_.insert(notices_.end(), told.begin(), told.end());
}

Result<StatementResult> ScratchSession::select(std::string_view text, const sql::Select& select,
                                               const Parameters& parameters) {
  Lock lock(db_.mutex);
  if (!select.locking) return select_locked(text, select, parameters);
  // FOR UPDATE: nobody else writes until the transaction ends.
  TRY_VOID(take_writing(lock));
  Result<StatementResult> result = select_locked(text, select, parameters);
  if (!many_) release();
  return result;
}

Result<StatementDescription> ScratchSession::describe_select(std::string_view text,
                                                             const sql::Select& select,
                                                             const Parameters& parameters) {
  const Lock lock(db_.mutex);
  return describe_query(TRY(plan::plan_select(text, select, transaction_.catalog(), parameters)));
}

Result<StatementDescription> ScratchSession::describe_change(std::string_view text,
                                                             sql::Statement& statement,
                                                             const Parameters& parameters) {
  if (!changes_rows(statement.kind)) return StatementDescription();
  const Lock lock(db_.mutex);
  ScratchTable* table = TRY(changed_table(statement));
  return RowChange(transaction_, {text, statement, parameters}, *table).describe();
}

Result<std::vector<plan::View>> ScratchSession::plan(std::string_view text,
                                                     sql::Statement& statement,
                                                     const Parameters& parameters) {
  const Lock lock(db_.mutex);
  if (changes_rows(statement.kind)) {
    ScratchTable* table = TRY(changed_table(statement));
    return RowChange(transaction_, {text, statement, parameters}, *table).plan();
  }
  return std::vector<plan::View>{
      TRY(plan::plan_select(text, *statement.select, transaction_.catalog(), parameters))};
}

catalog::Catalog ScratchSession::named_types() {
  const Lock lock(db_.mutex);
  catalog::Catalog types;
  for (const auto& [name, type] : transaction_.catalog().types()) types.add_type(name, type);
  return types;
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
  transaction_.clear();
  many_ = false;
  if (db_.writer != this) return;
  db_.forget_others();
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
  std::vector<std::string> told = db_.commit(transaction_);
  notices_.insert(notices_.end(), told.begin(), told.end());
  transaction_.clear();
}

void ScratchSession::rollback() {
  const Lock lock(db_.mutex);
  release();
}

void ScratchSession::save() {
  const Lock lock(db_.mutex);
  transaction_.save();
}

void ScratchSession::go_back(size_t save) {
  const Lock lock(db_.mutex);
  transaction_.go_back(save);
}

void ScratchSession::forget(size_t save) {
  const Lock lock(db_.mutex);
  transaction_.forget(save);
}

Result<ScratchTable*> ScratchSession::changed_table(const sql::Statement& statement) {
  const std::string name = statement.schema.empty() || statement.schema == "public"
                               ? statement.name
                               : statement.schema + "." + statement.name;
  ScratchTable* table = transaction_.relations().find_table(name);
  if (!table) return not_a_table(transaction_.relations(), statement, name);
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
    catch_up();
    return RowChange(transaction_, {text, statement, parameters, profile()}, *table).run();
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
  return result;
}

Result<std::unique_ptr<CopyIn>> ScratchSession::copy_from(sql::Statement statement) {
  const Lock lock(db_.mutex);
  const auto shared = std::make_shared<sql::Statement>(std::move(statement));
  const CopyFormat format = TRY(CopyFormat::of(shared->copy->options));
  ScratchTable* table = TRY(changed_table(*shared));
  const Parameters none;
  const RowChange::Targets targets =
      TRY(RowChange(transaction_, {"", *shared, none}, *table).copy_targets());
  Schema schema;
  for (const uint32_t column : targets) {
    schema.fields.push_back(table->definition().schema.fields[column]);
  }
  const auto insert = [this, shared, targets](const Batch& rows) {
    return write([&]() -> Result<StatementResult> {
      ScratchTable* target = TRY(changed_table(*shared));
      const Parameters nothing;
      return RowChange(transaction_, {"", *shared, nothing}, *target).copy_in(rows, targets);
    });
  };
  return std::unique_ptr<CopyIn>(
      std::make_unique<ScratchCopy>(shared->name, std::move(schema), format, insert));
}

Result<StatementResult> ScratchSession::define(std::string_view text, sql::Statement& statement) {
  ScratchDefine define(transaction_, text, statement, notices_);
  const bool counts_later =
      !many_ && statement.kind == sql::StatementKind::kCreateMaterializedView;
  if (counts_later) define.commits_at_once();
  StatementResult result = TRY(define.run());
  if (!counts_later || !transaction_.defines()) return result;
  commit_locked();
  result.tag = fmt::format("SELECT {}", db_.relations.find_view(statement.name)->rows->rows());
  return result;
}

Result<StatementResult> ScratchSession::truncate(sql::Statement& statement) {
  for (const std::string& name : statement.drops) {
    const ScratchTable* table = transaction_.relations().find_table(name);
    if (!table) return not_a_table(transaction_.relations(), statement, name);
    if (statement.restart_identity) {
      TRY_VOID(ScratchDefine(transaction_, "", statement, notices_).start_anew(*table));
      continue;
    }
    for (const Batch& batch : TRY(transaction_.contents(name)))
      TRY_VOID(transaction_.add(*table, with_weights_negated(batch)));
  }
  StatementResult result;
  result.tag = "TRUNCATE TABLE";
  return result;
}

std::vector<Session::Relation> ScratchSession::relations() {
  const Lock lock(db_.mutex);
  std::vector<Relation> relations;
  for (const auto& [name, table] : transaction_.relations().tables) {
    relations.push_back(
        {"public", name, "table", table->definition().schema, table->stream().key, ""});
  }
  for (const auto& view : transaction_.relations().views) {
    relations.push_back({"public", view->name(), view->kept ? "materialized view" : "view",
                         view->schema(), {}, view->sql});
  }
  return relations;
}

}  // namespace

Result<std::unique_ptr<Session>> ScratchDatabase::connect(const std::string&, const std::string&) {
  return std::unique_ptr<Session>(std::make_unique<ScratchSession>(*rep_));
}

}  // namespace weir::engine
