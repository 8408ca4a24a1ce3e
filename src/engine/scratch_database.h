// What the sessions of one scratch engine share: the committed relations, the graph of the
// materialized views, and the right to write. Every member is used with `mutex` held.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "base/clock.h"
#include "engine/scratch.h"
#include "engine/scratch_relations.h"
#include "engine/subscription.h"
#include "flow/graph.h"

namespace weir::engine {

class ScratchTransaction;

struct ScratchDatabase::Rep {
  explicit Rep(Clock& c) : clock(c) {}

  Clock& clock;
  std::mutex mutex;
  std::condition_variable released;
  const Session* writer = nullptr;
  Relations relations;                  // the committed ones
  // All there are, those of a transaction that goes on too.
  std::vector<std::unique_ptr<ScratchTable>> tables;
  std::vector<std::unique_ptr<ScratchView>> views;
  flow::Graph graph;                    // the kept views and what they read
  uint64_t epoch = 0;
  uint64_t last_table = 0;              // the id of the youngest table
  Micros last_clock = 0;                // up to where the graph has come; never goes back

  // A subscription's query, in the graph beside the views.
  struct Follower {
    plan::View view;
    Subscription subscription;
  };
  std::vector<std::unique_ptr<Follower>> followers;
  uint64_t last_follower = 0;

  // What the transaction has changed becomes what everyone sees. Views whose definition or tables
  // are others than before are filled anew; the rest go on with one epoch. Rows that a view could
  // not compute are told as notices.
  std::vector<std::string> commit(const ScratchTransaction& transaction);
  // Nobody writes by now: what was not committed goes, and what was replaced.
  void forget_others();
  // Before a statement reads: rows of kept views that time alone brings or takes away come and go
  // in an epoch of their own. Nobody sees a view in between, so none is run before.
  std::vector<std::string> catch_up();

  // scratch_feed.cc: subscriptions
  Result<Follower*> follow(std::string_view text, const sql::Select& select, bool with_contents);
  void unfollow(const Follower& follower);

 private:
  std::vector<std::string> run_epoch(const ScratchTransaction* transaction);
  void adopt(Relations now);
  void fill(ScratchView& view);
  Result<Batch> graft_view(const plan::View& view);  // answers its contents
  // Those whose relations are others now end; the rest and what they read is in `needed`.
  void end_followers(const std::set<std::string>& same, std::set<std::string>& needed);
  void tell_followers();
};

}  // namespace weir::engine
