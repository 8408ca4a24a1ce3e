// Subscriptions of the scratch engine: the query is one more view in the graph, whose changes go to
// the subscriber instead of a store.
#include <fmt/core.h>

#include "engine/scratch_feed.h"
#include "plan/plan_statement.h"

namespace weir::engine {

namespace {

class ScratchFeed final : public ChangeFeed {
 public:
  ScratchFeed(ScratchDatabase::Rep& db, ScratchDatabase::Rep::Follower& follower)
      : db_(db), follower_(follower) {}
  ~ScratchFeed() override {
    const std::lock_guard lock(db_.mutex);
    db_.unfollow(follower_);
  }

  const Schema& schema() const override { return follower_.subscription.schema(); }

  Result<std::optional<connect::EpochChanges>> next(Micros wait) override {
    catch_up();
    Subscription& subscription = follower_.subscription;
    auto changes = subscription.next(wait);
    if (!changes && subscription.closed()) return subscription_over(subscription.reason());
    return changes;
  }

  Epoch position() override {
    const std::lock_guard lock(db_.mutex);
    return Epoch(db_.epoch);
  }

 private:
  // What the clock alone changes, the scratch engine does before somebody looks.
  void catch_up() {
    const std::lock_guard lock(db_.mutex);
    db_.catch_up();
  }

  ScratchDatabase::Rep& db_;
  ScratchDatabase::Rep::Follower& follower_;
};

}  // namespace

Result<std::unique_ptr<ChangeFeed>> follow_query(ScratchDatabase::Rep& db, std::string_view text,
                                                 const sql::Select& select, bool contents) {
  const std::lock_guard lock(db.mutex);
  db.catch_up();
  return std::unique_ptr<ChangeFeed>(
      std::make_unique<ScratchFeed>(db, *TRY(db.follow(text, select, contents))));
}

Result<ScratchDatabase::Rep::Follower*> ScratchDatabase::Rep::follow(std::string_view text,
                                                                     const sql::Select& select,
                                                                     bool with_contents) {
  catalog::ViewDefinition definition;
  definition.name = fmt::format("subscription {}", ++last_follower);
  definition.sql_start = {"", 1, 1, 0, 0};
  plan::View view = TRY(plan::plan_view_select(text, select, definition, relations.catalog));
  Batch all = TRY(graft_view(view));
  std::unique_ptr<Follower> follower(
      new Follower{view, Subscription(definition.name, view.root->schema)});
  if (with_contents && all.rows > 0) {
    follower->subscription.offer({Epoch(epoch), last_clock, std::move(all)});
  }
  return followers.emplace_back(std::move(follower)).get();
}

void ScratchDatabase::Rep::unfollow(const Follower& follower) {
  const std::string& name = follower.view.definition.name;
  if (graph.has_view(name)) graph.remove_view(name);
  std::erase_if(followers, [&](const auto& one) { return one.get() == &follower; });
}

// They stay in the list until their readers have heard of it.
void ScratchDatabase::Rep::end_followers(const std::set<std::string>& same,
                                         std::set<std::string>& needed) {
  for (const auto& follower : followers) {
    const auto& reads = follower->view.reads;
    const auto other = std::find_if(reads.begin(), reads.end(), [&](const std::string& read) {
      return !same.contains(read);
    });
    if (other != reads.end()) {
      follower->subscription.close(fmt::format("\"{}\" was dropped or replaced", *other));
      continue;
    }
    needed.insert(follower->view.definition.name);
    needed.insert(reads.begin(), reads.end());
  }
}

void ScratchDatabase::Rep::tell_followers() {
  for (const auto& follower : followers) {
    const std::string& name = follower->view.definition.name;
    if (!graph.has_view(name) || !graph.changed(name)) continue;
    Batch change = graph.take_change(name);
    if (change.rows > 0) {
      follower->subscription.offer({Epoch(epoch), last_clock, std::move(change)});
    }
  }
}

}  // namespace weir::engine
