// Subscriptions of the scratch engine: the query is one more view in the graph, whose changes go to
// the subscriber instead of a store.
#include <fmt/core.h>

#include "engine/scratch_feed.h"
#include "plan/plan_statement.h"

namespace weir::engine {

namespace {

class ScratchFeed final : public ChangeFeed {
 public:
  ScratchFeed(ScratchDatabase::Rep& db, std::shared_ptr<Subscription> subscription)
      : db_(db), subscription_(std::move(subscription)) {}
  ~ScratchFeed() override {
    const std::lock_guard lock(db_.mutex);
    db_.unfollow(*subscription_);
  }

  const Schema& schema() const override { return subscription_->schema(); }

  Result<std::optional<connect::EpochChanges>> next(Micros wait) override {
    catch_up();
    auto changes = subscription_->next(wait);
    if (!changes && subscription_->closed()) return subscription_over(subscription_->reason());
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
  std::shared_ptr<Subscription> subscription_;
};

}  // namespace

Result<std::unique_ptr<ChangeFeed>> follow_query(ScratchDatabase::Rep& db, std::string_view text,
                                                 const sql::Select& select, bool contents) {
  const std::lock_guard lock(db.mutex);
  db.catch_up();
  return std::unique_ptr<ChangeFeed>(
      std::make_unique<ScratchFeed>(db, TRY(db.follow(text, select, contents))));
}

Result<std::shared_ptr<Subscription>> ScratchDatabase::Rep::follow(std::string_view text,
                                                                   const sql::Select& select,
                                                                   bool with_contents) {
  catalog::ViewDefinition definition;
  definition.name = fmt::format("subscription {}", ++last_follower);
  definition.sql_start = {"", 1, 1, 0, 0};
  Follower follower;
  follower.view = TRY(plan::plan_view_select(text, select, definition, catalog));
  follower.subscription =
      std::make_shared<Subscription>(definition.name, follower.view.root->schema);
  Batch all = TRY(graft_view(follower.view));
  if (with_contents && all.rows > 0) {
    follower.subscription->offer({Epoch(epoch), last_clock, std::move(all)});
  }
  followers.push_back(follower);
  return follower.subscription;
}

void ScratchDatabase::Rep::unfollow(const Subscription& subscription) {
  std::erase_if(followers, [&](const Follower& follower) {
    if (follower.subscription.get() != &subscription) return false;
    graph.remove_view(subscription.view());
    return true;
  });
}

void ScratchDatabase::Rep::end_followers_of(const std::string& relation) {
  std::erase_if(followers, [&](const Follower& follower) {
    const auto& reads = follower.view.reads;
    if (std::find(reads.begin(), reads.end(), relation) == reads.end()) return false;
    follower.subscription->close(fmt::format("\"{}\" was dropped or replaced", relation));
    graph.remove_view(follower.view.definition.name);
    return true;
  });
}

void ScratchDatabase::Rep::tell_followers() {
  for (const Follower& follower : followers) {
    if (!graph.changed(follower.view.definition.name)) continue;
    Batch change = graph.take_change(follower.view.definition.name);
    if (change.rows > 0) follower.subscription->offer({Epoch(epoch), last_clock, std::move(change)});
  }
}

}  // namespace weir::engine
