#include "log/kafka/kafka_log.h"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include <charconv>
#include <mutex>

#include "log/kafka/admin.h"
#include "log/kafka/epoch_topic.h"
#include "log/kafka/reader.h"
#include "log/kafka/transactions.h"

namespace weir::log {

namespace {

using kafka::Admin;

constexpr Micros kTopicPause = 50'000;
constexpr int kTopicTries = 200;  // until all brokers know a topic that was just made

std::optional<int64_t> limit_of(const std::map<std::string, std::string>& values,
                                const std::string& name) {
  const auto it = values.find(name);
  int64_t value = -1;
  if (it != values.end()) {
    std::from_chars(it->second.data(), it->second.data() + it->second.size(), value);
  }
  return value < 0 ? std::nullopt : std::optional(value);
}

class KafkaLog final : public Log {
 public:
  KafkaLog(Clock& clock, KafkaLogOptions options, kafka::Client client)
      : clock_(clock),
        options_(std::move(options)),
        client_(std::move(client)),
        admin_(client_.get()),
        reader_(options_.cluster, clock),
        epochs_(options_.prefix + ".epochs", reader_),
        appender_(options_.cluster, clock, options_.prefix + ".append", options_.stop),
        committer_(options_.cluster, clock, options_.prefix + ".pipeline", options_.stop) {}

  Status open();

  Status create_topic(const std::string& name, const TopicConfig& config) override;
  Status delete_topic(const std::string& name) override { return admin_.remove(name); }
  Status set_retention(const std::string& name, std::optional<int64_t> retention_ms,
                       std::optional<int64_t> retention_bytes) override {
    return admin_.alter(name, {{"retention.ms", std::to_string(retention_ms.value_or(-1))},
                               {"retention.bytes", std::to_string(retention_bytes.value_or(-1))}});
  }
  Result<TopicConfig> topic_config(const std::string& name) override;
  Result<bool> has_topic(const std::string& name) override;
  std::vector<std::string> topics() override { return admin_.topics().value_or({}); }

  Result<Offset> append(const TopicAppend& append) override;
  Result<ReadBatch> read(const std::string& topic, PartitionId partition, Offset from,
                         size_t max_bytes) override {
    return reader_.read({topic, partition, from}, max_bytes, kafka::Reader::Wait::kForData);
  }
  Result<ReadBatch> poll(const std::string& topic, PartitionId partition, Offset from,
                         size_t max_bytes) override {
    return reader_.read({topic, partition, from}, max_bytes, kafka::Reader::Wait::kNot);
  }
  Result<Offset> start_offset(const std::string& topic, PartitionId partition) override {
    return TRY(reader_.range(topic, partition)).start;
  }
  Result<Offset> end_offset(const std::string& topic, PartitionId partition) override {
    return reader_.end(topic, partition);
  }
  Result<Offset> offset_for_time(const std::string& topic, PartitionId partition,
                                 Micros time) override {
    return reader_.offset_for_time(topic, partition, time);
  }
  Result<uint64_t> size_bytes(const std::string& topic) override {
    return Error(ErrorKind::kNotSupported, 1811,
                 fmt::format("the size of topic {} is not asked of Kafka yet", topic));
  }

  Status commit_position(const std::string& group, const std::string& topic, PartitionId partition,
                         Offset next) override {
    return admin_.commit_position(group, topic, partition, next);
  }
  Result<std::optional<Offset>> position(const std::string& group, const std::string& topic,
                                         PartitionId partition) override {
    return admin_.position(group, topic, partition);
  }

  Status commit(const EpochCommit& commit) override;
  Result<std::vector<CommittedEpoch>> epochs(const std::string& pipeline, Epoch after,
                                             uint64_t enough_bytes) override;
  Result<Epoch> last_epoch(const std::string& pipeline) override;
  Status release_epochs(const std::string& pipeline, Epoch through) override;
  Status maintain() override { return {}; }  // the cluster does that itself

 private:
  Status writable() const {
    if (!options_.read_only) return {};
    return Error(ErrorKind::kInternal, 1812, "the log was opened to be looked at only");
  }
  Status take_over();

  Clock& clock_;
  const KafkaLogOptions options_;
  kafka::Client client_;  // for what needs no transaction
  Admin admin_;
  kafka::Reader reader_;
  std::mutex append_mutex_;  // of the appender
  std::mutex commit_mutex_;  // of what follows; taken alone
  kafka::EpochTopic epochs_;
  kafka::Transactions appender_;
  kafka::Transactions committer_;
};

Status KafkaLog::open() {
  const std::lock_guard lock(commit_mutex_);
  const bool known = TRY(has_topic(epochs_.topic()));
  if (!known && options_.read_only) {
    return Error(ErrorKind::kNotFound, 1813,
                 fmt::format("nothing has run yet: there is no topic {}", epochs_.topic()))
        .hint("start it with `weir run`");
  }
  if (!known) TRY_VOID(ensure_topic(*this, epochs_.topic(), TopicConfig{}));
  return take_over();
}

// The transactional id first: behind it nobody else can commit, so what is read then is the last.
Status KafkaLog::take_over() {
  const bool mine = !options_.read_only && !committer_.broken();
  if (mine && epochs_.followed()) return {};  // what there is was committed here
  if (!options_.read_only && committer_.broken()) TRY_VOID(committer_.begin_anew());
  return epochs_.follow();
}

Status KafkaLog::create_topic(const std::string& name, const TopicConfig& config) {
  TRY_VOID(writable());
  Status made = admin_.create(name, config);
  if (!made && made.error().kind() != ErrorKind::kAlreadyExists) return made;
  for (int i = 0; i < kTopicTries; ++i) {
    const auto there = admin_.partitions(name);
    if (there && reader_.range(name, PartitionId(0))) return made;
    clock_.sleep_for(kTopicPause);
  }
  return Error(ErrorKind::kUnavailable, 1814,
               fmt::format("topic {} was made, and the brokers do not know it yet", name));
}

Result<bool> KafkaLog::has_topic(const std::string& name) {
  const auto partitions = admin_.partitions(name);
  if (partitions) return true;
  if (partitions.error().kind() == ErrorKind::kNotFound) return false;
  return partitions.error();
}

Result<TopicConfig> KafkaLog::topic_config(const std::string& name) {
  TopicConfig config;
  config.partitions = TRY(admin_.partitions(name));
  const auto values = TRY(admin_.configuration(name));
  config.retention_ms = limit_of(values, "retention.ms");
  config.retention_bytes = limit_of(values, "retention.bytes");
  const auto policy = values.find("cleanup.policy");
  config.compact = policy != values.end() && policy->second.find("compact") != std::string::npos;
  config.segment_bytes = limit_of(values, "segment.bytes").value_or(config.segment_bytes);
  return config;
}

Result<Offset> KafkaLog::append(const TopicAppend& append) {
  TRY_VOID(writable());
  const std::lock_guard lock(append_mutex_);
  if (appender_.broken()) TRY_VOID(appender_.begin_anew());
  return TRY(appender_.commit({&append})).front();
}

Status KafkaLog::commit(const EpochCommit& commit) {
  TRY_VOID(writable());
  const std::lock_guard lock(commit_mutex_);
  if (committer_.broken()) {
    return Error(ErrorKind::kUnavailable, 1815,
                 "what became of the last transaction is not known yet");
  }
  if (commit.epoch.value != epochs_.last(commit.pipeline).value + 1) {
    return Error(ErrorKind::kInternal, 1816,
                 fmt::format("epoch {} does not follow epoch {}", commit.epoch.value,
                             epochs_.last(commit.pipeline).value));
  }
  const TopicAppend epoch = epochs_.records(commit);
  std::vector<const TopicAppend*> appends;
  for (const TopicAppend& append : commit.appends) appends.push_back(&append);
  appends.push_back(&epoch);
  const std::vector<Offset> first = TRY(committer_.commit(appends));
  epochs_.committed(commit, first.back(), epoch.records.size());
  return {};
}

Result<Epoch> KafkaLog::last_epoch(const std::string& pipeline) {
  const std::lock_guard lock(commit_mutex_);
  TRY_VOID(take_over());
  return epochs_.last(pipeline);
}

Result<std::vector<CommittedEpoch>> KafkaLog::epochs(const std::string& pipeline, Epoch after,
                                                     uint64_t enough_bytes) {
  kafka::EpochTopic::Part part;
  {
    const std::lock_guard lock(commit_mutex_);  // not held while it is read: it may be long
    TRY_VOID(take_over());
    part = epochs_.part(pipeline, after);
  }
  return epochs_.read(part, enough_bytes);
}

Status KafkaLog::release_epochs(const std::string& pipeline, Epoch through) {
  TRY_VOID(writable());
  Offset from;
  {
    const std::lock_guard lock(commit_mutex_);  // not held while the brokers are asked
    from = epochs_.behind(pipeline, through);
  }
  const kafka::Reader::Range range = TRY(reader_.range(epochs_.topic(), PartitionId(0)));
  if (from > range.start) TRY_VOID(admin_.cut(epochs_.topic(), PartitionId(0), from));
  const std::lock_guard lock(commit_mutex_);
  epochs_.forget(pipeline, through);
  return {};
}

}  // namespace

Result<std::unique_ptr<Log>> open_kafka_log(Clock& clock, KafkaLogOptions options) {
  kafka::Client client = TRY(kafka::make_client(options.cluster, kafka::ClientKind::kProducer, {}));
  auto log = std::make_unique<KafkaLog>(clock, std::move(options), std::move(client));
  TRY_VOID(log->open());
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace weir::log
