// An import is made beside the folder, which is renamed into its place at the end: it is there
// whole or not at all.
#include "engine/state_transfer.h"

#include <fmt/core.h>

#include "base/log.h"
#include "engine/manifest.h"
#include "engine/snapshot.h"

namespace weir::engine {

namespace {

constexpr const char* kSnapshots = "snapshots";
constexpr const char* kLog = "log";
constexpr const char* kLock = "LOCK";

Result<CopyStore> open_copies(const project::Project& project, const TransferContext& context,
                              const std::string& url) {
  io::ObjectStoreSettings settings = project.settings.object_storage;
  settings.url = url;
  auto objects = TRY(io::open_object_store(settings, {context.files, context.clock, nullptr}));
  return CopyStore(std::move(objects), context.files, pipeline_name_of(project));
}

// All files of `dir` / `below`, but those of locks.
Status list_files(io::FileSystem& files, const std::string& dir, const std::string& below,
                  std::vector<std::string>& found) {
  for (const std::string& name : TRY(files.list(io::join_path(dir, below)))) {
    const std::string path = io::join_path(below, name);
    if (TRY(files.info(io::join_path(dir, path))).is_directory) {
      TRY_VOID(list_files(files, dir, path, found));
    } else if (name != kLock) {
      found.push_back(path);
    }
  }
  return {};
}

Status remove_folder(io::FileSystem& files, const std::string& dir) {
  return files.exists(dir) ? files.remove_tree(dir) : Status();
}

Error nothing_there(const std::string& what) { return Error(ErrorKind::kNotFound, 1915, what); }

// Where the newest one is damaged, recovery would take the other.
Result<Epoch> newest_snapshot(SnapshotStore& store) {
  const std::vector<Epoch> epochs = TRY(store.list());
  for (auto epoch = epochs.rbegin(); epoch != epochs.rend(); ++epoch) {
    const auto snapshot = store.open(*epoch);
    const Status whole = snapshot ? (*snapshot)->verify() : Status(snapshot.error());
    if (whole) return *epoch;
    log_warn("snapshot cannot be used, trying an older one",
             {{"error", whole.error().to_string()}});
  }
  return Error(nothing_there("there is no snapshot yet"))
      .hint("one is written when the project stops, and now and then while it runs");
}

// What a project leaves with a cluster's log is the snapshot, which nobody changes.
Result<bool> export_snapshot(const project::Project& project, const TransferContext& context,
                             CopyStore& copies, StateCopy& copy) {
  const std::string dir = state_dir_of(project);
  SnapshotStore store(context.files, io::join_path(dir, kSnapshots));
  copy.kafka = true;
  copy.epoch = TRY(newest_snapshot(store));
  const std::string name = io::base_name(store.path(copy.epoch));
  return copies.write(copy, dir, {io::join_path(kSnapshots, name)});
}

Result<bool> export_folder(const project::Project& project, const TransferContext& context,
                           CopyStore& copies, StateCopy& copy) {
  const std::string dir = state_dir_of(project);
  if (!context.files.exists(io::join_path(dir, kLog))) {
    return Error(ErrorKind::kNotFound, 1451, fmt::format("nothing has run in {} yet", project.dir));
  }
  const ProjectLog held = TRY(open_project_log(project, context.files, context.clock, {}));
  copy.with_log = true;
  copy.epoch = TRY(held.log->last_epoch(pipeline_name_of(project)));
  if (copy.epoch.value == 0) return nothing_there("there is no epoch yet");
  std::vector<std::string> paths;
  for (const char* below : {kLog, kSnapshots}) {
    if (!context.files.exists(io::join_path(dir, below))) continue;
    TRY_VOID(list_files(context.files, dir, below, paths));
  }
  return copies.write(copy, dir, paths);
}

// A log in which nothing has happened yet is none.
Result<bool> is_used(const project::Project& project, const TransferContext& context) {
  ProjectLogOptions options;
  options.read_only = true;
  const ProjectLog opened = TRY(open_project_log(project, context.files, context.clock, options));
  const Epoch last = TRY(opened.log->last_epoch(pipeline_name_of(project)));
  return last.value > 0 || !opened.log->topics().empty();
}

Status check_empty(const project::Project& project, const TransferContext& context) {
  const std::string dir = state_dir_of(project);
  if (!context.files.exists(dir)) return {};
  for (const std::string& name : TRY(context.files.list(dir))) {
    if (name == kLock) continue;
    if (name == kLog && !project.settings.kafka && !TRY(is_used(project, context))) continue;
    return Error(ErrorKind::kAlreadyExists, 1914, fmt::format("{} is not empty", dir))
        .hint("move it away, or import into another environment's folder (state: dir:)");
  }
  return {};
}

Status check_fits(const project::Project& project, const TransferContext& context,
                  const StateCopy& copy, const std::string& place) {
  const bool kafka = project.settings.kafka.has_value();
  if (copy.kafka != kafka) {
    return Error(ErrorKind::kInvalidUsage, 1918,
                 fmt::format("the copy in {} goes with {}, and the environment has {}", place,
                             copy.kafka ? "a Kafka cluster's log" : "an embedded log",
                             kafka ? "a Kafka cluster's" : "an embedded one"));
  }
  if (!kafka) return {};
  ProjectLogOptions options;
  options.read_only = true;
  const ProjectLog opened = TRY(open_project_log(project, context.files, context.clock, options));
  const Epoch last = TRY(opened.log->last_epoch(pipeline_name_of(project)));
  if (copy.epoch <= last) return {};
  return Error(ErrorKind::kInvalidUsage, 1920,
               fmt::format("the copy in {} is of epoch {}, and the log ends with epoch {}", place,
                           copy.epoch.value, last.value))
      .hint("the log is another one than the copy's, or has lost epochs");
}

// In an empty log every topic begins with offset 0.
void begin_topics_anew(const project::Project& project, Manifest& manifest) {
  for (const connect::SourceSpec& source : project.sources) {
    const auto input = manifest.inputs.find(source.definition.name);
    if (input == manifest.inputs.end()) continue;
    auto& partitions = input->second.partitions;
    partitions.erase(kReplayedLetters);
    if (source.connector != "http" && source.connector != "host" && source.connector != "topic") {
      continue;
    }
    for (auto& [id, progress] : partitions) progress.position = R"({"offset":0})";
  }
}

// A log whose one epoch is the snapshot's.
Status begin_log(project::Project project, const TransferContext& context, Epoch epoch,
                 const std::string& state_dir) {
  project.settings.state_dir = state_dir;
  const std::string dir = state_dir_of(project);
  SnapshotStore store(context.files, io::join_path(dir, kSnapshots));
  Manifest manifest = TRY(store.open(epoch))->manifest();
  begin_topics_anew(project, manifest);
  const ProjectLog opened = TRY(open_project_log(project, context.files, context.clock, {}));
  log::EpochCommit commit{pipeline_name_of(project), epoch, {}, encode_manifest(manifest)};
  commit.begins = true;
  return opened.log->commit(commit);
}

Result<StateCopy> fetch_newest(CopyStore& copies, const TransferContext& context,
                               const project::Project& project, const std::string& dir) {
  const std::vector<Epoch> epochs = TRY(copies.list());
  std::optional<Error> first;
  for (auto epoch = epochs.rbegin(); epoch != epochs.rend(); ++epoch) {
    TRY_VOID(remove_folder(context.files, dir));
    Result<StateCopy> copy = copies.read(*epoch);
    if (copy) TRY_VOID(check_fits(project, context, *copy, copies.place()));
    const Status fetched = copy ? copies.fetch(*copy, dir) : Status(copy.error());
    if (fetched) return copy;
    if (fetched.error().kind() != ErrorKind::kCorrupt) return fetched.error();
    log_warn("a copy cannot be used, trying an older one",
             {{"error", fetched.error().to_string()}});
    if (!first) first = fetched.error();
  }
  if (first) return std::move(*first);
  const std::set<std::string> others = TRY(copies.pipelines());
  if (others.empty()) return nothing_there(fmt::format("{} holds no copy", copies.place()));
  return Error(ErrorKind::kInvalidUsage, 1913,
               fmt::format("{} holds copies of {}, and none of {}", copies.place(),
                           *others.begin(), pipeline_name_of(project)))
      .hint("import with the project and the environment that it was exported from");
}

}  // namespace

Result<StateCopy> export_state(const project::Project& project, const TransferContext& context,
                               const std::string& to) {
  CopyStore copies = TRY(open_copies(project, context, to));
  StateCopy copy;
  const bool written = project.settings.kafka ? TRY(export_snapshot(project, context, copies, copy))
                                              : TRY(export_folder(project, context, copies, copy));
  if (written) return TRY(copies.read(copy.epoch));
  return Error(ErrorKind::kAlreadyExists, 1919,
               fmt::format("{} holds a copy of epoch {} already", copies.place(),
                           copy.epoch.value));
}

Result<StateCopy> import_state(const project::Project& project, const TransferContext& context,
                               const std::string& from) {
  CopyStore copies = TRY(open_copies(project, context, from));
  const std::string dir = state_dir_of(project);
  const std::string beside = dir + ".import";
  TRY_VOID(check_empty(project, context));
  StateCopy copy = TRY(fetch_newest(copies, context, project, beside));
  if (!copy.kafka && !copy.with_log) {
    TRY_VOID(begin_log(project, context, copy.epoch, project.settings.state_dir + ".import"));
  }
  TRY_VOID(remove_folder(context.files, dir));
  TRY_VOID(context.files.rename(beside, dir));
  TRY_VOID(context.files.sync_dir(io::parent_path(dir)));
  return copy;
}

}  // namespace weir::engine
