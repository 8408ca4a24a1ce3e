// Reads partitions by offset, as Log::read() promises: what has been fetched is handed out at once,
// the client fetches on in the background. A cursor is a partition being read at a place; whoever
// reads on from where a cursor stands gets it again, another place is another cursor. Only what is
// committed is seen. Inside src/log/kafka only.
//
// Threads: any; a cursor belongs to one call at a time.
#pragma once
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "log/kafka/client.h"
#include "log/log.h"

typedef struct rd_kafka_topic_s rd_kafka_topic_t;

namespace weir::log::kafka {

class Reader {
 public:
  Reader(const KafkaCluster& cluster, Clock& clock);
  ~Reader();

  struct Place {
    const std::string& topic;
    PartitionId partition;
    Offset offset;
  };
  // kForData: empty only at the end, it waits for what the brokers have and the client has not yet.
  // kNot: what the client has.
  enum class Wait : uint8_t { kForData, kNot };
  Result<ReadBatch> read(const Place& from, size_t max_bytes, Wait wait = Wait::kForData);
  // Asks the brokers. Of the end: what a reader of committed records can reach.
  struct Range {
    Offset start;
    Offset end;
  };
  Result<Range> range(const std::string& topic, PartitionId partition);
  // Where a cursor stands that has read all, or as the brokers said it a moment ago: with what they
  // sent a cursor, or else asked.
  Result<Offset> end(const std::string& topic, PartitionId partition);
  Result<Offset> offset_for_time(const std::string& topic, PartitionId partition, Micros time);

 private:
  struct Cursor;
  // A client that reads each partition at most once.
  struct Lane {
    Client client;
    std::list<std::unique_ptr<Cursor>> cursors;
    Lane() = default;
    ~Lane();
  };
  Result<Cursor*> take_cursor(const Place& from);
  Result<Lane*> lane_without(const std::string& topic, PartitionId partition);
  Result<Lane*> first_lane();
  Status fill(Cursor& cursor, ReadBatch& out, size_t max_bytes, Wait wait);
  Error silent(const Cursor& cursor);
  Status take(Cursor& cursor, const rd_kafka_message_t& message, ReadBatch& out);
  Error gone(const Cursor& cursor);
  std::optional<Offset> told_end(const std::string& topic, PartitionId partition);

  struct KnownEnd {
    Offset end;
    int64_t asked_nanos = 0;
  };

  const KafkaCluster& cluster_;
  Clock& clock_;
  std::mutex mutex_;               // of the lanes, of who has a cursor, of the ends
  std::list<Lane> lanes_;
  std::map<std::pair<std::string, int32_t>, KnownEnd> ends_;
};

}  // namespace weir::log::kafka
