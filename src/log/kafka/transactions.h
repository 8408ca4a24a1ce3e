// The producer of one transactional id: all of `appends`, or nothing. An attempt that failed for
// sure is aborted and done again. Where the outcome is not known it answers an error and is broken:
// the next one who takes the id over with begin_anew() ends the old transaction one way or the
// other, and what is in the log says which. Inside src/log/kafka only.
//
// Threads: one call at a time.
#pragma once
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "log/kafka/client.h"
#include "log/log.h"

namespace weir::log::kafka {

class Transactions {
 public:
  Transactions(const KafkaCluster& cluster, Clock& clock, std::string id,
               const std::atomic<bool>* stop)
      : cluster_(cluster), clock_(clock), id_(std::move(id)), stop_(stop) {}

  // Takes the id over: whoever had it is fenced, and its open transaction ended. Waits for brokers.
  Status begin_anew();
  bool broken() const { return client_ == nullptr; }
  // kLocked: another one has taken the id. Answers the offset of each append's first record.
  Result<std::vector<Offset>> commit(const std::vector<const TopicAppend*>& appends);
  rd_kafka_t* client() { return client_.get(); }

 private:
  enum class Attempt : uint8_t { kCommitted, kAborted };
  Result<Attempt> attempt(const std::vector<const TopicAppend*>& appends,
                          std::vector<Offset>& first);
  Status produce_all(const TopicAppend& append, Offset* first);
  Status produce(const TopicAppend& append, const Record& record, Offset* first);
  Result<Attempt> finish();
  Result<Attempt> abort();
  Error give_up(const CallOutcome& outcome, const char* doing);
  bool stopped() const { return stop_ && stop_->load(); }

  const KafkaCluster& cluster_;
  Clock& clock_;
  std::string id_;
  const std::atomic<bool>* stop_;
  Client client_;
};

}  // namespace weir::log::kafka
