// File: magic "weirSNAP" (8), version u32 = 1, payload length u64, XXH3 of the payload u64, payload
// = encode_manifest(). All little-endian.
#include "engine/snapshot.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/log.h"
#include "engine/snapshot_backup.h"

namespace weir::engine {

namespace {
constexpr std::string_view kMagic = "weirSNAP";
constexpr uint32_t kVersion = 1;
constexpr std::string_view kSuffix = ".snapshot";
constexpr size_t kKept = 2;
constexpr size_t kHeader = 28;
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

Status SnapshotStore::write(const Snapshot& snapshot) {
  // The payload is encoded where it stands in the file: it may be as large as the state.
  std::string bytes(kHeader, '\0');
  encode_manifest(snapshot.manifest, bytes);
  const std::string_view payload = std::string_view(bytes).substr(kHeader);
  std::string header(kMagic);
  ByteWriter w(header);
  w.le(kVersion);
  w.le<uint64_t>(payload.size());
  w.le(hash64(payload));
  bytes.replace(0, kHeader, header);
  TRY_VOID(files_.make_dirs(dir_));
  TRY_VOID(files_.write_atomically(path(snapshot.manifest.epoch), bytes));
  const std::vector<Epoch> epochs = TRY(list());
  for (size_t i = 0; i + kKept < epochs.size(); ++i) TRY_VOID(files_.remove(path(epochs[i])));
  return {};
}

Result<Snapshot> SnapshotStore::read(Epoch epoch) {
  const std::string file = path(epoch);
  const std::string bytes = TRY(files_.read_all(file));
  ByteReader r(bytes);
  const auto damaged = [&](const char* what) {
    return Error(ErrorKind::kCorrupt, 1442, fmt::format("snapshot {} is damaged: {}", file, what));
  };
  if (r.raw(kMagic.size()) != kMagic) return damaged("it does not begin as a snapshot");
  const auto version = r.le<uint32_t>();
  if (version > kVersion) {
    return Error(ErrorKind::kNewerFormat, 1443,
                 fmt::format("snapshot {} was written by a newer weir", file))
        .hint("run the weir that wrote this folder, or a later one");
  }
  if (version == 0) return damaged("there is no such version");
  const auto size = r.le<uint64_t>();
  const auto hash = r.le<uint64_t>();
  const std::string_view payload = r.raw(size);
  if (!r.ok() || !r.at_end()) return damaged("its length is wrong");
  if (hash64(payload) != hash) return damaged("its checksum is wrong");
  return Snapshot{TRY(decode_manifest(payload))};
}

Result<std::optional<Snapshot>> SnapshotStore::newest(Epoch last) {
  const std::vector<Epoch> epochs = TRY(list());
  std::optional<Error> first_error;
  for (auto it = epochs.rbegin(); it != epochs.rend(); ++it) {
    if (*it > last) continue;
    Result<Snapshot> snapshot = read(*it);
    if (snapshot) return std::optional<Snapshot>(std::move(*snapshot));
    if (snapshot.error().kind() == ErrorKind::kNewerFormat) return std::move(snapshot).error();
    log_warn("snapshot cannot be used, trying an older one",
             {{"error", snapshot.error().to_string()}});
    if (!first_error) first_error = std::move(snapshot).error();
  }
  // With one alone the journal has let go of no frame yet; recovery sees that none is missing.
  if (first_error && epochs.size() >= kKept) return std::move(*first_error);
  return std::optional<Snapshot>();
}

Result<Epoch> SnapshotStore::oldest_kept() {
  const std::vector<Epoch> epochs = TRY(list());
  if (epochs.size() < kKept) return Epoch(0);
  return backup_ ? std::min(epochs.front(), backup_->oldest_kept()) : epochs.front();
}

Status SnapshotStore::drop_behind(Epoch last) {
  for (const Epoch epoch : TRY(list())) {
    if (epoch > last) TRY_VOID(files_.remove(path(epoch)));
  }
  return {};
}

}  // namespace weir::engine
