// Topics of the cluster: made, deleted, described, altered, cut. Inside src/log/kafka only.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/kafka/client.h"
#include "log/log.h"

namespace weir::log::kafka {

class Admin {
 public:
  explicit Admin(rd_kafka_t* client) : client_(client) {}

  // The number of partitions; kNotFound where there is no such topic.
  Result<int32_t> partitions(const std::string& topic);
  Result<std::vector<std::string>> topics();  // Kafka's internal ones left out
  Status create(const std::string& topic, const TopicConfig& config);
  Status remove(const std::string& topic);
  Result<std::map<std::string, std::string>> configuration(const std::string& topic);
  // Only what is named changes; nullopt: back to the cluster's default.
  Status alter(const std::string& topic,
               const std::map<std::string, std::optional<std::string>>& values);
  // Records below `before` go.
  Status cut(const std::string& topic, PartitionId partition, Offset before);
  Status commit_position(const std::string& group, const std::string& topic, PartitionId partition,
                         Offset next);
  Result<std::optional<Offset>> position(const std::string& group, const std::string& topic,
                                         PartitionId partition);

 private:
  rd_kafka_t* client_;
};

}  // namespace weir::log::kafka
