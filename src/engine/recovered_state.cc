#include "engine/recovered_state.h"

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "base/bytes.h"
#include "base/clock.h"
#include "data/row_encoding.h"

namespace weir::engine {

namespace {

constexpr uint64_t kFrameBytes = 64 << 20;
constexpr uint64_t kChunkBytes = 1 << 20;
constexpr size_t kThreads = 4;  // some of them wait for the disk

const std::string kView = "view:";

using Task = std::function<Status()>;

// All of them, on several threads where that is allowed; the first error.
Status run_all(std::vector<Task> tasks, bool threads) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  Status failed;
  const auto work = [&] {
    for (size_t at = next++; at < tasks.size(); at = next++) {
      Status status = tasks[at]();
      if (status) continue;
      const std::lock_guard lock(mutex);
      if (failed) failed = std::move(status);
      next = tasks.size();
    }
  };
  std::vector<std::thread> workers;
  for (size_t i = 1; threads && i < std::min(kThreads, tasks.size()); ++i) {
    workers.emplace_back(work);
  }
  work();
  for (std::thread& worker : workers) worker.join();
  return failed;
}

}  // namespace

Result<std::string> SnapshotRows::read(size_t part) const {
  if (!table_) return std::string();
  const std::lock_guard lock(mutex_);
  if (!reader_) reader_ = TRY(file_->reader());
  return file_->read_parts(*reader_, *table_, part, part + 1);
}

Result<RecoveredState> RecoveredState::read(SnapshotStore& snapshots, log::Log& log,
                                            const std::string& pipeline,
                                            const std::set<Epoch>& damaged) {
  RecoveredState state;
  const Epoch last = TRY(log.last_epoch(pipeline));
  Epoch at(0);
  state.base = TRY(snapshots.newest(last, damaged));
  if (state.base) {
    state.last = state.base->manifest();
    at = state.last.epoch;
    state.figures.snapshot_bytes = state.base->bytes();
  }
  Epoch from(at.value == 0 ? 0 : at.value - 1);
  while (from < last) {
    const Epoch before = from;
    for (log::CommittedEpoch& frame : TRY(log.epochs(pipeline, from, kFrameBytes))) {
      from = frame.epoch;
      if (frame.epoch < at) continue;
      state.last = TRY(decode_manifest(frame.state));
      if (frame.epoch == at) continue;  // the snapshot has its state
      if (frame.epoch.value != at.value + 1) return missing_frame(pipeline, at);
      at = frame.epoch;
      state.figures.frame_bytes += frame.state.size();
      frame.state = std::string();
      state.take_changes();
    }
    if (from == before) break;
  }
  if (at != last) return missing_frame(pipeline, at);
  return state;
}

// Of `last`, which keeps what sinks may have to repeat.
void RecoveredState::take_changes() {
  ++figures.frames;
  for (const std::string& id : last.resets) {
    dropped.insert(id);
    table_deltas.erase(id);
    if (id.starts_with(kView)) view_changes.erase(id.substr(kView.size()));
  }
  for (auto& [id, bytes] : last.table_deltas) table_deltas[id].push_back(std::move(bytes));
  last.table_deltas.clear();
  for (const auto& [name, bytes] : last.view_changes) view_changes[name].push_back(bytes);
}

const SnapshotTable* RecoveredState::stored(const std::string& id) const {
  return base && dropped.count(id) == 0 ? base->table(id) : nullptr;
}

std::set<std::string> RecoveredState::table_ids() const {
  std::set<std::string> ids;
  if (base) {
    for (const auto& [id, table] : base->tables()) {
      if (!dropped.count(id)) ids.insert(id);
    }
  }
  for (const auto& [id, deltas] : table_deltas) ids.insert(id);
  for (const auto& [name, changes] : view_changes) ids.insert(kView + name);
  return ids;
}

Status RecoveredState::apply_to(state::TableBase& table, const std::string& id) const {
  if (const SnapshotTable* parts = stored(id)) {
    for (size_t from = 0; from < parts->parts.size(); from += 64) {
      const size_t to = std::min(from + 64, parts->parts.size());
      TRY_VOID(table.apply(TRY(base->read_parts(*parts, from, to))));
    }
  }
  const auto deltas = table_deltas.find(id);
  if (deltas == table_deltas.end()) return {};
  for (const std::string& delta : deltas->second) TRY_VOID(table.apply(delta));
  return {};
}

Result<std::vector<Batch>> RecoveredState::rows_of_view(const std::string& name,
                                                        const Schema& schema) const {
  std::vector<Batch> rows;
  if (stored(kView + name)) {
    flow::ViewStore store(schema, {});
    TRY_VOID(apply_to(store.table(), kView + name));
    rows = TRY(store.read());
  }
  const auto changes = view_changes.find(name);
  if (changes == view_changes.end()) return rows;
  for (const std::string& change : changes->second) {
    rows.push_back(TRY(decode_change(change, schema)));
  }
  return rows;
}

namespace {

// Parts of a table in chunks, each with the number of its first entry.
void add_chunks(const SnapshotFile& base, const SnapshotTable& stored, state::TableBase& table,
                std::vector<Task>& tasks) {
  uint64_t first = 0;
  for (size_t from = 0; from < stored.parts.size();) {
    size_t to = from;
    uint64_t bytes = 0;
    uint64_t entries = 0;
    for (; to < stored.parts.size() && bytes < kChunkBytes; ++to) {
      bytes += stored.parts[to].bytes;
      entries += stored.parts[to].entries;
    }
    tasks.push_back([&base, &stored, &table, from, to, first]() -> Status {
      return table.load(first, TRY(base.read_parts(stored, from, to)));
    });
    first += entries;
    from = to;
  }
}

Status load_base(const RecoveredState& state, const std::vector<TableToLoad>& tables,
                 bool threads) {
  std::vector<Task> tasks;
  std::vector<Task> ends;
  for (const TableToLoad& each : tables) {
    state::TableBase& table = *each.table;
    if (each.cold && table.can_spill() && state.base) {
      table.set_cold(std::make_shared<SnapshotRows>(state.base, each.id));
      continue;
    }
    const SnapshotTable* stored = state.stored(each.id);
    if (!stored) continue;
    if (state.base->ordered() && table.begin_load(stored->entries())) {
      add_chunks(*state.base, *stored, table, tasks);
      ends.push_back([&table]() -> Status { return table.end_load(), Status(); });
      continue;
    }
    tasks.push_back([&state, &table, stored]() -> Status {
      for (size_t from = 0; from < stored->parts.size(); from += 64) {
        const size_t to = std::min(from + 64, stored->parts.size());
        TRY_VOID(table.apply(TRY(state.base->read_parts(*stored, from, to))));
      }
      return {};
    });
  }
  TRY_VOID(run_all(std::move(tasks), threads));
  return run_all(std::move(ends), threads);
}

Status replay(RecoveredState& state, const std::vector<TableToLoad>& tables, bool threads) {
  std::vector<Task> tasks;
  for (const TableToLoad& each : tables) {
    if (each.view) {
      tasks.push_back([&state, &each]() -> Status {
        TRY_VOID(each.view->loaded());
        const auto changes = state.view_changes.find(each.id.substr(kView.size()));
        if (changes == state.view_changes.end()) return {};
        for (const std::string& change : changes->second) {
          TRY_VOID(each.view->add(TRY(entries_of_change(change))));
        }
        return {};
      });
      continue;
    }
    tasks.push_back([&state, &each]() -> Status {
      const auto deltas = state.table_deltas.find(each.id);
      if (deltas == state.table_deltas.end()) return {};
      for (const std::string& delta : deltas->second) TRY_VOID(each.table->apply(delta));
      return {};
    });
  }
  return run_all(std::move(tasks), threads);
}

}  // namespace

Status load_tables(RecoveredState& state, const std::vector<TableToLoad>& tables, Clock& clock,
                   bool threads) {
  const int64_t begin = clock.monotonic_nanos();
  TRY_VOID(load_base(state, tables, threads));
  const int64_t loaded = clock.monotonic_nanos();
  TRY_VOID(replay(state, tables, threads));
  state.figures.load_nanos += loaded - begin;
  state.figures.replay_nanos += clock.monotonic_nanos() - loaded;
  return {};
}

}  // namespace weir::engine
