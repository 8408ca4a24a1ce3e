// The query is a graph of the subscriber's own, fed with the committed changes of the model that it
// reads; so it costs the pipeline no more than any other subscriber of that model.
#include "engine/project_feed.h"

#include <fmt/core.h>

#include "flow/graph.h"

namespace weir::engine {

namespace {

// Rows that the query cannot compute are left out, as a query without dead letters must.
class Unheard final : public flow::ViewSideOutput {
 public:
  void dead(const std::string&, const Schema&, const Batch&, const RowError&) override {}
  void late(const std::string&, const Schema&, flow::LateRow) override {}
};

class ProjectFeed final : public ChangeFeed {
 public:
  ProjectFeed(Engine& engine, const plan::View& view, SubscriptionHandle source,
              bool contents)
      : engine_(engine),
        schema_(view.root->schema),
        source_(std::move(source)),
        discards_first_(!contents && source_->starts_with_contents()) {}
  ~ProjectFeed() override { source_->close("the subscriber left"); }

  Status add(const plan::View& view) { return graph_.add_view(view); }
  const Schema& schema() const override { return schema_; }

  Result<std::optional<connect::EpochChanges>> next(Micros wait) override {
    auto changes = source_->next(wait);
    if (!changes && source_->closed()) return subscription_over(source_->reason());
    if (!changes) return by_clock();
    connect::EpochChanges own = run(changes->epoch, &changes->batch);
    if (std::exchange(discards_first_, false)) own.batch.rows = 0;
    if (own.batch.rows == 0) return std::optional<connect::EpochChanges>();
    return std::optional(std::move(own));
  }

  Epoch position() override { return engine_.status().epoch; }

 private:
  std::optional<connect::EpochChanges> by_clock() {
    const std::optional<Micros> wake = graph_.next_wake();
    if (!wake || *wake > engine_.now()) return std::nullopt;
    connect::EpochChanges own = run(last_, nullptr);
    return own.batch.rows == 0 ? std::nullopt : std::optional(std::move(own));
  }

  connect::EpochChanges run(Epoch epoch, const Batch* delta) {
    Unheard side;
    last_ = epoch;
    clock_ = std::max(clock_, engine_.now());
    graph_.begin(epoch, clock_, {}, side);
    if (delta) graph_.push(source_->view(), *delta);
    graph_.finish({});
    Batch change = graph_.take_change(kName);
    graph_.clear_dirty();
    return {epoch, clock_, std::move(change)};
  }

 public:
  static constexpr const char* kName = "subscribed query";

 private:
  Engine& engine_;
  const Schema schema_;
  SubscriptionHandle source_;
  bool discards_first_;
  flow::Graph graph_;
  Epoch last_{0};
  Micros clock_ = 0;
};

Error not_supported(std::string what, const char* hint) {
  return Error(ErrorKind::kNotSupported, 1672, std::move(what) + " is not supported yet")
      .hint(hint)
      .sqlstate("0A000");
}

}  // namespace

Result<std::unique_ptr<ChangeFeed>> follow_query(Engine& engine, std::string_view text,
                                                 const sql::Select& select, bool contents) {
  const plan::View view = TRY(engine.plan_view(text, select, ProjectFeed::kName));
  if (view.reads.size() != 1) {
    return not_supported("SUBSCRIBE to a query of more or less than one relation",
                         "make a model of it, and subscribe to that");
  }
  Result<SubscriptionHandle> source = engine.subscribe(view.reads[0], true);
  if (!source && source.error().code() == 1447) {
    return not_supported(fmt::format("SUBSCRIBE to \"{}\", which is no model,", view.reads[0]),
                         "make a model of it, and subscribe to that");
  }
  auto feed = std::make_unique<ProjectFeed>(engine, view, TRY(std::move(source)), contents);
  TRY_VOID(feed->add(view));
  return std::unique_ptr<ChangeFeed>(std::move(feed));
}

}  // namespace weir::engine
