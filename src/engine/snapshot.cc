#include "engine/snapshot.h"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>

#include "base/log.h"
#include "engine/snapshot_backup.h"

namespace weir::engine {

namespace {
constexpr std::string_view kSuffix = ".snapshot";
constexpr size_t kKept = 2;
}  // namespace

std::string SnapshotStore::path(Epoch epoch) const {
  return io::join_path(dir_, fmt::format("{:020}{}", epoch.value, kSuffix));
}

Result<std::vector<Epoch>> SnapshotStore::list() {
  std::vector<Epoch> epochs;
  if (!files_.exists(dir_)) return epochs;
  for (const std::string& name : TRY(files_.list(dir_))) {
    if (!name.ends_with(kSuffix)) continue;
    uint64_t epoch = 0;
    const char* end = name.data() + name.size() - kSuffix.size();
    const auto parsed = std::from_chars(name.data(), end, epoch);
    if (parsed.ec == std::errc() && parsed.ptr == end) epochs.push_back(Epoch(epoch));
  }
  std::sort(epochs.begin(), epochs.end());
  return epochs;
}

Result<std::unique_ptr<SnapshotWriter>> SnapshotStore::begin(Epoch epoch) {
  TRY_VOID(files_.make_dirs(dir_));
  return SnapshotWriter::begin(files_, path(epoch));
}

Status SnapshotStore::drop_old() {
  const std::vector<Epoch> epochs = TRY(list());
  for (size_t i = 0; i + kKept < epochs.size(); ++i) TRY_VOID(files_.remove(path(epochs[i])));
  return {};
}

Status SnapshotStore::drop_between(Epoch after, Epoch before) {
  for (const Epoch epoch : TRY(list())) {
    if (epoch > after && epoch < before) TRY_VOID(files_.remove(path(epoch)));
  }
  return {};
}

Result<std::unique_ptr<SnapshotFile>> SnapshotStore::newest(Epoch last,
                                                            const std::set<Epoch>& damaged) {
  const std::vector<Epoch> epochs = TRY(list());
  std::optional<Error> first_error;
  for (auto it = epochs.rbegin(); it != epochs.rend(); ++it) {
    if (*it > last) continue;
    Result<std::unique_ptr<SnapshotFile>> file =
        damaged.count(*it) ? SnapshotFile::damaged(path(*it), "its checksum is wrong") : open(*it);
    if (file) return file;
    if (file.error().kind() == ErrorKind::kNewerFormat) return file;
    if (!damaged.count(*it)) {
      log_warn("snapshot cannot be used, trying an older one",
               {{"error", file.error().to_string()}});
    }
    if (!first_error) first_error = std::move(file).error();
  }
  // With one alone the journal has let go of no frame yet; recovery sees that none is missing.
  if (first_error && epochs.size() >= kKept) return std::move(*first_error);
  return std::unique_ptr<SnapshotFile>();
}

Result<Epoch> SnapshotStore::oldest_kept() {
  const std::vector<Epoch> epochs = TRY(list());
  if (epochs.size() < kKept) return Epoch(0);
  return backup_ ? std::min(epochs.front(), backup_->oldest_kept()) : epochs.front();
}

Status SnapshotStore::drop_behind(Epoch last) {
  if (!files_.exists(dir_)) return {};
  for (const std::string& name : TRY(files_.list(dir_))) {
    if (name.ends_with(".tmp")) TRY_VOID(files_.remove(io::join_path(dir_, name)));
  }
  for (const Epoch epoch : TRY(list())) {
    if (epoch > last) TRY_VOID(files_.remove(path(epoch)));
  }
  return {};
}

}  // namespace weir::engine
