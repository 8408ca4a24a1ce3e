// A Log in memory for tests of what stands on it: topics, offsets, headers, times; nothing durable.
// It fails appends on demand.
#pragma once
#include <map>

#include "log/log.h"

namespace weir::connect {

class MemoryLog final : public log::Log {
 public:
  bool fail_appends = false;

  Status create_topic(const std::string& name, const log::TopicConfig& config) override {
    if (topics_.count(name) > 0) return Error(ErrorKind::kAlreadyExists, 1490, "topic exists");
    topics_[name].config = config;
    topics_[name].partitions.resize(static_cast<size_t>(config.partitions));
    return {};
  }
  Status delete_topic(const std::string& name) override {
    topics_.erase(name);
    return {};
  }
  Status set_retention(const std::string& name, std::optional<int64_t> retention_ms,
                       std::optional<int64_t> retention_bytes) override {
    log::TopicConfig& config = TRY(find(name))->config;
    config.retention_ms = retention_ms;
    config.retention_bytes = retention_bytes;
    return {};
  }
  Result<bool> has_topic(const std::string& name) override { return topics_.count(name) > 0; }
  Result<log::TopicConfig> topic_config(const std::string& name) override {
    return TRY(find(name))->config;
  }
  std::vector<std::string> topics() override {
    std::vector<std::string> out;
    for (const auto& [name, topic] : topics_) out.push_back(name);
    return out;
  }
  Result<Offset> append(const log::TopicAppend& append) override {
    if (fail_appends) return Error(ErrorKind::kNoSpace, 1491, "disk full");
    auto& records = TRY(partition(append.topic, append.partition))->records;
    const Offset first(static_cast<int64_t>(records.size()));
    for (log::Record record : append.records) {
      record.timestamp = record.timestamp / 1000 * 1000;
      records.push_back(std::make_shared<const log::Record>(std::move(record)));
    }
    return first;
  }
  Result<log::ReadBatch> read(const std::string& topic, PartitionId id, Offset from,
                              size_t max_bytes) override {
    const Partition& p = *TRY(partition(topic, id));
    if (from.value < p.start) return Error(ErrorKind::kNotFound, 1492, "below the start");
    log::ReadBatch out;
    out.next = from;
    for (size_t at = static_cast<size_t>(from.value); at < p.records.size() && max_bytes > 0;
         ++at) {
      const log::Record& record = *p.records[at];
      log::StoredRecord stored;
      stored.offset = Offset(static_cast<int64_t>(at));
      stored.timestamp = record.timestamp;
      if (record.key) stored.key = *record.key;
      if (record.value) stored.value = *record.value;
      for (const auto& h : record.headers) stored.headers.emplace_back(h.key, h.value);
      out.records.push_back(std::move(stored));
      out.buffers.push_back(std::shared_ptr<const std::string>(p.records[at], &kNothing));
      max_bytes -= std::min(max_bytes, size_t{64});
      out.next = Offset(static_cast<int64_t>(at) + 1);
    }
    return out;
  }
  Result<Offset> start_offset(const std::string& topic, PartitionId id) override {
    return Offset(TRY(partition(topic, id))->start);
  }
  Result<Offset> end_offset(const std::string& topic, PartitionId id) override {
    return Offset(static_cast<int64_t>(TRY(partition(topic, id))->records.size()));
  }
  Result<Offset> offset_for_time(const std::string& topic, PartitionId id, Micros time) override {
    const Partition& p = *TRY(partition(topic, id));
    size_t at = 0;
    while (at < p.records.size() && p.records[at]->timestamp < time) ++at;
    return Offset(static_cast<int64_t>(at));
  }
  Result<uint64_t> size_bytes(const std::string&) override { return uint64_t{0}; }
  Status commit_position(const std::string&, const std::string&, PartitionId, Offset) override {
    return {};
  }
  Result<std::optional<Offset>> position(const std::string&, const std::string&,
                                         PartitionId) override {
    return std::optional<Offset>();
  }
  Status commit(const log::EpochCommit&) override { return {}; }
  Result<std::vector<log::CommittedEpoch>> epochs(const std::string&, Epoch, uint64_t) override {
    return std::vector<log::CommittedEpoch>();
  }
  Result<Epoch> last_epoch(const std::string&) override { return Epoch(0); }
  Status release_epochs(const std::string&, Epoch) override { return {}; }
  Status maintain() override { return {}; }

  void cut_start(const std::string& topic, int64_t start) {
    topics_[topic].partitions[0].start = start;
  }

 private:
  struct Partition {
    int64_t start = 0;
    std::vector<std::shared_ptr<const log::Record>> records;
  };
  struct Topic {
    log::TopicConfig config;
    std::vector<Partition> partitions;
  };
  inline static const std::string kNothing;

  Result<Topic*> find(const std::string& name) {
    const auto it = topics_.find(name);
    if (it == topics_.end()) return Error(ErrorKind::kNotFound, 1493, "no topic " + name);
    return &it->second;
  }
  Result<Partition*> partition(const std::string& topic, PartitionId id) {
    return &TRY(find(topic))->partitions[static_cast<size_t>(id.value)];
  }
  std::map<std::string, Topic> topics_;
};

}  // namespace weir::connect
