// What the sessions of one scratch engine share: the relations, the graph of the materialized
// views, and the right to write. Every member is used with `mutex` held.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/clock.h"
#include "engine/scratch.h"
#include "engine/scratch_table.h"
#include "engine/subscription.h"
#include "flow/graph.h"
#include "sql/ast.h"

namespace weir::engine {

struct ScratchView {
  plan::View view;
  std::string sql;
  std::optional<flow::ViewStore> rows;  // of a materialized view
};

// What a transaction has changed and not committed.
struct TableChange {
  std::vector<Batch> batches;
  KeyCounts keys;
};
using Changes = std::map<std::string, TableChange>;

struct ScratchDatabase::Rep {
  explicit Rep(Clock& c) : clock(c) {}

  Clock& clock;
  std::mutex mutex;
  std::condition_variable released;
  const Session* writer = nullptr;
  catalog::Catalog catalog;
  std::map<std::string, std::unique_ptr<ScratchTable>> tables;
  std::vector<std::unique_ptr<ScratchView>> views;  // in order of creation
  flow::Graph graph;                                // materialized views and what they read
  uint64_t epoch = 0;
  Micros last_clock = 0;                            // of an epoch

  // A subscription's query, in the graph beside the views.
  struct Follower {
    plan::View view;
    Subscription subscription;
  };
  std::vector<std::unique_ptr<Follower>> followers;
  uint64_t last_follower = 0;

  ScratchView* find_view(const std::string& name);
  ScratchTable* find_table(const std::string& name);
  // The views of the names that nobody keeps, with those below them, in order of creation.
  // `all`: those that are kept as well, for a transaction that has changed what they read.
  std::vector<plan::View> plain_views(const std::vector<std::string>& names, bool all);
  Error no_such_column(const std::string& column, const std::string& table) const;
  Result<std::vector<Batch>> contents(const std::string& relation, const Changes* own);

  Status create_table(std::string_view text, sql::Statement& statement);
  Status create_view(std::string_view text, const sql::Statement& statement);
  Status drop(const sql::Statement& statement);
  // One epoch. Rows that a view could not compute are told as notices.
  std::vector<std::string> apply(Changes changes);
  // Before a statement reads: rows of materialized views that time alone brings or takes away come
  // and go in an epoch of their own. Nobody sees a view in between, so none is run before.
  std::vector<std::string> catch_up();

  // scratch_feed.cc: subscriptions
  Result<Follower*> follow(std::string_view text, const sql::Select& select, bool with_contents);
  void unfollow(const Follower& follower);

 private:
  Status define_values(std::string_view text, const sql::Statement& statement,
                       TableDefinition& table);
  Result<TableDefinition> define(std::string_view text, const sql::Statement& statement);
  Status fill(ScratchView& view);
  Result<Batch> graft_view(const plan::View& view);  // answers its contents
  void end_followers_of(const std::string& relation);
  void tell_followers();
  Micros epoch_clock();  // never goes back
  Status refuse_dependents(const std::vector<std::string>& names);
  void remove(const std::string& name);
};

}  // namespace weir::engine
