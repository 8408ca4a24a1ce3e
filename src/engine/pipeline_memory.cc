// How state stays within its memory. From three quarters of the budget on, tables that can spill
// remember what has changed since the newest snapshot; what has not can leave memory, since the
// snapshot has it (state/table_base.h). Where too little can leave, another snapshot is begun, and
// where nothing else helps the epoch waits for it. What cannot spill stays, and is refused once it
// needs more than there is.
//
// A pipeline that does not fit when it opens reads from the snapshot from the start, once the
// frames behind it are folded into it.
#include <fmt/core.h>

#include "base/log.h"
#include "engine/pipeline.h"

namespace weir::engine {

namespace {
constexpr uint64_t kBytesOfEntry = 96;  // about; beside its key and value
}

std::vector<flow::NamedTable> Pipeline::stored_tables() {
  std::vector<flow::NamedTable> all = tables();
  for (const auto& [name, view] : views_) all.push_back({"view:" + name, &view->store.table()});
  return all;
}

// Without what is free to be taken.
uint64_t Pipeline::needed_bytes() {
  uint64_t bytes = 0;
  for (const flow::NamedTable& named : stored_tables()) {
    bytes += named.table->byte_size() - named.table->spare_bytes();
  }
  return bytes;
}

void Pipeline::evict(uint64_t bytes) {
  std::vector<flow::NamedTable> all = stored_tables();
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.table->byte_size() > b.table->byte_size();
  });
  const std::lock_guard lock(mutex_);  // readers look into views
  for (const flow::NamedTable& named : all) {
    if (!named.table->can_spill() || bytes == 0) continue;
    bytes -= std::min(bytes, named.table->evict(bytes));
  }
}

void Pipeline::mark_tables() {
  for (const flow::NamedTable& named : stored_tables()) {
    if (named.table->can_spill()) named.table->mark();
  }
}

// What has not changed since the tables were marked is in that snapshot as it is.
Status Pipeline::read_from(Epoch snapshot) {
  const std::shared_ptr<const SnapshotFile> file = TRY(snapshots_.open(snapshot));
  const std::lock_guard lock(mutex_);
  for (const flow::NamedTable& named : stored_tables()) {
    if (named.table->can_spill()) {
      named.table->set_cold(std::make_shared<SnapshotRows>(file, named.id));
    }
  }
  return {};
}

Status Pipeline::cold_status() {
  for (const flow::NamedTable& named : stored_tables()) TRY_VOID(named.table->cold_status());
  return {};
}

Status Pipeline::check_memory() {
  const uint64_t limit = spec_.memory_limit;
  const uint64_t most = limit / 4 * 3;
  const bool always = context_.spill_always;
  uint64_t needed = needed_bytes();
  if (needed <= most && !always) return {};
  spilling_ = true;
  evict(always ? UINT64_MAX : needed - limit / 2);
  needed = needed_bytes();
  if (needed <= most && !always) return {};
  const uint64_t worth = always ? 0 : limit / 16;
  if (!snapshotter_.running() && delta_bytes_ > worth) start_snapshot();
  if (needed <= limit || always) return {};
  log_info("waiting for a snapshot: memory is short", {{"pipeline", spec_.name}});
  TRY_VOID(write_snapshot());
  if (delta_bytes_ == 0 && !marked_) {
    mark_tables();
    TRY_VOID(read_from(last_.epoch));
  }
  evict(needed - limit / 2);
  needed = needed_bytes();
  if (needed <= limit) return {};
  return Error(ErrorKind::kOutOfMemory, 1450,
               fmt::format("state needs {} MiB, the limit is {} MiB", needed >> 20, limit >> 20))
      .detail("Rows by key of sources, groups, distinct rows and views are on disk as far as they "
              "can be. Joins, windows, rankings and the values of min and max are in memory.")
      .hint("raise `memory` in the environment, or bound the state with `retain` or a window")
      .sqlstate("53200");
}

bool Pipeline::fits(const Recovered& recovered) const {
  if (!recovered.base) return true;
  if (context_.spill_always) return false;
  uint64_t bytes = 2 * recovered.figures.frame_bytes;
  for (const auto& [id, table] : recovered.base->tables()) {
    bytes += table.bytes() + table.entries() * kBytesOfEntry;
  }
  return bytes <= spec_.memory_limit / 4 * 3;
}

// Tables that stay on disk are read from the snapshot alone.
Status Pipeline::fold_frames(Recovered& recovered) {
  spilling_ = true;
  if (recovered.figures.frames == 0 && recovered.base->ordered()) return {};
  recovered = Recovered();
  SnapshotMerge merge(snapshots_, context_.log, spec_.name,
                      TRY(context_.log.last_epoch(spec_.name)));
  while (TRY(merge.step())) {
  }
  recovered = TRY(RecoveredState::read(snapshots_, context_.log, spec_.name, damaged_));
  if (recovered.figures.frames > 0) return missing_frame(spec_.name, recovered.last.epoch);
  return {};
}

}  // namespace weir::engine
