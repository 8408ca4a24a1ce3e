#include "log/kafka/reader.h"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <vector>

#include "base/check.h"

namespace weir::log::kafka {

namespace {

constexpr int kTimeoutMs = 10'000;        // of one request
constexpr int64_t kPatience = 30'000'000'000;  // nanoseconds: leaders move, brokers come back
constexpr Micros kPause = 100'000;
constexpr int kWaitMs = 100;
constexpr size_t kMessagesAtOnce = 4096;

const std::map<std::string, std::string> kSettings = {
    {"isolation.level", "read_committed"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"enable.partition.eof", "true"},    // tells the place behind the markers of transactions
    {"auto.offset.reset", "error"},      // records that are gone are said, not skipped
    {"check.crcs", "true"},
    // What trickles in is one answer every 10 ms, not one for each batch of a sender: an epoch
    // takes it no sooner.
    {"fetch.wait.max.ms", "10"},
    {"fetch.min.bytes", "262144"},
    {"fetch.error.backoff.ms", "20"},
    {"fetch.queue.backoff.ms", "5"},     // how soon a full queue that has been emptied is refilled
    {"queued.max.messages.kbytes", "32768"},
    {"topic.metadata.refresh.interval.ms", "10000"},
};

// A copy in the batch's blocks; a block is never grown beyond its capacity, so views stay valid.
std::string_view keep(ReadBatch& batch, const void* data, size_t size) {
  constexpr size_t kBlock = 1 << 18;
  std::string* block =
      batch.buffers.empty() ? nullptr : const_cast<std::string*>(batch.buffers.back().get());
  if (!block || block->capacity() - block->size() < size) {
    auto fresh = std::make_shared<std::string>();
    fresh->reserve(std::max(kBlock, size));
    block = fresh.get();
    batch.buffers.push_back(std::move(fresh));
  }
  const size_t at = block->size();
  block->append(static_cast<const char*>(data), size);
  return std::string_view(block->data() + at, size);
}

StoredRecord stored(const rd_kafka_message_t& message, ReadBatch& batch) {
  StoredRecord record;
  record.offset = Offset(message.offset);
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t stamp = rd_kafka_message_timestamp(&message, &kind);
  record.timestamp = kind == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? 0 : stamp * 1000;
  if (message.key) record.key = keep(batch, message.key, message.key_len);
  if (message.payload) record.value = keep(batch, message.payload, message.len);
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; ++i) {
    record.headers.emplace_back(keep(batch, name, std::char_traits<char>::length(name)),
                                keep(batch, value ? value : "", value ? size : 0));
  }
  return record;
}

}  // namespace

struct Reader::Cursor {
  std::string topic;
  PartitionId partition;
  rd_kafka_topic_t* handle = nullptr;
  rd_kafka_t* client = nullptr;
  Offset next;
  bool at_end = false;  // the last thing that the client said of the partition
  int64_t heard_nanos = 0;  // when it said something
  bool taken = false;
  ~Cursor() {
    if (!handle) return;
    rd_kafka_consume_stop(handle, partition.value);
    rd_kafka_topic_destroy(handle);
  }
};

Reader::Lane::~Lane() { cursors.clear(); }  // before their client

Reader::Reader(const KafkaCluster& cluster, Clock& clock) : cluster_(cluster), clock_(clock) {}
Reader::~Reader() = default;

Result<Reader::Lane*> Reader::first_lane() {
  if (lanes_.empty()) {
    Client client = TRY(make_client(cluster_, ClientKind::kConsumer, kSettings));
    lanes_.emplace_back().client = std::move(client);
  }
  return &lanes_.front();
}

// A lane that does not read the partition now; cursors that nobody uses make way.
Result<Reader::Lane*> Reader::lane_without(const std::string& topic, PartitionId partition) {
  (void)TRY(first_lane());
  for (Lane& lane : lanes_) {
    const auto of_it = std::find_if(
        lane.cursors.begin(), lane.cursors.end(), [&](const std::unique_ptr<Cursor>& cursor) {
          return cursor->topic == topic && cursor->partition == partition;
        });
    if (of_it == lane.cursors.end()) return &lane;
  }
  // With more places of one partition than this, the oldest is read anew when it is asked for.
  constexpr size_t kLanes = 3;
  if (lanes_.size() < kLanes) {
    Client client = TRY(make_client(cluster_, ClientKind::kConsumer, kSettings));
    lanes_.emplace_back().client = std::move(client);
    return &lanes_.back();
  }
  for (Lane& lane : lanes_) {
    for (auto it = lane.cursors.begin(); it != lane.cursors.end(); ++it) {
      if ((*it)->taken || (*it)->topic != topic || (*it)->partition != partition) continue;
      lane.cursors.erase(it);
      lanes_.splice(lanes_.end(), lanes_, std::find_if(lanes_.begin(), lanes_.end(),
                                                       [&](Lane& l) { return &l == &lane; }));
      return &lane;
    }
  }
  return Error(ErrorKind::kUnavailable, 1805,
               fmt::format("partition {} of topic {} is read by too many at a time",
                           partition.value, topic));
}

Result<Reader::Cursor*> Reader::take_cursor(const Place& from) {
  const auto& [topic, partition, offset] = from;
  std::lock_guard lock(mutex_);
  for (Lane& lane : lanes_) {
    for (const auto& cursor : lane.cursors) {
      if (cursor->taken || cursor->topic != topic || cursor->partition != partition) continue;
      if (cursor->next != offset) continue;
      cursor->taken = true;
      return cursor.get();
    }
  }
  Lane* lane = TRY(lane_without(topic, partition));
  auto cursor = std::make_unique<Cursor>();
  cursor->topic = topic;
  cursor->partition = partition;
  cursor->client = lane->client.get();
  cursor->next = offset;
  cursor->heard_nanos = clock_.monotonic_nanos();
  cursor->taken = true;
  cursor->handle = rd_kafka_topic_new(lane->client.get(), topic.c_str(), nullptr);
  if (!cursor->handle) {
    return error_of(rd_kafka_last_error(), fmt::format("reading topic {}", topic));
  }
  if (rd_kafka_consume_start(cursor->handle, partition.value, offset.value) != 0) {
    return error_of(rd_kafka_last_error(), fmt::format("reading topic {}", topic));
  }
  lane->cursors.push_back(std::move(cursor));
  return lane->cursors.back().get();
}

Result<ReadBatch> Reader::read(const Place& from, size_t max_bytes, Wait wait) {
  Cursor* cursor = TRY(take_cursor(from));
  ReadBatch out;
  Status status = fill(*cursor, out, max_bytes, wait);
  out.next = cursor->next;
  std::lock_guard lock(mutex_);
  cursor->taken = false;
  if (status) return out;
  for (Lane& lane : lanes_) {  // it begins anew the next time
    lane.cursors.remove_if([&](const auto& each) { return each.get() == cursor; });
  }
  return std::move(status).error();
}

// Of a cursor that has heard nothing for long.
Error Reader::silent(const Cursor& cursor) {
  const Complaint complaint = last_complaint(cursor.client);
  return error_of(complaint.code ? complaint.code : RD_KAFKA_RESP_ERR__TIMED_OUT,
                  fmt::format("reading topic {}", cursor.topic), complaint.text);
}

Status Reader::fill(Cursor& cursor, ReadBatch& out, size_t max_bytes, Wait wait) {
  std::vector<rd_kafka_message_t*> messages(kMessagesAtOnce);
  size_t bytes = 0;
  const int64_t now = clock_.monotonic_nanos();
  if (wait == Wait::kForData || cursor.at_end) cursor.heard_nanos = now;
  while (bytes < max_bytes) {
    // A call for many waits until it has them all: what is waited for is one, the rest is as it is.
    const bool waits = wait == Wait::kForData && out.records.empty() && !cursor.at_end;
    const ssize_t count =
        rd_kafka_consume_batch(cursor.handle, cursor.partition.value, waits ? kWaitMs : 0,
                               messages.data(), waits ? 1 : messages.size());
    if (count < 0) {
      return error_of(rd_kafka_last_error(), fmt::format("reading topic {}", cursor.topic));
    }
    if (count > 0) cursor.heard_nanos = now;
    if (count == 0 && !cursor.at_end && out.records.empty() &&
        clock_.monotonic_nanos() - cursor.heard_nanos > kPatience) {
      return silent(cursor);
    }
    if (count == 0 && !waits) break;
    Status status;
    for (ssize_t i = 0; i < count; ++i) {
      if (status) status = take(cursor, *messages[i], out);
      bytes += messages[i]->len + messages[i]->key_len;
      rd_kafka_message_destroy(messages[i]);
    }
    if (!status) return status;
  }
  return {};
}

// What the client says about the partition, or a record.
Status Reader::take(Cursor& cursor, const rd_kafka_message_t& message, ReadBatch& out) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    cursor.next = std::max(cursor.next, Offset(message.offset));
    cursor.at_end = true;
    return {};
  }
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
      message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    return gone(cursor);
  }
  if (message.err != 0) {
    Error error = error_of(message.err, fmt::format("reading topic {}", cursor.topic),
                           rd_kafka_message_errstr(&message));
    // The client goes on by itself where brokers come and go.
    if (error.kind() != ErrorKind::kUnavailable) return error;
    return {};
  }
  if (message.offset < cursor.next.value) return {};
  out.records.push_back(stored(message, out));
  cursor.next = Offset(message.offset + 1);
  cursor.at_end = false;
  return {};
}

Error Reader::gone(const Cursor& cursor) {
  const auto known = range(cursor.topic, cursor.partition);
  return Error(ErrorKind::kNotFound, 1806,
               fmt::format("offset {} of topic {}, partition {}, is not there",
                           cursor.next.value, cursor.topic, cursor.partition.value))
      .detail(known ? fmt::format("the topic holds {} to {}", known->start.value, known->end.value)
                    : "retention took it, or the topic was made anew");
}

Result<Reader::Range> Reader::range(const std::string& topic, PartitionId partition) {
  rd_kafka_t* client = nullptr;
  {
    std::lock_guard lock(mutex_);
    client = TRY(first_lane())->client.get();
  }
  const int64_t until = clock_.monotonic_nanos() + kPatience;
  while (true) {
    int64_t low = 0;
    int64_t high = 0;
    const auto code = rd_kafka_query_watermark_offsets(client, topic.c_str(), partition.value,
                                                       &low, &high, kTimeoutMs);
    if (!code) return Range{Offset(low), Offset(high)};
    Error error = error_of(code, fmt::format("asking for the offsets of topic {}", topic));
    const bool passing = error.kind() == ErrorKind::kUnavailable;
    if (!passing || clock_.monotonic_nanos() > until) return error;
    clock_.sleep_for(kPause);
  }
}

// As of the last answer that brought a cursor records, which knows the end of what was there then.
std::optional<Offset> Reader::told_end(const std::string& topic, PartitionId partition) {
  std::optional<Offset> told;
  for (Lane& lane : lanes_) {
    for (const auto& cursor : lane.cursors) {
      if (cursor->topic != topic || cursor->partition != partition || cursor->taken) continue;
      if (cursor->at_end) return cursor->next;
      int64_t low = 0;
      int64_t high = RD_KAFKA_OFFSET_INVALID;
      if (rd_kafka_get_watermark_offsets(cursor->client, topic.c_str(), partition.value, &low,
                                         &high) || high < 0) {
        continue;
      }
      const Offset end = std::max(cursor->next, Offset(high));
      told = told ? std::max(*told, end) : end;
    }
  }
  return told;
}

Result<Offset> Reader::end(const std::string& topic, PartitionId partition) {
  constexpr int64_t kFreshNanos = 200'000'000;
  const std::pair<std::string, int32_t> name(topic, partition.value);
  const int64_t now = clock_.monotonic_nanos();
  {
    std::lock_guard lock(mutex_);
    if (const auto told = told_end(topic, partition)) return *told;
    const auto known = ends_.find(name);
    if (known != ends_.end() && now - known->second.asked_nanos < kFreshNanos) {
      return known->second.end;
    }
  }
  const Offset end = TRY(range(topic, partition)).end;
  std::lock_guard lock(mutex_);
  ends_[name] = {end, now};
  return end;
}

Result<Offset> Reader::offset_for_time(const std::string& topic, PartitionId partition,
                                       Micros time) {
  rd_kafka_t* client = nullptr;
  {
    std::lock_guard lock(mutex_);
    client = TRY(first_lane())->client.get();
  }
  const std::unique_ptr<rd_kafka_topic_partition_list_t,
                        void (*)(rd_kafka_topic_partition_list_t*)>
      list(rd_kafka_topic_partition_list_new(1), rd_kafka_topic_partition_list_destroy);
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition.value)->offset =
      time / 1000;
  const auto code = rd_kafka_offsets_for_times(client, list.get(), kTimeoutMs);
  if (code) return error_of(code, fmt::format("looking for a time in topic {}", topic));
  if (list->elems[0].err) return error_of(list->elems[0].err, "looking for a time");
  if (list->elems[0].offset < 0) return TRY(range(topic, partition)).end;  // all are older
  return Offset(list->elems[0].offset);
}

}  // namespace weir::log::kafka
