#include "log/embedded/embedded_log.h"

#include <mutex>
#include <set>
#include <shared_mutex>

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/log.h"
#include "log/embedded/journal.h"
#include "log/embedded/partition.h"

namespace weir::log {

namespace {

constexpr std::string_view kVersionText = "weir data folder, format 1\n";
constexpr size_t kKeptBuffer = 8 << 20;
constexpr uint8_t kEpochFrame = 1;
constexpr uint8_t kReleaseFrame = 2;

struct Topic {
  TopicConfig config;
  std::vector<std::unique_ptr<Partition>> partitions;
  std::vector<int64_t> visible;  // end offsets that readers may see
};

struct EpochPlace {
  Epoch epoch;
  Journal::Place place;
};

std::string encode_config(const TopicConfig& c) {
  return fmt::format("partitions={}\ncompression={}\ncompact={}\nretention_ms={}\nretention_bytes={}\nsegment_bytes={}\n",
                     c.partitions, static_cast<int>(c.compression), c.compact ? 1 : 0, c.retention_ms.value_or(-1),
                     c.retention_bytes.value_or(-1), c.segment_bytes);
}

Result<TopicConfig> decode_config(std::string_view text, const std::string& path) {
  TopicConfig config;
  while (!text.empty()) {
    const size_t eol = text.find('\n');
    const std::string_view line = text.substr(0, eol);
    text.remove_prefix(eol == std::string_view::npos ? text.size() : eol + 1);
    const size_t equals = line.find('=');
    int64_t value = 0;
    const bool number = equals != std::string_view::npos &&
                        std::from_chars(line.data() + equals + 1, line.data() + line.size(), value).ec == std::errc();
    const std::string_view name = line.substr(0, equals);
    if (!number) return Error(ErrorKind::kCorrupt, 1414, fmt::format("{} is damaged: \"{}\"", path, line));
    if (name == "partitions") config.partitions = static_cast<int32_t>(value);
    if (name == "compression") config.compression = static_cast<Compression>(value);
    if (name == "compact") config.compact = value != 0;
    if (name == "retention_ms" && value >= 0) config.retention_ms = value;
    if (name == "retention_bytes" && value >= 0) config.retention_bytes = value;
    if (name == "segment_bytes") config.segment_bytes = value;
  }
  if (config.partitions < 1 || config.partitions > 10'000) {
    return Error(ErrorKind::kCorrupt, 1414, fmt::format("{} is damaged: no partitions", path));
  }
  return config;
}

Status check_topic_name(const std::string& name) {
  const bool ok = !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
                  std::all_of(name.begin(), name.end(), [](char c) {
                    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
                  });
  if (ok) return {};
  return Error(ErrorKind::kInvalidUsage, 1415, fmt::format("\"{}\" is not a topic name", name))
      .detail("Names have 1 to 249 letters, digits, dots, underscores and hyphens.");
}

class EmbeddedLog final : public Log {
 public:
  EmbeddedLog(io::FileSystem& files, Clock& clock, EmbeddedLogOptions options)
      : files_(files), clock_(clock), options_(std::move(options)) {
    if (!options_.on_fatal) {
      options_.on_fatal = [](const Error& error) {
        log_error("a sync failed, stopping: what is on disk is unknown", {{"error", error.to_string()}});
        std::_Exit(1);
      };
    }
  }

  Status open();

  Status create_topic(const std::string& name, const TopicConfig& config) override;
  Status delete_topic(const std::string& name) override;
  Result<TopicConfig> topic_config(const std::string& name) override;
  std::vector<std::string> topics() override;
  Result<Offset> append(const TopicAppend& append) override;
  Result<ReadBatch> read(const std::string& topic, PartitionId partition, Offset from, size_t max_bytes) override;
  Result<Offset> start_offset(const std::string& topic, PartitionId partition) override;
  Result<Offset> end_offset(const std::string& topic, PartitionId partition) override;
  Result<Offset> offset_for_time(const std::string& topic, PartitionId partition, Micros time) override;
  Result<uint64_t> size_bytes(const std::string& topic) override;
  Status commit_position(const std::string& group, const std::string& topic, PartitionId partition, Offset next) override;
  Result<std::optional<Offset>> position(const std::string& group, const std::string& topic, PartitionId partition) override;
  Status commit(const EpochCommit& commit) override;
  Result<std::vector<CommittedEpoch>> epochs(const std::string& pipeline, Epoch after) override;
  Result<Epoch> last_epoch(const std::string& pipeline) override;
  Status release_epochs(const std::string& pipeline, Epoch through) override;
  Status maintain() override;

 private:
  std::string path(std::string_view name) const { return io::join_path(options_.root, name); }
  std::string topic_dir(const std::string& name) const { return io::join_path(path("topics"), name); }
  Status check_version();
  Status open_topic(const std::string& name);
  Status on_frame(std::string_view payload, Journal::Place place);
  Status redo(ByteReader& r);
  Status check_damage() const;
  Status load_positions();
  Status cut_journal();
  Result<Topic*> find(const std::string& name);
  Result<Partition*> find(const std::string& name, PartitionId partition, int64_t* visible = nullptr);
  Result<std::string> encode_epoch(const EpochCommit& commit, std::vector<std::pair<const TopicAppend*, std::string>>& batches);
  Status synced(Status status);
  Status sync_frame(const Journal::Place& place);
  static std::string position_key(const std::string& group, const std::string& topic, PartitionId partition) {
    return fmt::format("{}\t{}\t{}", group, topic, partition.value);
  }

  io::FileSystem& files_;
  Clock& clock_;
  EmbeddedLogOptions options_;
  std::unique_ptr<io::FileLock> lock_;
  std::mutex write_mutex_;                 // writers, in order; held over syncs
  mutable std::shared_mutex state_mutex_;  // what readers see; never held over a sync
  std::map<std::string, Topic> topics_;
  std::unique_ptr<Journal> journal_;
  std::map<std::string, std::vector<EpochPlace>> epochs_;
  std::map<std::string, Epoch> last_;
  std::map<std::string, int64_t> positions_;
  std::string batch_buffer_;               // of append(), under write_mutex_
  bool failed_ = false;
};

Status EmbeddedLog::open() {
  if (!options_.read_only) {
    TRY_VOID(files_.make_dirs(options_.root));
    lock_ = TRY(files_.lock(path("LOCK")));
  }
  TRY_VOID(check_version());
  if (!options_.read_only) TRY_VOID(files_.make_dirs(path("topics")));
  if (files_.exists(path("topics"))) {
    for (const std::string& name : TRY(files_.list(path("topics")))) {
      if (files_.exists(io::join_path(topic_dir(name), "config"))) TRY_VOID(open_topic(name));
    }
  }
  journal_ = TRY(Journal::open(files_, path("journal"), options_.read_only,
                               [&](std::string_view payload, Journal::Place place) { return on_frame(payload, place); }));
  TRY_VOID(check_damage());
  for (auto& [name, topic] : topics_) {
    for (size_t i = 0; i < topic.partitions.size(); ++i) topic.visible[i] = topic.partitions[i]->end();
  }
  return load_positions();
}

Status EmbeddedLog::check_version() {
  const std::string file = path("VERSION");
  if (!files_.exists(file)) {
    if (options_.read_only) {
      return Error(ErrorKind::kNotFound, 1416,
                   fmt::format("{} holds no data of weir", options_.root))
          .hint("start it with `weir dev` first");
    }
    return files_.write_atomically(file, kVersionText);
  }
  const std::string text = TRY(files_.read_all(file));
  if (text == kVersionText) return {};
  if (text.starts_with("weir data folder, format ")) {
    return Error(ErrorKind::kNewerFormat, 1417, fmt::format("{} was written by a newer weir", options_.root))
        .hint("run the weir that wrote this folder, or a later one");
  }
  return Error(ErrorKind::kCorrupt, 1418, fmt::format("{} is damaged", file));
}

Status EmbeddedLog::open_topic(const std::string& name) {
  const std::string config_path = io::join_path(topic_dir(name), "config");
  Topic topic;
  topic.config = TRY(decode_config(TRY(files_.read_all(config_path)), config_path));
  for (int32_t i = 0; i < topic.config.partitions; ++i) {
    topic.partitions.push_back(TRY(Partition::open(files_, io::join_path(topic_dir(name), std::to_string(i)),
                                                   {topic.config.segment_bytes, options_.read_only})));
    topic.visible.push_back(topic.partitions.back()->end());
  }
  topics_[name] = std::move(topic);
  return {};
}

// Redoes what a frame holds and its segments do not.
Status EmbeddedLog::on_frame(std::string_view payload, Journal::Place place) {
  ByteReader r(payload);
  const auto type = r.le<uint8_t>();
  const std::string pipeline(r.string());
  const Epoch epoch(r.le<uint64_t>());
  if (!r.ok() || type > kReleaseFrame) return Error(ErrorKind::kCorrupt, 1419, "a journal frame cannot be read");
  if (type == kReleaseFrame) {
    std::erase_if(epochs_[pipeline], [&](const EpochPlace& e) { return e.epoch <= epoch; });
    return {};
  }
  epochs_[pipeline].push_back({epoch, place});
  last_[pipeline] = std::max(last_[pipeline], epoch);
  return redo(r);
}

Status EmbeddedLog::redo(ByteReader& r) {
  for (uint64_t n = r.varint(); n > 0; --n) {
    const std::string topic(r.string());
    const auto partition = r.le<int32_t>();
    const std::string_view batch = r.string();
    const std::optional<BatchHeader> header = peek_batch(batch);
    if (!r.ok() || !header) return Error(ErrorKind::kCorrupt, 1419, "a journal frame cannot be read");
    const auto it = topics_.find(topic);
    if (it == topics_.end()) continue;  // deleted since
    if (static_cast<size_t>(partition) >= it->second.partitions.size()) continue;
    Partition& target = *it->second.partitions[static_cast<size_t>(partition)];
    if (header->next_offset() <= target.end()) continue;
    TRY_VOID(target.append(batch));
  }
  return {};
}

Status EmbeddedLog::check_damage() const {
  for (const auto& [name, topic] : topics_) {
    for (size_t i = 0; i < topic.partitions.size(); ++i) {
      if (topic.partitions[i]->end() >= topic.partitions[i]->found_beyond()) continue;
      return Error(ErrorKind::kCorrupt, 1420,
                   fmt::format("partition {} of topic {} is damaged behind offset {}", i, name, topic.partitions[i]->end()))
          .detail("Records behind the damaged place are whole, so it is no torn end.")
          .hint("restore the folder from a backup");
    }
  }
  return {};
}

Status EmbeddedLog::load_positions() {
  if (!files_.exists(path("positions"))) return {};
  const std::string text = TRY(files_.read_all(path("positions")));
  ByteReader r(text);
  for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
    const std::string key(r.string());
    positions_[key] = r.le<int64_t>();
  }
  if (r.ok() && r.at_end()) return {};
  return Error(ErrorKind::kCorrupt, 1421, fmt::format("{} is damaged", path("positions")));
}

Result<Topic*> EmbeddedLog::find(const std::string& name) {
  const auto it = topics_.find(name);
  if (it != topics_.end()) return &it->second;
  return Error(ErrorKind::kNotFound, 1422, fmt::format("topic \"{}\" does not exist", name));
}

Result<Partition*> EmbeddedLog::find(const std::string& name, PartitionId partition, int64_t* visible) {
  Topic* topic = TRY(find(name));
  const auto index = static_cast<size_t>(partition.value);
  if (partition.value < 0 || index >= topic->partitions.size()) {
    return Error(ErrorKind::kNotFound, 1423, fmt::format("topic \"{}\" has no partition {}", name, partition.value));
  }
  if (visible) *visible = topic->visible[index];
  return topic->partitions[index].get();
}

Status EmbeddedLog::create_topic(const std::string& name, const TopicConfig& config) {
  TRY_VOID(check_topic_name(name));
  const std::lock_guard writer(write_mutex_);
  const std::unique_lock lock(state_mutex_);
  if (topics_.contains(name)) return Error(ErrorKind::kAlreadyExists, 1424, fmt::format("topic \"{}\" exists already", name));
  TRY_VOID(files_.make_dirs(topic_dir(name)));
  TRY_VOID(files_.write_atomically(io::join_path(topic_dir(name), "config"), encode_config(config)));
  return open_topic(name);
}

Status EmbeddedLog::delete_topic(const std::string& name) {
  const std::lock_guard writer(write_mutex_);
  const std::unique_lock lock(state_mutex_);
  TRY(find(name));
  topics_.erase(name);
  TRY_VOID(files_.remove(io::join_path(topic_dir(name), "config")));
  TRY_VOID(files_.remove_tree(topic_dir(name)));
  return files_.sync_dir(path("topics"));
}

Result<TopicConfig> EmbeddedLog::topic_config(const std::string& name) {
  const std::shared_lock lock(state_mutex_);
  return TRY(find(name))->config;
}

std::vector<std::string> EmbeddedLog::topics() {
  const std::shared_lock lock(state_mutex_);
  std::vector<std::string> names;
  for (const auto& [name, topic] : topics_) names.push_back(name);
  return names;
}

Status EmbeddedLog::synced(Status status) {
  if (status || status.error().kind() == ErrorKind::kNoSpace) return status;
  failed_ = true;
  options_.on_fatal(status.error());
  return status;
}

Result<Offset> EmbeddedLog::append(const TopicAppend& append) {
  const std::lock_guard writer(write_mutex_);
  if (failed_) return Error(ErrorKind::kIo, 1425, "the log has stopped after a failed sync");
  if (append.records.empty()) return end_offset(append.topic, append.partition);
  Partition* partition = nullptr;
  Compression compression = Compression::kNone;
  {
    const std::shared_lock lock(state_mutex_);
    partition = TRY(find(append.topic, append.partition));
    compression = topics_.at(append.topic).config.compression;
  }
  const int64_t first = partition->end();
  TRY_VOID(encode_batch_into(batch_buffer_, first, append.records, compression));
  {
    const std::unique_lock lock(state_mutex_);
    TRY_VOID(partition->append(batch_buffer_));
  }
  if (batch_buffer_.capacity() > kKeptBuffer) std::string().swap(batch_buffer_);
  if (options_.durable) {
    // A batch that waits in memory for space is not durable: the producer is told, and it is taken
    // back by nobody seeing it until it is.
    const Status status = synced(partition->sync());
    if (!status) return Error(status.error());
  }
  const std::unique_lock lock(state_mutex_);
  topics_.at(append.topic).visible[static_cast<size_t>(append.partition.value)] = partition->end();
  return Offset(first);
}

Result<ReadBatch> EmbeddedLog::read(const std::string& topic, PartitionId partition, Offset from, size_t max_bytes) {
  const std::shared_lock lock(state_mutex_);
  int64_t visible = 0;
  const Partition* source = TRY(find(topic, partition, &visible));
  if (from.value < source->start()) {
    return Error(ErrorKind::kNotFound, 1426, fmt::format("offset {} of topic \"{}\" is gone", from.value, topic))
        .detail(fmt::format("Retention has removed records before offset {}.", source->start()));
  }
  ReadBatch batch;
  TRY_VOID(source->read(from.value, visible, max_bytes, batch));
  return batch;
}

Result<Offset> EmbeddedLog::start_offset(const std::string& topic, PartitionId partition) {
  const std::shared_lock lock(state_mutex_);
  return Offset(TRY(find(topic, partition))->start());
}

Result<Offset> EmbeddedLog::end_offset(const std::string& topic, PartitionId partition) {
  const std::shared_lock lock(state_mutex_);
  int64_t visible = 0;
  TRY(find(topic, partition, &visible));
  return Offset(visible);
}

Result<Offset> EmbeddedLog::offset_for_time(const std::string& topic, PartitionId partition, Micros time) {
  const std::shared_lock lock(state_mutex_);
  return Offset(TRY(TRY(find(topic, partition))->offset_for_time(time / 1000)));
}

Result<uint64_t> EmbeddedLog::size_bytes(const std::string& topic) {
  const std::shared_lock lock(state_mutex_);
  uint64_t bytes = 0;
  for (const auto& partition : TRY(find(topic))->partitions) bytes += partition->size_bytes();
  return bytes;
}

Status EmbeddedLog::commit_position(const std::string& group, const std::string& topic, PartitionId partition, Offset next) {
  const std::lock_guard writer(write_mutex_);
  const std::unique_lock lock(state_mutex_);
  positions_[position_key(group, topic, partition)] = next.value;
  std::string bytes;
  ByteWriter w(bytes);
  w.varint(positions_.size());
  for (const auto& [key, offset] : positions_) {
    w.string(key);
    w.le(offset);
  }
  return files_.write_atomically(path("positions"), bytes);
}

Result<std::optional<Offset>> EmbeddedLog::position(const std::string& group, const std::string& topic, PartitionId partition) {
  const std::shared_lock lock(state_mutex_);
  const auto it = positions_.find(position_key(group, topic, partition));
  if (it == positions_.end()) return std::optional<Offset>();
  return std::optional<Offset>(Offset(it->second));
}

Result<std::string> EmbeddedLog::encode_epoch(const EpochCommit& commit, std::vector<std::pair<const TopicAppend*, std::string>>& batches) {
  const std::shared_lock lock(state_mutex_);
  std::map<std::pair<std::string, int32_t>, int64_t> next;
  for (const TopicAppend& append : commit.appends) {
    if (append.records.empty()) continue;
    const Partition* partition = TRY(find(append.topic, append.partition));
    int64_t& offset = next.try_emplace({append.topic, append.partition.value}, partition->end()).first->second;
    batches.emplace_back(&append, TRY(encode_batch(offset, append.records, topics_.at(append.topic).config.compression)));
    offset += static_cast<int64_t>(append.records.size());
  }
  std::string payload;
  ByteWriter w(payload);
  w.le(kEpochFrame);
  w.string(commit.pipeline);
  w.le(commit.epoch.value);
  w.varint(batches.size());
  for (const auto& [append, batch] : batches) {
    w.string(append->topic);
    w.le(append->partition.value);
    w.string(batch);
  }
  w.raw(commit.state);
  return payload;
}

// A frame that there is no space for is taken back, so that the epoch can be tried again.
Status EmbeddedLog::sync_frame(const Journal::Place& place) {
  Status status = synced(journal_->sync());
  if (status || failed_) return status;
  if (Status taken = journal_->take_back(place); !taken) {
    failed_ = true;
    options_.on_fatal(taken.error());
  }
  return status;
}

Status EmbeddedLog::commit(const EpochCommit& commit) {
  const std::lock_guard writer(write_mutex_);
  if (failed_) return Error(ErrorKind::kIo, 1425, "the log has stopped after a failed sync");
  if (commit.epoch.value != last_[commit.pipeline].value + 1) {
    return Error(ErrorKind::kAlreadyExists, 1427,
                 fmt::format("epoch {} does not follow epoch {}", commit.epoch.value,
                             last_[commit.pipeline].value));
  }
  std::vector<std::pair<const TopicAppend*, std::string>> batches;
  const std::string payload = TRY(encode_epoch(commit, batches));
  const Journal::Place place = TRY(journal_->append(payload));
  if (options_.durable) TRY_VOID(sync_frame(place));
  const std::unique_lock lock(state_mutex_);
  epochs_[commit.pipeline].push_back({commit.epoch, place});
  last_[commit.pipeline] = commit.epoch;
  for (auto& [append, batch] : batches) {
    Topic& topic = topics_.at(append->topic);
    const auto index = static_cast<size_t>(append->partition.value);
    TRY_VOID(topic.partitions[index]->append(batch));
    topic.visible[index] = topic.partitions[index]->end();
  }
  return {};
}

Result<std::vector<CommittedEpoch>> EmbeddedLog::epochs(const std::string& pipeline, Epoch after) {
  const std::lock_guard writer(write_mutex_);
  std::vector<CommittedEpoch> committed;
  for (const EpochPlace& place : epochs_[pipeline]) {
    if (place.epoch <= after) continue;
    const std::string payload = TRY(journal_->read(place.place));
    ByteReader r(payload);
    r.le<uint8_t>();
    r.string();
    r.le<uint64_t>();
    for (uint64_t n = r.varint(); n > 0 && r.ok(); --n) {
      r.string();
      r.le<int32_t>();
      r.string();
    }
    if (!r.ok()) return Error(ErrorKind::kCorrupt, 1419, "a journal frame cannot be read");
    committed.push_back({place.epoch, payload.substr(r.position())});
  }
  return committed;
}

Result<Epoch> EmbeddedLog::last_epoch(const std::string& pipeline) {
  const std::lock_guard writer(write_mutex_);
  const auto it = last_.find(pipeline);
  return it == last_.end() ? Epoch(0) : it->second;
}

Status EmbeddedLog::release_epochs(const std::string& pipeline, Epoch through) {
  const std::lock_guard writer(write_mutex_);
  std::erase_if(epochs_[pipeline], [&](const EpochPlace& e) { return e.epoch <= through && e.epoch != last_[pipeline]; });
  return cut_journal();
}

// Old files go when no pipeline needs a frame of theirs any more; their records are synced in segments
// by then.
Status EmbeddedLog::cut_journal() {
  if (options_.read_only) return {};
  if (journal_->wants_roll()) TRY_VOID(journal_->roll());
  std::set<uint64_t> needed;
  for (const auto& [pipeline, places] : epochs_) {
    for (const EpochPlace& place : places) needed.insert(place.place.file);
  }
  const std::vector<uint64_t> closed = journal_->closed();
  const bool any = std::any_of(closed.begin(), closed.end(), [&](uint64_t file) { return !needed.contains(file); });
  if (!any) return {};
  for (auto& [name, topic] : topics_) {
    for (const auto& partition : topic.partitions) {
      if (Status status = synced(partition->sync()); !status) return status;
    }
  }
  for (const uint64_t file : closed) {
    if (needed.contains(file)) break;  // in order: what is redone at open must have no gap
    TRY_VOID(journal_->remove(file));
  }
  return {};
}

Status EmbeddedLog::maintain() {
  const std::lock_guard writer(write_mutex_);
  TRY_VOID(cut_journal());
  const std::unique_lock lock(state_mutex_);
  const int64_t now_ms = clock_.now() / 1000;
  for (auto& [name, topic] : topics_) {
    const TopicConfig& config = topic.config;
    for (const auto& partition : topic.partitions) {
      if (config.retention_ms || config.retention_bytes) {
        const int64_t oldest = config.retention_ms ? now_ms - *config.retention_ms : INT64_MIN;
        TRY_VOID(partition->drop_before(oldest, config.retention_bytes));
      }
      if (config.compact) TRY_VOID(partition->compact());
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Log>> open_embedded_log(io::FileSystem& files, Clock& clock, EmbeddedLogOptions options) {
  auto log = std::make_unique<EmbeddedLog>(files, clock, std::move(options));
  TRY_VOID(log->open());
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace weir::log
