// The thread looks into the folder now and then rather than being told: so it also finds what an
// earlier run has left, and the writers of snapshots need not know of it.
#include "engine/snapshot_backup.h"

#include <chrono>

#include <fmt/core.h>

#include "base/log.h"

namespace weir::engine {

namespace {

constexpr size_t kKept = 2;
constexpr std::chrono::milliseconds kLook(300);
constexpr std::chrono::seconds kAgainAfter(5);

std::string snapshot_dir(const std::string& state_dir) {
  return io::join_path(state_dir, "snapshots");
}

}  // namespace

Result<std::unique_ptr<SnapshotBackup>> SnapshotBackup::open(const project::Project& project,
                                                             io::FileSystem& files, Clock& clock) {
  const io::ObjectStoreSettings& settings = project.settings.object_storage;
  if (settings.url.empty()) return std::unique_ptr<SnapshotBackup>();
  std::unique_ptr<SnapshotBackup> backup(new SnapshotBackup(project, files, clock));
  auto objects = TRY(io::open_object_store(settings, {files, clock, &backup->give_up_}));
  backup->status_.place = objects->name();
  backup->copies_ =
      std::make_unique<CopyStore>(std::move(objects), files, pipeline_name_of(project));
  return backup;
}

SnapshotBackup::SnapshotBackup(const project::Project& project, io::FileSystem& files,
                               Clock& clock)
    : files_(files),
      clock_(clock),
      state_dir_(state_dir_of(project)),
      kafka_(project.settings.kafka.has_value()),
      snapshots_(files, snapshot_dir(state_dir_)),
      oldest_(kafka_ ? 0 : UINT64_MAX) {}

Result<std::vector<Epoch>> SnapshotBackup::list_there() {
  std::vector<Epoch> there = TRY(copies_->list());
  if (kafka_) oldest_ = there.size() < kKept ? 0 : there[there.size() - kKept].value;
  const std::lock_guard lock(mutex_);
  if (!there.empty()) status_.newest = there.back();
  return there;
}

Status SnapshotBackup::prepare(Epoch last) {
  Epoch here(0);
  for (const Epoch epoch : TRY(snapshots_.list())) {
    if (epoch <= last) here = epoch;
  }
  const Result<std::vector<Epoch>> there = list_there();
  if (!there) {
    const bool needed = last.value > 0 && here.value == 0;
    if (needed || there.error().kind() != ErrorKind::kUnavailable) return there.error();
    tell(there.error());
    return {};
  }
  if (there->empty() || there->back() <= here) return {};
  if (there->back() > last) {
    return Error(ErrorKind::kCorrupt, 1910,
                 fmt::format("{} holds a snapshot of epoch {}, and the log ends with epoch {}",
                             copies_->place(), there->back().value, last.value))
        .hint(last.value == 0 && !kafka_
                  ? "take it over with `weir state import`, or name another prefix"
                  : "restore the log, or name another prefix");
  }
  return take_newest(*there, here);
}

Status SnapshotBackup::take_newest(const std::vector<Epoch>& there, Epoch above) {
  for (auto epoch = there.rbegin(); epoch != there.rend() && *epoch > above; ++epoch) {
    const Result<StateCopy> copy = copies_->read(*epoch);
    const Status fetched = copy ? copies_->fetch(*copy, state_dir_) : Status(copy.error());
    if (fetched) {
      log_info("a snapshot was taken from object storage",
               {{"place", copies_->place()}, {"epoch", epoch->value}});
      return {};
    }
    if (fetched.error().kind() != ErrorKind::kCorrupt) return fetched;
    log_warn("snapshot cannot be used, trying an older one",
             {{"error", fetched.error().to_string()}});
  }
  return {};  // recovery sees whether the log has all frames
}

void SnapshotBackup::start() {
  thread_ = std::thread([this] { run(); });
}

void SnapshotBackup::run() {
  for (;;) {
    bool ending = false;
    {
      const std::lock_guard lock(mutex_);
      ending = ending_;  // what is there by now is uploaded still
    }
    const Result<bool> uploaded = upload_newest();
    tell(uploaded ? Status() : Status(uploaded.error()));
    std::unique_lock lock(mutex_);
    if (uploaded && *uploaded) continue;
    const bool failing = !uploaded && clock_.monotonic_nanos() < fails_until_;
    if ((ending && !failing) || give_up_) break;
    const std::chrono::milliseconds pause = uploaded ? kLook : kAgainAfter;
    changed_.wait_for(lock, ending ? kLook : pause, [&] { return ending_ && !ending; });
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

// True where there was one to upload.
Result<bool> SnapshotBackup::upload_newest() {
  const std::vector<Epoch> here = TRY(snapshots_.list());
  if (here.empty()) return false;
  const Epoch newest = here.back();
  {
    const std::lock_guard lock(mutex_);
    if (newest <= status_.newest) return false;
  }
  const std::string file = "snapshots/" + io::base_name(snapshots_.path(newest));
  StateCopy copy;
  copy.epoch = newest;
  copy.kafka = kafka_;
  const Result<bool> written = copies_->write(std::move(copy), state_dir_, {file});
  // The folder keeps two: a newer one has replaced it meanwhile.
  if (!written && !files_.exists(snapshots_.path(newest))) return true;
  if (!written) return written.error();
  TRY_VOID(copies_->keep_newest(kKept));
  TRY(list_there());
  const std::lock_guard lock(mutex_);
  status_.newest = std::max(status_.newest, newest);
  status_.uploaded_at = clock_.now();
  log_info("a snapshot was uploaded", {{"place", copies_->place()}, {"epoch", newest.value}});
  return true;
}

// Once for each failure, and once when it is over.
void SnapshotBackup::tell(const Status& status) {
  const std::string text = status ? "" : status.error().to_string();
  const std::lock_guard lock(mutex_);
  if (status_.error == text) return;
  status_.error = text;
  if (text.empty()) return;
  log_warn("snapshots are not uploaded, trying again", {{"error", text}});
}

void SnapshotBackup::finish(Micros at_most) {
  if (!thread_.joinable()) return;
  {
    std::unique_lock lock(mutex_);
    ending_ = true;
    fails_until_ = clock_.monotonic_nanos() + at_most / 4 * 1000;
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::microseconds(at_most), [&] { return ended_; });
  }
  give_up_ = true;
  thread_.join();
}

BackupStatus SnapshotBackup::status() {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace weir::engine
