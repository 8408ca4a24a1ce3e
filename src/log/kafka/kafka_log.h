// The log on an Apache Kafka cluster: topics are its topics, an epoch is one of its transactions:
// the epoch's records, and manifest and state as records of `<prefix>.epochs`. Opening takes the
// pipeline's transactional id over, which fences whoever held it; only then is it read which epoch
// was the last one. A commit whose outcome is not known is never guessed: the next take-over ends
// the old transaction one way or the other, and the topic of epochs says which.
//
// Threads: all calls from any thread, as Log promises.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "log/log.h"

namespace weir::log {

// How to reach a cluster, as the environment says it. Values may be secrets: never to a log.
struct KafkaCluster {
  std::vector<std::string> brokers;
  bool tls = false;
  std::string mechanism;               // "", plain, scram-sha-256, scram-sha-512, oauthbearer
  std::string username;
  std::string password;
  std::string ca;                      // files in PEM
  std::string certificate;
  std::string key;
  std::string key_password;
  std::map<std::string, std::string> properties;  // of librdkafka, where the others do not suffice
};

struct KafkaLogOptions {
  KafkaCluster cluster;
  std::string prefix;                  // of weir's own topics and transactional ids
  bool read_only = false;              // takes no transactional id and writes nothing
  const std::atomic<bool>* stop = nullptr;  // true: give up waiting for the cluster
};

// kUnavailable where no broker answers, kPermission where it refuses the login.
Result<std::unique_ptr<Log>> open_kafka_log(Clock& clock, KafkaLogOptions options);

}  // namespace weir::log
