#include "engine/stored_state.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "engine/project_log.h"
#include "flow/graph.h"

namespace weir::engine {

namespace {

constexpr size_t kReadBytes = 4 << 20;

std::string snapshot_dir(const project::Project& project) {
  return io::join_path(state_dir_of(project), "snapshots");
}

// docs/formats/manifest.md: table deltas.
uint64_t entries_of_table(std::string_view bytes) {
  ByteReader r(bytes);
  uint64_t entries = 0;
  while (r.ok() && !r.at_end()) {
    (void)r.string();
    if (r.le<uint8_t>() != 0) (void)r.string();
    ++entries;
  }
  return entries;
}

void add(std::map<std::string, StoredTable>& tables, const Manifest& manifest) {
  for (const std::string& id : manifest.resets) tables.erase(id);
  for (const auto& [id, bytes] : manifest.table_deltas) {
    tables[id].entries += entries_of_table(bytes);
    tables[id].bytes += bytes.size();
  }
  for (const auto& [name, bytes] : manifest.view_changes) {
    StoredTable& table = tables["view:" + name];
    ByteReader r(bytes);
    table.entries += r.varint();
    table.bytes += bytes.size();
  }
}

// A table of an operator belongs to the first model that needs it.
Result<std::map<std::string, std::string>> users_of(const project::Project& project) {
  std::map<std::string, std::string> users;
  flow::Graph graph;
  for (const plan::View& view : project.models) {
    const std::string& name = view.definition.name;
    TRY_VOID(graph.add_view(view));
    for (const flow::NamedTable& table : graph.tables()) users.emplace(table.id, name);
    users["view:" + name] = users["pending:" + name] = name;
  }
  return users;
}

std::string user_of(const std::map<std::string, std::string>& users, const std::string& id) {
  if (id.starts_with("source:")) return id.substr(7, id.rfind('.') - 7);
  const auto it = users.find(id);
  return it == users.end() ? "" : it->second;
}

// A snapshot is written behind its epoch's frame: a log that knows no such epoch has lost it.
std::optional<Damage> missing_frames(const project::Project& project, io::FileSystem& files,
                                     log::Log& log) {
  SnapshotStore store(files, snapshot_dir(project));
  const auto epochs = store.list();
  const auto last = log.last_epoch(pipeline_name_of(project));
  if (!epochs || epochs->empty() || !last || epochs->back() <= *last) return std::nullopt;
  return Damage{"the log",
                Error(ErrorKind::kCorrupt, 1887,
                      fmt::format("it ends with epoch {}, and there is a snapshot of epoch {}",
                                  last->value, epochs->back().value)),
                "all later epochs: their state, records and dead letters"};
}

}  // namespace

Result<StoredState> list_state(const project::Project& project, io::FileSystem& files,
                               log::Log& log) {
  StoredState state;
  const std::string pipeline = pipeline_name_of(project);
  state.last = TRY(log.last_epoch(pipeline));
  SnapshotStore store(files, snapshot_dir(project));
  for (const Epoch epoch : TRY(store.list())) {
    state.snapshots.push_back({epoch, TRY(files.info(store.path(epoch))).size});
  }
  std::map<std::string, StoredTable> tables;
  Epoch at(0);
  if (const auto snapshot = TRY(store.newest(state.last))) {
    at = snapshot->manifest().epoch;
    for (const auto& [id, stored] : snapshot->tables()) {
      tables[id].entries = stored.entries();
      tables[id].bytes = stored.bytes();
    }
  }
  for (const log::CommittedEpoch& frame : TRY(log.epochs(pipeline, at))) {
    ++state.frames;
    add(tables, TRY(decode_manifest(frame.state)));
  }
  const auto users = TRY(users_of(project));
  for (auto& [id, table] : tables) {
    table.id = id;
    table.used_by = user_of(users, id);
    state.tables.push_back(std::move(table));
  }
  return state;
}

std::vector<Damage> verify_snapshots(const project::Project& project, io::FileSystem& files) {
  std::vector<Damage> found;
  SnapshotStore store(files, snapshot_dir(project));
  auto epochs = store.list();
  if (!epochs) return {{snapshot_dir(project), std::move(epochs).error(), "all snapshots"}};
  size_t good = 0;
  for (const Epoch epoch : *epochs) {
    const auto snapshot = store.open(epoch);
    Status whole = snapshot ? (*snapshot)->verify() : Status(snapshot.error());
    if (whole) {
      ++good;
      continue;
    }
    found.push_back({store.path(epoch), std::move(whole).error(), ""});
  }
  for (Damage& damage : found) {
    if (good > 0) {
      damage.lost = "nothing: recovery takes the other snapshot and the frames behind it";
    } else if (epochs->size() == 1) {
      damage.lost = "nothing: the journal has all frames, as long as there is one snapshot";
    } else {
      damage.lost = "the state: no other snapshot can be read";
    }
  }
  return found;
}

std::vector<Damage> verify_log(const project::Project& project, io::FileSystem& files,
                               log::Log& log) {
  std::vector<Damage> found;
  if (auto missing = missing_frames(project, files, log)) found.push_back(std::move(*missing));
  auto frames = log.epochs(pipeline_name_of(project), Epoch(0));
  if (!frames) {
    found.push_back({"the journal", std::move(frames).error(), "epochs that no snapshot holds"});
  }
  for (const log::CommittedEpoch& frame :
       frames ? *frames : std::vector<log::CommittedEpoch>()) {
    auto manifest = decode_manifest(frame.state);
    if (manifest) continue;
    found.push_back({fmt::format("the journal, epoch {}", frame.epoch.value),
                     std::move(manifest).error(), "this epoch, unless a snapshot holds it"});
  }
  for (const std::string& topic : log.topics()) {
    const auto config = log.topic_config(topic);
    for (int32_t p = 0; config && p < config->partitions; ++p) {
      auto at = log.start_offset(topic, PartitionId(p));
      while (at) {
        const auto read = log.read(topic, PartitionId(p), *at, kReadBytes);
        if (!read) {
          found.push_back({fmt::format("topic {}, partition {}", topic, p), read.error(),
                           fmt::format("its records from offset {} on", at->value)});
        }
        if (!read || read->records.empty()) break;
        at = read->next;
      }
    }
  }
  return found;
}

}  // namespace weir::engine
