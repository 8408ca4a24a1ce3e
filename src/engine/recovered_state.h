// What is stored of a pipeline: the newest snapshot that can be used and the changes of the epochs
// behind it. And how tables come to hold it again: parts of the snapshot are read, checked and
// taken by several threads at once, then the changes are applied, table by table.
//
// Threads: one; load_tables() uses more while it runs, where it may.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "base/clock.h"
#include "engine/snapshot.h"
#include "engine/status.h"
#include "flow/view_store.h"
#include "log/log.h"

namespace weir::engine {

struct RecoveredState {
  using Deltas = std::map<std::string, std::vector<std::string>>;

  Manifest last;                         // with the last frame's changes
  std::shared_ptr<const SnapshotFile> base;  // null: the frames are all there is
  std::set<std::string> dropped;         // tables of the snapshot that are void
  Deltas table_deltas;                   // of the frames, in order
  Deltas view_changes;
  RecoveryFigures figures;

  // Errors: 1442 where the snapshots are damaged, 1446 where a frame is missing.
  static Result<RecoveredState> read(SnapshotStore& snapshots, log::Log& log,
                                     const std::string& pipeline, const std::set<Epoch>& damaged);

  void take_changes();
  const SnapshotTable* stored(const std::string& id) const;
  bool has_table(const std::string& id) const {
    return stored(id) != nullptr || table_deltas.count(id) != 0;
  }
  std::set<std::string> table_ids() const;   // "view:NAME" among them
  // Brings a table or a multiset of rows, each entry once, to what is stored of it.
  Status apply_to(state::TableBase& table, const std::string& id) const;
  // The view's rows as they were, with weights; a row may come several times.
  Result<std::vector<Batch>> rows_of_view(const std::string& name, const Schema& schema) const;
};

// The rows of a table as they are in a snapshot; of one that it has not got, none.
class SnapshotRows final : public state::ColdRows {
 public:
  SnapshotRows(std::shared_ptr<const SnapshotFile> file, const std::string& id)
      : file_(std::move(file)), table_(file_->table(id)) {}
  uint64_t entries() const override { return table_ ? table_->entries() : 0; }
  size_t parts() const override { return table_ ? table_->parts.size() : 0; }
  size_t part_of(uint64_t hash) const override {
    return !table_ || table_->bits == 0 ? 0 : hash >> (64 - table_->bits);
  }
  Result<std::string> read(size_t part) const override;

 private:
  const std::shared_ptr<const SnapshotFile> file_;
  const SnapshotTable* const table_;
  mutable std::mutex mutex_;                  // readers of views and the pipeline
  mutable std::unique_ptr<io::File> reader_;  // made when it is first needed
};

// A table, or the store of a view, and the id under which it is stored.
struct TableToLoad {
  state::TableBase* table = nullptr;
  flow::ViewStore* view = nullptr;
  std::string id;
  bool cold = false;  // what can stay in the snapshot does
};

Status load_tables(RecoveredState& state, const std::vector<TableToLoad>& tables, Clock& clock,
                   bool threads);

}  // namespace weir::engine
