// A file source: a path or a glob, each file a partition. Partitions are numbered in the sorted
// order of the first listing; a position holds its path, so the numbers of known files never
// change, and files that appear later get the next free ones.
#include <set>

#include <fmt/core.h>

#include "connect/file/file_partition.h"
#include "connect/file/glob.h"
#include "connect/file/replay.h"
#include "connect/options.h"
#include "connect/pacer.h"
#include "connect/readers.h"

namespace weir::connect {

namespace {

constexpr int64_t kListNanos = 1'000'000'000;
constexpr size_t kOpenAtOnce = 64;
constexpr int kRowsAReplay = 256;

class FileReader final : public SourceReader {
 public:
  FileReader(const SourceContext& context, const ReaderOptions& options, std::string path,
             FileSourceSettings settings, double rate)
      : context_(context),
        path_(std::move(path)),
        settings_(std::move(settings)),
        max_rows_(options.max_rows),
        width_(options.columns.size()),
        stop_(options.stop),
        pacer_(context.clock, rate) {}

  Status start(const Positions& positions);
  void replay(double speed, uint32_t time_column) {
    replay_.emplace(context_.clock, speed);
    time_column_ = time_column;
  }

  Result<std::optional<Delivery>> poll() override;
  std::vector<PartitionId> partitions() override {
    std::vector<PartitionId> out;
    for (const Slot& slot : slots_) out.push_back(slot.file->id());
    return out;
  }
  bool finished() override {
    if (settings_.follow && !stop_) return false;
    for (const Slot& slot : slots_) {
      if (!slot.file->done() || slot.held) return false;
    }
    return true;
  }
  bool caught_up(PartitionId partition) override {
    for (const Slot& slot : slots_) {
      if (slot.file->id() == partition) return slot.file->caught_up() && !slot.held;
    }
    return true;
  }
  uint64_t backlog() override {
    uint64_t bytes = 0;
    for (const Slot& slot : slots_) bytes += slot.file->backlog();
    return bytes;
  }

 private:
  struct Slot {
    std::unique_ptr<FilePartition> file;
    std::optional<Delivery> held;  // of a replay: its time has not come
  };

  Status list_files();
  Status add_file(PartitionId id, const std::string& path, std::optional<FilePlace> start);
  Result<std::optional<Delivery>> poll_slot(Slot& slot, uint32_t allowed);
  Result<std::optional<Delivery>> poll_replayed(Slot& slot, uint32_t allowed);

  SourceContext context_;
  std::string path_;
  FileSourceSettings settings_;
  uint32_t max_rows_;
  size_t width_;                 // columns that are handed out
  std::optional<Positions> stop_;
  std::vector<Slot> slots_;
  std::set<std::string> known_;
  size_t next_slot_ = 0;
  int64_t next_list_nanos_ = 0;
  Pacer pacer_;
  std::optional<Replay> replay_;
  uint32_t time_column_ = 0;
};

Status FileReader::add_file(PartitionId id, const std::string& path,
                            std::optional<FilePlace> start) {
  std::optional<FilePlace> stop;
  if (stop_) {
    const auto it = stop_->find(id);
    if (it == stop_->end()) return {};  // nothing of it was read up to the stop
    stop = TRY(FilePlace::from_position(it->second));
    if (stop->path != path) return {};
  }
  known_.insert(path);
  Slot slot;
  slot.file = std::make_unique<FilePartition>(settings_, context_, id, path, std::move(start),
                                              std::move(stop));
  slots_.push_back(std::move(slot));
  return {};
}

Status FileReader::start(const Positions& positions) {
  std::map<PartitionId, std::string> numbered;
  if (stop_) {
    for (const auto& [id, position] : *stop_) {
      numbered[id] = TRY(FilePlace::from_position(position)).path;
    }
  }
  for (const auto& [id, position] : positions) {
    FilePlace place = TRY(FilePlace::from_position(position));
    numbered.erase(id);
    TRY_VOID(add_file(id, place.path, place));
  }
  for (const auto& [id, path] : numbered) {
    if (known_.count(path) == 0) TRY_VOID(add_file(id, path, std::nullopt));
  }
  if (stop_) return {};
  TRY_VOID(list_files());
  if (slots_.empty() && !settings_.follow) {
    return Error(ErrorKind::kNotFound, 1514, fmt::format("no file matches {}", path_))
        .hint("correct `path`, or set `follow: true` to wait for files");
  }
  return {};
}

Status FileReader::list_files() {
  const bool absolute = path_.starts_with("/");
  const std::string pattern =
      absolute ? path_ : io::join_path(context_.project_dir, path_);
  std::set<PartitionId> used;
  for (const Slot& slot : slots_) used.insert(slot.file->id());
  PartitionId next(0);
  for (std::string path : TRY(files_of(context_.files, pattern))) {
    if (!absolute && path.size() > context_.project_dir.size() &&
        path.starts_with(context_.project_dir)) {
      path.erase(0, context_.project_dir.size());
      path.erase(0, path.find_first_not_of('/'));
    }
    if (known_.count(path) > 0) continue;
    while (used.count(next) > 0) ++next;
    used.insert(next);
    TRY_VOID(add_file(next, path, std::nullopt));
  }
  return {};
}

Result<std::optional<Delivery>> FileReader::poll() {
  if (settings_.follow && !stop_ && has_wildcards(path_)) {
    const int64_t now = context_.clock.monotonic_nanos();
    if (now >= next_list_nanos_) {
      next_list_nanos_ = now + kListNanos;
      TRY_VOID(list_files());
    }
  }
  const uint32_t allowed = pacer_.allowed(max_rows_);
  if (allowed == 0) return std::nullopt;
  size_t active = 0;
  size_t seen = 0;
  for (size_t i = 0; i < slots_.size() && active < kOpenAtOnce; ++i) {
    seen = i + 1;
    Slot& slot = slots_[(next_slot_ + i) % slots_.size()];
    if (slot.file->done() && !slot.held) continue;
    ++active;
    auto delivery = TRY(poll_slot(slot, allowed));
    if (!delivery) continue;
    pacer_.take(delivery->records);
    next_slot_ = (next_slot_ + i + (slots_.size() > kOpenAtOnce ? 0 : 1)) % slots_.size();
    return delivery;
  }
  // Files that are followed stay active for ever: the next poll looks at the others.
  if (settings_.follow && seen < slots_.size()) next_slot_ = (next_slot_ + seen) % slots_.size();
  return std::nullopt;
}

Result<std::optional<Delivery>> FileReader::poll_slot(Slot& slot, uint32_t allowed) {
  auto delivery = replay_ ? TRY(poll_replayed(slot, allowed)) : TRY(slot.file->poll(allowed));
  if (delivery) delivery->batch.columns.resize(width_);
  return delivery;
}

Result<std::optional<Delivery>> FileReader::poll_replayed(Slot& slot, uint32_t allowed) {
  std::vector<Delivery> parts;
  const int most = static_cast<int>(std::min<uint32_t>(allowed, kRowsAReplay));
  for (int n = 0; n < most; ++n) {
    if (!slot.held) slot.held = TRY(slot.file->poll(1));
    if (!slot.held) break;
    if (slot.held->batch.rows > 0) {
      const auto time = event_time_of(*slot.held->batch.columns[time_column_], 0);
      if (time && !replay_->is_due(*time)) break;
    }
    parts.push_back(std::move(*slot.held));
    slot.held.reset();
  }
  if (parts.empty()) return std::nullopt;
  return join_deliveries(std::move(parts));
}

}  // namespace

ReaderResult open_file_source(const SourceSpec& spec, const SourceContext& context,
                              const ReaderOptions& options) {
  const Options values(spec.options, "source " + spec.definition.name);
  if (!values.has("path")) return values.missing("path");
  const double rate = TRY(values.rate("rate", 0));
  const double speed = TRY(values.factor("speed", 0));
  FileSourceSettings settings;
  settings.follow = TRY(values.boolean("follow", false));
  std::vector<uint32_t> columns = options.columns;
  uint32_t time_column = 0;
  if (speed > 0 && !options.stop) {
    const int at = spec.definition.schema.find(spec.definition.event_time);
    if (at < 0) return values.wrong("speed", "left out, since the source names no event_time");
    const auto it = std::find(columns.begin(), columns.end(), static_cast<uint32_t>(at));
    time_column = static_cast<uint32_t>(it - columns.begin());
    if (it == columns.end()) columns.push_back(static_cast<uint32_t>(at));
  }
  settings.decoder = decoder_for(spec, columns);
  settings.refused = options.refused;
  const bool paced = !options.stop;  // up to a stop it is read as fast as it goes
  auto reader = std::make_unique<FileReader>(context, options, values.text("path"),
                                             std::move(settings), paced ? rate : 0);
  if (speed > 0 && paced) reader->replay(speed, time_column);
  TRY_VOID(reader->start(options.start));
  return std::unique_ptr<SourceReader>(std::move(reader));
}

}  // namespace weir::connect
