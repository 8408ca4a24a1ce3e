#include "engine/scratch.h"

#include <set>

#include <fmt/core.h>

#include "data/type_detail.h"
#include "engine/scratch_transaction.h"
#include "flow/consolidate.h"

namespace weir::engine {

namespace {

// Rows that a view's expressions refuse.
class Refusals final : public flow::ViewSideOutput {
 public:
  void dead(const std::string& view, const Schema&, const Batch&, const RowError& error) override {
    if (texts_.size() < 10)
      texts_.push_back(fmt::format("a row is missing in {}: {}", view, error.message));
  }
  void late(const std::string&, const Schema&, flow::LateRow) override {}
  std::vector<std::string> take() { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
};

// The views that mean over `now` what they meant over `before`, with all that is below them.
std::set<std::string> unchanged_views(const Relations& before, const Relations& now) {
  std::set<std::string> same;
  for (const auto& [name, table] : now.tables) {
    const auto old = before.tables.find(name);
    if (old != before.tables.end() && old->second == table) same.insert(name);
  }
  for (const auto& view : now.views) {
    const bool below = std::all_of(view->view.reads.begin(), view->view.reads.end(),
                                   [&](const std::string& read) { return same.contains(read); });
    if (below && before.find_view(view->name()) == view) same.insert(view->name());
  }
  return same;
}

}  // namespace

std::vector<std::string> ScratchDatabase::Rep::commit(const ScratchTransaction& transaction) {
  if (transaction.defines()) adopt(transaction.relations());
  std::vector<std::string> notices;
  if (!transaction.changes().empty()) notices = run_epoch(&transaction);
  for (const auto& view : relations.views) {
    if (view->kept && !view->rows) fill(*view);
  }
  return notices;
}

// What is not in the graph afterwards is filled once the tables are at their new state.
void ScratchDatabase::Rep::adopt(Relations now) {
  catch_up();
  const std::set<std::string> same = unchanged_views(relations, now);
  std::set<std::string> needed;
  end_followers(same, needed);
  for (auto view = now.views.rbegin(); view != now.views.rend(); ++view) {
    if (!same.contains((*view)->name())) {
      (*view)->rows.reset();
    } else if ((*view)->kept || needed.contains((*view)->name())) {
      needed.insert((*view)->name());
      needed.insert((*view)->view.reads.begin(), (*view)->view.reads.end());
    }
  }
  std::vector<std::string> running = graph.views();
  std::reverse(running.begin(), running.end());
  for (const std::string& name : running) {
    if (!needed.contains(name)) graph.remove_view(name);
  }
  for (const auto& [type, values] : now.labels) type->labels.set(values);
  now.labels.clear();
  relations = std::move(now);
}

std::vector<std::string> ScratchDatabase::Rep::run_epoch(const ScratchTransaction* transaction) {
  Refusals refusals;
  last_clock = std::max(clock.now(), last_clock);
  graph.begin(Epoch(++epoch), last_clock, {}, refusals);
  const std::map<uint64_t, TableChange> none;
  for (const auto& [id, change] : transaction ? transaction->changes() : none) {
    const std::string& name = change.table->definition().name;
    if (relations.find_table(name) != change.table) continue;  // dropped or replaced since
    BatchBuilder all(change.table->definition().schema);
    for (const Batch& batch : change.batches) all.append(batch);
    const Batch net = flow::consolidate(all.finish());
    if (net.rows == 0) continue;
    graph.push(name, net);
    change.table->apply(net);
    relations.catalog.set_rows(name, change.table->rows());
  }
  graph.finish({});
  for (const auto& view : relations.views) {
    if (!view->rows || !graph.changed(view->name())) continue;
    const Status applied = view->rows->apply(graph.take_change(view->name()));
    WEIR_CHECK(applied.has_value());
    view->rows->clear_dirty();
    relations.catalog.set_rows(view->name(), view->rows->rows());
  }
  tell_followers();
  graph.clear_dirty();
  return refusals.take();
}

// A side graph with the view and what it reads runs once over the tables, at the time up to where
// the others have come, then joins them.
Result<Batch> ScratchDatabase::Rep::graft_view(const plan::View& view) {
  flow::Graph whole;
  for (const plan::View& below : relations.views_below(view.reads, true)) {
    TRY_VOID(whole.add_view(below));
  }
  TRY_VOID(whole.add_view(view));
  Refusals refusals;
  whole.begin(Epoch(++epoch), last_clock, {}, refusals);
  for (const auto& [relation, columns] : whole.relations()) {
    for (const Batch& batch : relations.find_table(relation)->contents()) {
      whole.push(relation, batch);
    }
  }
  whole.finish({});
  Batch all = whole.take_change(view.definition.name);
  whole.clear_dirty();
  TRY_VOID(graph.graft(std::move(whole)));
  return all;
}

void ScratchDatabase::Rep::fill(ScratchView& view) {
  view.rows.emplace(view.schema(), view.view.key);
  Result<Batch> all = graft_view(view.view);
  WEIR_CHECK(all.has_value() && view.rows->apply(std::move(*all)).has_value());
  view.rows->clear_dirty();
  relations.catalog.set_rows(view.name(), view.rows->rows());
}

void ScratchDatabase::Rep::forget_others() {
  std::erase_if(tables, [&](const auto& table) {
    return relations.find_table(table->definition().name) != table.get();
  });
  std::erase_if(views,
                [&](const auto& view) { return relations.find_view(view->name()) != view.get(); });
}

std::vector<std::string> ScratchDatabase::Rep::catch_up() {
  const Micros now = std::max(clock.now(), last_clock);
  const std::optional<Micros> wake = graph.next_wake();
  if (wake && *wake <= now) return run_epoch(nullptr);
  last_clock = now;
  return {};
}

ScratchDatabase::ScratchDatabase(Clock& clock) : rep_(std::make_unique<Rep>(clock)) {}
ScratchDatabase::~ScratchDatabase() = default;

}  // namespace weir::engine
