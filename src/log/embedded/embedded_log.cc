#include "log/embedded/embedded_log.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <span>

#include <fmt/core.h>

#include "base/check.h"
#include "base/log.h"
#include "log/embedded/epoch_frame.h"
#include "log/embedded/epoch_reader.h"
#include "log/embedded/recovery.h"

namespace weir::log {

namespace {

constexpr size_t kKeptBuffer = 8 << 20;
constexpr size_t kEpochBatchBytes = 1
                                    << 20;  // of records before compression; Kafka's default limit
constexpr size_t kMostState = 1'000'000'000;  // leaves room for the rest of a frame
constexpr int64_t kKeepDeletionsMs = 24 * 3600 * 1000;
constexpr int kReadOnlyTries = 5;

// A batch of an epoch on its way.
struct EpochBatch {
  const TopicAppend* append = nullptr;
  Partition* partition = nullptr;
  std::string bytes;
};

class EmbeddedLog final : public Log {
 public:
  EmbeddedLog(io::FileSystem& files, Clock& clock, EmbeddedLogOptions options)
      : files_(files),
        clock_(clock),
        options_(std::move(options)),
        positions_(files_, path("positions")) {
    if (options_.on_fatal) return;
    options_.on_fatal = [](const Error& error) {
      log_error("a sync failed, stopping: what is on disk is unknown",
                {{"error", error.to_string()}});
      std::_Exit(1);
    };
  }

  Status open();

  Status create_topic(const std::string& name, const TopicConfig& config) override;
  Status delete_topic(const std::string& name) override;
  Status set_retention(const std::string& name, std::optional<int64_t> retention_ms,
                       std::optional<int64_t> retention_bytes) override;
  Result<TopicConfig> topic_config(const std::string& name) override;
  Result<bool> has_topic(const std::string& name) override {
    const std::shared_lock lock(topics_mutex_);
    return topics_.contains(name);
  }
  std::vector<std::string> topics() override;
  Result<Offset> append(const TopicAppend& append) override;
  Result<ReadBatch> read(const std::string& topic, PartitionId partition, Offset from,
                         size_t max_bytes) override;
  Result<Offset> start_offset(const std::string& topic, PartitionId partition) override;
  Result<Offset> end_offset(const std::string& topic, PartitionId partition) override;
  Result<Offset> offset_for_time(const std::string& topic, PartitionId partition,
                                 Micros time) override;
  Result<uint64_t> size_bytes(const std::string& topic) override;
  Status commit_position(const std::string& group, const std::string& topic, PartitionId partition,
                         Offset next) override;
  Result<std::optional<Offset>> position(const std::string& group, const std::string& topic,
                                         PartitionId partition) override;
  Status commit(const EpochCommit& commit) override;
  Result<std::vector<CommittedEpoch>> epochs(const std::string& pipeline, Epoch after,
                                             uint64_t enough_bytes) override;
  Result<Epoch> last_epoch(const std::string& pipeline) override;
  Status release_epochs(const std::string& pipeline, Epoch through) override;
  Status maintain() override;

 private:
  std::string path(std::string_view name) const { return io::join_path(options_.root, name); }
  std::string topic_dir(const std::string& t) const { return io::join_path(path("topics"), t); }

  Status open_topics();
  Status settle_topics();
  Status forget_announced();
  Status undo_announced();

  Status check_writable() const;
  Result<Topic*> find(const std::string& name);
  Result<Partition*> find(const std::string& name, PartitionId partition);
  int64_t visible_end(const std::string& name, PartitionId partition);
  void publish(const std::vector<EpochBatch>& batches);

  Status append_batch(Partition& partition, std::string_view batch);
  Result<std::vector<EpochBatch>> encode_epoch(const EpochCommit& commit);
  Status write_large(const EpochCommit& commit, const std::vector<EpochBatch>& batches);
  Result<Journal::Place> append_frame(const EpochFrame& frame);
  Status sync_frames(const Journal::Place& first);
  Result<Journal::Place> write_frame(const EpochFrame& frame);
  Status sync_partitions();
  Status cut_journal();
  Status carry_on(uint64_t file);
  Status tidy(Topic& topic);
  Status checked(Partition& partition, Status status);
  void stop(const Error& error);

  io::FileSystem& files_;
  Clock& clock_;
  EmbeddedLogOptions options_;
  std::unique_ptr<io::FileLock> lock_;
  std::mutex write_mutex_;  // writers, in order; held over syncs
  std::mutex maintain_mutex_;
  std::shared_mutex topics_mutex_;  // the map and each topic's life; shared by all who use a topic
  std::shared_mutex
      visible_mutex_;  // Topic::visible: an epoch's records appear in all topics at once
  std::mutex positions_mutex_;
  Topics topics_;
  std::unique_ptr<Journal> journal_;
  EpochIndex epochs_;
  std::optional<Announced> announced_;
  Positions positions_;
  std::string batch_buffer_;  // of append(), under write_mutex_
  bool failed_ = false;
};

Status EmbeddedLog::open() {
  if (!options_.read_only) {
    TRY_VOID(files_.make_dirs(options_.root));
    lock_ = TRY(files_.lock(path("LOCK")));
  }
  TRY_VOID(check_version(files_, options_.root, options_.read_only));
  TRY_VOID(open_topics());
  Recovery recovery(topics_, epochs_);
  const auto take = [&](std::string_view payload, Journal::Place place) {
    return recovery.on_frame(payload, place);
  };
  journal_ = TRY(Journal::open(files_, path("journal"),
                               {options_.read_only, options_.journal_file_bytes}, take));
  announced_ = recovery.announced();
  if (announced_) TRY_VOID(announced_->truncate());
  TRY_VOID(settle_topics());
  TRY_VOID(check_origins(topics_, epochs_));
  if (announced_) TRY_VOID(forget_announced());
  return positions_.load();
}

Status EmbeddedLog::open_topics() {
  if (!options_.read_only) TRY_VOID(files_.make_dirs(path("topics")));
  if (!files_.exists(path("topics"))) return {};
  for (const std::string& name : TRY(files_.list(path("topics")))) {
    const std::string dir = topic_dir(name);
    if (files_.exists(io::join_path(dir, "config"))) {
      topics_.emplace(name, TRY(Topic::open(files_, dir, options_.read_only)));
    } else if (!options_.read_only) {
      TRY_VOID(files_.remove_tree(dir));
    }
  }
  return {};
}

Status EmbeddedLog::forget_announced() {
  const Journal::Place place = announced_->place;
  announced_.reset();
  if (options_.read_only) return {};
  TRY_VOID(journal_->take_back(place));
  return journal_->sync();
}

Status EmbeddedLog::undo_announced() {
  TRY_VOID(announced_->truncate());
  return forget_announced();
}

Status EmbeddedLog::settle_topics() {
  for (auto& [name, topic] : topics_) {
    for (size_t i = 0; i < topic.partitions.size(); ++i) {
      TRY_VOID(topic.partitions[i]->settle());
      topic.visible[i] = topic.partitions[i]->end();
    }
    // Only where the journal was lost or replaced: its places begin anew.
    if (options_.read_only || topic.created <= journal_->end()) continue;
    topic.created = journal_->end();
    TRY_VOID(topic.write_config(files_, topic_dir(name)));
  }
  return {};
}

Status EmbeddedLog::check_writable() const {
  if (failed_) return Error(ErrorKind::kIo, 1425, "the log has stopped after a failed sync");
  if (!options_.read_only) return {};
  return Error(ErrorKind::kPermission, 1428, "the log is open for reading only");
}

Result<Topic*> EmbeddedLog::find(const std::string& name) {
  const auto it = topics_.find(name);
  if (it != topics_.end()) return &it->second;
  return Error(ErrorKind::kNotFound, 1422, fmt::format("topic \"{}\" does not exist", name));
}

Result<Partition*> EmbeddedLog::find(const std::string& name, PartitionId partition) {
  Topic* topic = TRY(find(name));
  const auto index = static_cast<size_t>(partition.value);
  if (partition.value >= 0 && index < topic->partitions.size())
    return topic->partitions[index].get();
  return Error(ErrorKind::kNotFound, 1423,
               fmt::format("topic \"{}\" has no partition {}", name, partition.value));
}

int64_t EmbeddedLog::visible_end(const std::string& name, PartitionId partition) {
  const std::shared_lock lock(visible_mutex_);
  return topics_.find(name)->second.visible[static_cast<size_t>(partition.value)];
}

Status EmbeddedLog::create_topic(const std::string& name, const TopicConfig& config) {
  TRY_VOID(check_topic_name(name));
  const std::lock_guard writer(write_mutex_);
  TRY_VOID(check_writable());
  const std::unique_lock lock(topics_mutex_);
  if (topics_.contains(name)) {
    return Error(ErrorKind::kAlreadyExists, 1424, fmt::format("topic \"{}\" exists already", name));
  }
  topics_.emplace(name, TRY(Topic::create(files_, topic_dir(name), config, journal_->end())));
  return {};
}

Status EmbeddedLog::delete_topic(const std::string& name) {
  const std::lock_guard writer(write_mutex_);
  TRY_VOID(check_writable());
  const std::unique_lock lock(topics_mutex_);
  TRY(find(name));
  TRY_VOID(Topic::remove(files_, topic_dir(name)));
  topics_.erase(name);
  const std::lock_guard positions(positions_mutex_);
  return positions_.forget(name);
}

Status EmbeddedLog::set_retention(const std::string& name, std::optional<int64_t> retention_ms,
                                  std::optional<int64_t> retention_bytes) {
  const std::lock_guard writer(write_mutex_);
  TRY_VOID(check_writable());
  const std::unique_lock lock(topics_mutex_);
  Topic& topic = *TRY(find(name));
  const TopicConfig before = topic.config;
  topic.config.retention_ms = retention_ms;
  topic.config.retention_bytes = retention_bytes;
  Status written = topic.write_config(files_, topic_dir(name));
  if (!written) topic.config = before;
  return written;
}

Result<TopicConfig> EmbeddedLog::topic_config(const std::string& name) {
  const std::shared_lock lock(topics_mutex_);
  return TRY(find(name))->config;
}

std::vector<std::string> EmbeddedLog::topics() {
  const std::shared_lock lock(topics_mutex_);
  std::vector<std::string> names;
  for (const auto& [name, topic] : topics_) names.push_back(name);
  return names;
}

void EmbeddedLog::stop(const Error& error) {
  failed_ = true;
  options_.on_fatal(error);
}

Status EmbeddedLog::checked(Partition& partition, Status status) {
  if (!status && partition.sync_failed() && !failed_) stop(status.error());
  return status;
}

// All of it or, where there is no room, nothing.
Status EmbeddedLog::append_batch(Partition& partition, std::string_view batch) {
  const int64_t first = partition.end();
  TRY_VOID(checked(partition, partition.append(batch)));
  if (!options_.durable) return {};
  Status synced = checked(partition, partition.sync());
  if (synced || failed_) return synced;
  if (Status undone = partition.truncate_to(first); !undone) stop(undone.error());
  return synced;
}

Result<Offset> EmbeddedLog::append(const TopicAppend& append) {
  const std::lock_guard writer(write_mutex_);
  TRY_VOID(check_writable());
  const std::shared_lock lock(topics_mutex_);
  Partition* partition = TRY(find(append.topic, append.partition));
  const int64_t first = partition->end();
  if (append.records.empty()) return Offset(first);
  Topic& topic = *TRY(find(append.topic));
  TRY_VOID(encode_batch_into(batch_buffer_, first, append.records, topic.config.compression));
  TRY_VOID(append_batch(*partition, batch_buffer_));
  if (batch_buffer_.capacity() > kKeptBuffer) std::string().swap(batch_buffer_);
  const std::unique_lock visible(visible_mutex_);
  topic.visible[static_cast<size_t>(append.partition.value)] = partition->end();
  return Offset(first);
}

Result<ReadBatch> EmbeddedLog::read(const std::string& topic, PartitionId partition, Offset from,
                                    size_t max_bytes) {
  const std::shared_lock lock(topics_mutex_);
  const Partition* source = TRY(find(topic, partition));
  if (from.value < source->start()) {
    return Error(ErrorKind::kNotFound, 1426,
                 fmt::format("offset {} of topic \"{}\" is gone", from.value, topic))
        .detail(fmt::format("Retention has removed records before offset {}.", source->start()));
  }
  ReadBatch batch;
  TRY_VOID(source->read(from.value, visible_end(topic, partition), max_bytes, batch));
  return batch;
}

Result<Offset> EmbeddedLog::start_offset(const std::string& topic, PartitionId partition) {
  const std::shared_lock lock(topics_mutex_);
  return Offset(TRY(find(topic, partition))->start());
}

Result<Offset> EmbeddedLog::end_offset(const std::string& topic, PartitionId partition) {
  const std::shared_lock lock(topics_mutex_);
  TRY(find(topic, partition));
  return Offset(visible_end(topic, partition));
}

Result<Offset> EmbeddedLog::offset_for_time(const std::string& topic, PartitionId partition,
                                            Micros time) {
  const std::shared_lock lock(topics_mutex_);
  const Partition* source = TRY(find(topic, partition));
  return Offset(TRY(source->offset_for_time(time / 1000, visible_end(topic, partition))));
}

Result<uint64_t> EmbeddedLog::size_bytes(const std::string& topic) {
  const std::shared_lock lock(topics_mutex_);
  uint64_t bytes = 0;
  for (const auto& partition : TRY(find(topic))->partitions) bytes += partition->size_bytes();
  return bytes;
}

Status EmbeddedLog::commit_position(const std::string& group, const std::string& topic,
                                    PartitionId partition, Offset next) {
  if (options_.read_only) return check_writable();
  const std::lock_guard lock(positions_mutex_);
  return positions_.put(group, topic, partition, next);
}

Result<std::optional<Offset>> EmbeddedLog::position(const std::string& group,
                                                    const std::string& topic,
                                                    PartitionId partition) {
  const std::lock_guard lock(positions_mutex_);
  return positions_.get(group, topic, partition);
}

Result<std::vector<EpochBatch>> EmbeddedLog::encode_epoch(const EpochCommit& commit) {
  std::vector<EpochBatch> batches;
  std::map<Partition*, int64_t> next;
  for (const TopicAppend& append : commit.appends) {
    Partition* partition = TRY(find(append.topic, append.partition));
    const Compression compression = TRY(find(append.topic))->config.compression;
    int64_t& offset = next.try_emplace(partition, partition->end()).first->second;
    for (size_t at = 0; at < append.records.size();) {
      size_t to = at;
      for (size_t bytes = 0; to < append.records.size() && bytes < kEpochBatchBytes; ++to) {
        bytes += most_bytes(append.records[to]);
      }
      const std::span<const Record> records(append.records.data() + at, to - at);
      EpochBatch batch{&append, partition, {}};
      TRY_VOID(encode_batch_into(batch.bytes, offset, records, compression));
      stamp_batch(batch.bytes, origin_of(commit.pipeline, commit.epoch));
      batches.push_back(std::move(batch));
      offset += static_cast<int64_t>(records.size());
      at = to;
    }
  }
  return batches;
}

Result<Journal::Place> EmbeddedLog::append_frame(const EpochFrame& frame) {
  if (frame.state.size() > kMostState) {
    return Error(ErrorKind::kInvalidData, 1431, "an epoch's state is larger than 1 GB");
  }
  std::string bytes(Journal::kFrameHeader, '\0');
  encode_frame(frame, bytes);
  return journal_->append(bytes);
}

// Of the frames from `first` on. Where that fails for want of space, nothing is left of them.
Status EmbeddedLog::sync_frames(const Journal::Place& first) {
  if (!options_.durable) return {};
  Status synced = journal_->sync();
  if (synced) return synced;
  if (synced.error().kind() != ErrorKind::kNoSpace) {
    stop(synced.error());
  } else if (const Status taken = journal_->take_back(first); !taken) {
    stop(taken.error());
  }
  return synced;
}

Result<Journal::Place> EmbeddedLog::write_frame(const EpochFrame& frame) {
  const Journal::Place place = TRY(append_frame(frame));
  TRY_VOID(sync_frames(place));
  return place;
}

// The batches of a large epoch go to their segments before its frame, announced by a frame of their
// own.
Status EmbeddedLog::write_large(const EpochCommit& commit, const std::vector<EpochBatch>& batches) {
  EpochFrame frame{FrameType::kLargeEpoch, commit.pipeline, commit.epoch, {}, {}, {}};
  Announced announced{{}, commit.pipeline, commit.epoch, {}};
  for (const EpochBatch& batch : batches) {
    const BatchHeader header = *peek_batch(batch.bytes);
    auto range = std::find_if(announced.ranges.begin(), announced.ranges.end(),
                              [&](const auto& r) { return r.partition == batch.partition; });
    if (range == announced.ranges.end()) {
      announced.ranges.push_back({batch.partition, header.base_offset, header.next_offset()});
      frame.ranges.push_back(
          {batch.append->topic, batch.append->partition.value, header.base_offset, 0});
    } else {
      range->to = header.next_offset();
    }
  }
  for (size_t i = 0; i < frame.ranges.size(); ++i) frame.ranges[i].to = announced.ranges[i].to;
  announced.place = TRY(write_frame(frame));
  announced_ = std::move(announced);
  for (const EpochBatch& batch : batches) {
    TRY_VOID(checked(*batch.partition, batch.partition->append(batch.bytes)));
  }
  if (!options_.durable) return {};
  for (const Announced::Range& range : announced_->ranges) {
    TRY_VOID(checked(*range.partition, range.partition->sync()));
  }
  return {};
}

void EmbeddedLog::publish(const std::vector<EpochBatch>& batches) {
  const std::unique_lock lock(visible_mutex_);
  for (const EpochBatch& batch : batches) {
    Topic& topic = topics_.find(batch.append->topic)->second;
    topic.visible[static_cast<size_t>(batch.append->partition.value)] = batch.partition->end();
  }
}

Status EmbeddedLog::commit(const EpochCommit& commit) {
  const std::lock_guard writer(write_mutex_);
  TRY_VOID(check_writable());
  const Epoch last = epochs_.last(commit.pipeline);
  if (commit.begins ? last.value != 0 : commit.epoch.value != last.value + 1) {
    return Error(ErrorKind::kAlreadyExists, 1427,
                 fmt::format("epoch {} does not follow epoch {}", commit.epoch.value, last.value));
  }
  const std::shared_lock lock(topics_mutex_);
  const std::vector<EpochBatch> batches = TRY(encode_epoch(commit));
  size_t bytes = 0;
  for (const EpochBatch& batch : batches) bytes += batch.bytes.size();
  const bool large = bytes >= options_.large_epoch_bytes;
  EpochFrame frame{FrameType::kEpoch, commit.pipeline, commit.epoch, {}, {}, commit.state};
  Status written = large ? write_large(commit, batches) : Status();
  if (!large) {
    for (const EpochBatch& batch : batches) {
      frame.batches.push_back({batch.append->topic, batch.append->partition.value, batch.bytes});
    }
  }
  Result<Journal::Place> place =
      written ? write_frame(frame) : Result<Journal::Place>(written.error());
  if (!place) {
    if (!announced_ || failed_) return place.error();
    if (Status undone = undo_announced(); !undone) stop(undone.error());
    return place.error();
  }
  announced_.reset();
  epochs_.add(commit.pipeline, commit.epoch, *place);
  for (const EpochBatch& batch : batches) {
    if (large) break;
    // The epoch has happened: what cannot follow now, recovery redoes.
    if (Status appended = batch.partition->append_journaled(batch.bytes); !appended) {
      if (!failed_) stop(appended.error());
      return appended;
    }
  }
  publish(batches);
  return {};
}

Result<std::vector<CommittedEpoch>> EmbeddedLog::epochs(const std::string& pipeline, Epoch after,
                                                        uint64_t enough_bytes) {
  return EpochReader(*journal_, epochs_, write_mutex_).read(pipeline, after, enough_bytes);
}

Result<Epoch> EmbeddedLog::last_epoch(const std::string& pipeline) {
  const std::lock_guard writer(write_mutex_);
  return epochs_.last(pipeline);
}

Status EmbeddedLog::release_epochs(const std::string& pipeline, Epoch through) {
  const std::lock_guard writer(write_mutex_);
  TRY_VOID(check_writable());
  epochs_.release(pipeline, through);
  return cut_journal();
}

Status EmbeddedLog::sync_partitions() {
  const std::shared_lock lock(topics_mutex_);
  for (auto& [name, topic] : topics_) {
    for (const auto& partition : topic.partitions) TRY_VOID(checked(*partition, partition->sync()));
  }
  return {};
}

// The oldest files go, in order: what is redone at open must have no gap. Before one goes, all
// records are synced in segments, and the few frames in it that somebody needs are written again at
// the end, so that a pipeline that sleeps does not hold the journal of the others.
Status EmbeddedLog::cut_journal() {
  if (journal_->wants_roll()) TRY_VOID(journal_->roll());
  for (const uint64_t file : journal_->closed()) {
    if (epochs_.bytes_in_file(file) * 4 > journal_->bytes_of(file)) return {};
    TRY_VOID(sync_partitions());
    TRY_VOID(carry_on(file));
    TRY_VOID(write_frame(ends_of(topics_)));  // topics change under the write lock alone
    TRY_VOID(journal_->remove(file));
  }
  return {};
}

Status EmbeddedLog::carry_on(uint64_t file) {
  std::vector<EpochIndex::Entry> entries = epochs_.in_file(file);
  std::optional<Journal::Place> first;
  for (EpochIndex::Entry& entry : entries) {
    const std::string payload = TRY(journal_->read(entry.place));
    EpochFrame frame = TRY(decode_frame(payload));
    frame.batches.clear();
    entry.place = TRY(append_frame(frame));
    if (!first) first = entry.place;
  }
  if (first) TRY_VOID(sync_frames(*first));
  for (const EpochIndex::Entry& entry : entries)
    epochs_.add(entry.pipeline, entry.epoch, entry.place);
  return {};
}

Status EmbeddedLog::tidy(Topic& topic) {
  const TopicConfig& config = topic.config;
  const int64_t now_ms = clock_.now() / 1000;
  const int64_t oldest = config.retention_ms ? now_ms - *config.retention_ms : INT64_MIN;
  for (size_t i = 0; i < topic.partitions.size(); ++i) {
    Partition& partition = *topic.partitions[i];
    int64_t visible = 0;
    {
      const std::shared_lock lock(visible_mutex_);
      visible = topic.visible[i];
    }
    if (config.retention_ms || config.retention_bytes) {
      TRY_VOID(partition.drop_before(oldest, config.retention_bytes, visible));
    }
    if (config.compact) TRY_VOID(partition.compact(visible, now_ms - kKeepDeletionsMs));
  }
  return {};
}

Status EmbeddedLog::maintain() {
  if (options_.read_only) return {};
  {
    const std::lock_guard writer(write_mutex_);
    TRY_VOID(check_writable());
    TRY_VOID(cut_journal());
    const std::shared_lock lock(topics_mutex_);
    for (auto& [name, topic] : topics_) {
      if (!topic.config.retention_ms) continue;
      const int64_t oldest = clock_.now() / 1000 - *topic.config.retention_ms;
      for (const auto& p : topic.partitions) TRY_VOID(checked(*p, p->roll_if_older(oldest)));
    }
  }
  const std::lock_guard one(maintain_mutex_);
  const std::shared_lock lock(topics_mutex_);
  for (auto& [name, topic] : topics_) TRY_VOID(tidy(topic));
  return {};
}

}  // namespace

// Beside a running weir, files may be replaced or go while they are looked at: then they are looked
// at again.
Result<std::unique_ptr<Log>> open_embedded_log(io::FileSystem& files, Clock& clock,
                                               EmbeddedLogOptions options) {
  for (int tries = options.read_only ? kReadOnlyTries : 1;; --tries) {
    auto log = std::make_unique<EmbeddedLog>(files, clock, options);
    const Status opened = log->open();
    if (opened) return std::unique_ptr<Log>(std::move(log));
    const ErrorKind kind = opened.error().kind();
    const bool passing = kind == ErrorKind::kNotFound || kind == ErrorKind::kCorrupt;
    const bool never_run = opened.error().code() == 1416;
    if (tries <= 1 || !passing || never_run) return opened.error();
  }
}

}  // namespace weir::log
