#include "differ/running_graph.h"

#include <algorithm>
#include <cstdlib>

#include "data/text_form.h"
#include "state/test_cold.h"

namespace weir::differ {

std::string row_line(const Batch& batch, uint32_t row) {
  std::string text;
  for (size_t column = 0; column < batch.columns.size(); ++column) {
    text += column > 0 ? "|" : "";
    if (batch.columns[column]->is_null(row)) {
      text += "NULL";
    } else {
      append_text_form(text, *batch.columns[column], row);
    }
  }
  return text;
}

Status RunningGraph::add(const catalog::ViewDefinition& definition) {
  plan::View view = TRY(plan::plan_view(definition, catalog_));
  TRY_VOID(graph_.add_view(view));
  catalog_.add_view(definition.name, view.root->schema);
  stores_.emplace(definition.name, flow::ViewStore(view.root->schema, view.key));
  plans_.emplace(definition.name, std::move(view));
  return {};
}

Status RunningGraph::graft(const catalog::ViewDefinition& definition,
                           const std::map<std::string, Batch>& contents,
                           const std::vector<std::string>& reads) {
  plan::View view = TRY(plan::plan_view(definition, catalog_));
  flow::Graph beside;
  for (const std::string& name : reads) TRY_VOID(beside.add_view(plans_.at(name)));
  TRY_VOID(beside.add_view(view));
  beside.begin(epoch_, now_, {}, side_);
  for (const auto& [relation, batch] : contents) {
    if (batch.rows > 0) beside.push(relation, batch);
  }
  beside.finish({});
  catalog_.add_view(definition.name, view.root->schema);
  stores_.emplace(definition.name, flow::ViewStore(view.root->schema, view.key));
  plans_.emplace(definition.name, std::move(view));
  take(beside, definition.name);
  std::map<std::string, state::TableBase*> known;
  for (const flow::NamedTable& table : graph_.tables()) known[table.id] = table.table;
  TRY_VOID(graph_.graft(std::move(beside)));
  for (const flow::NamedTable& table : graph_.tables()) {
    if (known.contains(table.id)) continue;
    std::string all;
    table.table->write_all(all);
    deltas_[table.id] = {std::move(all)};
    table.table->clear_dirty();
  }
  return {};
}

void RunningGraph::remove(const std::string& view) {
  graph_.remove_view(view);
  stores_.erase(view);
  weights_.erase(view);
  plans_.erase(view);
  broken_.erase(view);
  side_.dead_rows.erase(view);
  catalog_.remove(view);
  std::map<std::string, std::vector<std::string>> kept;
  for (const flow::NamedTable& table : graph_.tables())
    kept[table.id] = std::move(deltas_[table.id]);
  deltas_ = std::move(kept);
}

void RunningGraph::begin(const flow::RelationWatermarks& watermarks, Micros now) {
  now_ = now;
  graph_.begin(epoch_, now, watermarks, side_);
}

bool RunningGraph::holds(const std::string& view, const Batch& change) {
  auto& weights = weights_[view];
  std::vector<std::string> touched;
  for (uint32_t row = 0; row < change.rows; ++row) {
    touched.push_back(row_line(change, row));
    weights[touched.back()] += change.weight(row);
  }
  for (const std::string& row : touched) {
    const auto it = weights.find(row);
    if (it == weights.end()) continue;
    if (it->second < 0) broken_.emplace(view, row);
    if (it->second == 0) weights.erase(it);
  }
  return !broken_.contains(view);
}

void RunningGraph::take(flow::Graph& graph, const std::string& view) {
  flow::ViewStore& store = stores_.at(view);
  const Batch change = graph.take_change(view);
  if (!holds(view, change)) return;
  if (change.rows > 0) WEIR_CHECK(store.apply(change).has_value());
  store.clear_dirty();
}

void RunningGraph::finish(const flow::RelationWatermarks& watermarks) {
  graph_.finish(watermarks);
  for (const std::string& view : graph_.views()) take(graph_, view);
  for (const flow::NamedTable& table : graph_.tables()) {
    if (table.table->dirty_count() == 0) continue;
    std::string delta;
    table.table->write_delta(delta);
    deltas_[table.id].push_back(std::move(delta));
  }
  graph_.clear_dirty();
  spill();
}

// With WEIR_SPILL set, state that can be on disk alone is there after each epoch.
void RunningGraph::spill() {
  if (!std::getenv("WEIR_SPILL")) return;
  for (const flow::NamedTable& table : graph_.tables()) state::spill(*table.table);
  for (auto& [view, store] : stores_) state::spill(store.table());
}

Status RunningGraph::restart(bool from_deltas) {
  flow::Graph fresh;
  for (const std::string& name : graph_.views()) TRY_VOID(fresh.add_view(plans_.at(name)));
  std::map<std::string, std::vector<std::string>> saved;
  for (const flow::NamedTable& table : graph_.tables()) {
    std::string all;
    table.table->write_all(all);
    saved[table.id] = {std::move(all)};
  }
  for (const flow::NamedTable& table : fresh.tables()) {
    const auto& bytes = from_deltas ? deltas_[table.id] : saved[table.id];
    for (const std::string& delta : bytes) TRY_VOID(table.table->apply(delta));
  }
  deltas_ = std::move(saved);
  graph_ = std::move(fresh);
  return {};
}

Rows RunningGraph::rows(const std::string& view) const {
  Rows rows;
  for (const Batch& batch : stores_.at(view).contents()) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      const std::string text = row_line(batch, row);
      rows.insert(rows.end(), static_cast<size_t>(batch.weight(row)), text);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

int64_t RunningGraph::late_rows(const std::string& view) const {
  const auto it = side_.late_rows.find(view);
  return it == side_.late_rows.end() ? 0 : it->second;
}

uint64_t RunningGraph::state_entries() {
  uint64_t entries = 0;
  for (const flow::NamedTable& table : graph_.tables()) entries += table.table->size();
  return entries;
}

}  // namespace weir::differ
