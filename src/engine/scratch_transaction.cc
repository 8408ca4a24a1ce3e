#include "engine/scratch_transaction.h"

#include <fmt/core.h>

#include "data/type_detail.h"
#include "flow/consolidate.h"

namespace weir::engine {

Result<std::vector<Batch>> ScratchTransaction::contents(const std::string& relation) const {
  const ScratchView* view = relations().find_view(relation);
  if (view && view->rows) return view->rows->contents();
  const ScratchTable* table = relations().find_table(relation);
  if (!table) {
    return Error(ErrorKind::kNotFound, 1447,
                 fmt::format("relation \"{}\" does not exist", relation))
        .sqlstate("42P01");
  }
  std::vector<Batch> batches = table->contents();
  const auto changed = changes_.find(table->id());
  if (changed == changes_.end()) return batches;
  BatchBuilder all(table->definition().schema);
  for (const Batch& batch : batches) all.append(batch);
  for (const Batch& batch : changed->second.batches) all.append(batch);
  return std::vector<Batch>{flow::consolidate(all.finish())};
}

Result<StatementResult> ScratchTransaction::query(const plan::View& view, QueryProfile* profile,
                                                  const std::string& given,
                                                  const Batch& rows) const {
  const bool as_committed = changes_.empty() && !own_;
  const std::vector<plan::View> below = relations().views_below(view.reads, !as_committed);
  const auto contents = [&](const std::string& relation) -> Result<std::vector<Batch>> {
    if (!given.empty() && relation == given) return std::vector<Batch>{rows};
    return this->contents(relation);
  };
  return run_query(view, below, {contents, now(), profile});
}

const KeyCounts& ScratchTransaction::pending_keys(const ScratchTable& table) const {
  const auto it = changes_.find(table.id());
  return it == changes_.end() ? no_keys_ : it->second.keys;
}

Relations& ScratchTransaction::define() {
  if (!own_) own_ = db_.relations;
  return *own_;
}

ScratchTable& ScratchTransaction::put_table(TableDefinition definition) {
  db_.tables.push_back(std::make_unique<ScratchTable>(++db_.last_table, std::move(definition)));
  ScratchTable& made = *db_.tables.back();
  define().put(made);
  return made;
}

void ScratchTransaction::put_view(std::unique_ptr<ScratchView> view) {
  db_.views.push_back(std::move(view));
  define().put(*db_.views.back());
}

std::vector<std::string> ScratchTransaction::labels(const Type& type) const {
  const auto changed = relations().labels.find(type.detail);
  return changed == relations().labels.end() ? type.detail->labels.values() : changed->second;
}

void ScratchTransaction::put_labels(const Type& type, std::vector<std::string> values) {
  define().labels[type.detail] = std::move(values);
}

Status ScratchTransaction::add(const ScratchTable& table, Batch change) {
  if (change.rows == 0) return {};
  TableChange& pending = changes_[table.id()];
  if (!pending.table) pending.table = relations().tables.at(table.definition().name);
  TRY_VOID(table.add_keys(change, pending.keys));  // an error ends the transaction
  pending.batches.push_back(std::move(change));
  return {};
}

void ScratchTransaction::clear() {
  own_.reset();
  changes_.clear();
  saved_.clear();
}

void ScratchTransaction::save() {
  Saved saved{own_, {}};
  for (const auto& [id, change] : changes_) saved.batches[id] = change.batches.size();
  saved_.push_back(std::move(saved));
}

// The keys are counted anew: a statement that failed may have counted some of its own.
void ScratchTransaction::go_back(size_t save) {
  saved_.resize(save + 1);
  own_ = saved_[save].own;
  std::map<uint64_t, TableChange> later = std::move(changes_);
  changes_.clear();
  for (const auto& [id, count] : saved_[save].batches) {
    TableChange& change = changes_[id];
    change.table = later[id].table;
    for (size_t i = 0; i < count; ++i) {
      change.table->count_keys(later[id].batches[i], change.keys);
      change.batches.push_back(std::move(later[id].batches[i]));
    }
  }
}

void ScratchTransaction::forget(size_t save) { saved_.resize(save); }

}  // namespace weir::engine
