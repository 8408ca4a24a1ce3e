#include "log/kafka/admin.h"

#include <fmt/core.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>

namespace weir::log::kafka {

namespace {

constexpr int kTimeoutMs = 15'000;
constexpr size_t kErrorText = 512;

template <class T, void (*Destroy)(T*)>
struct Destroyer {
  void operator()(T* object) const { Destroy(object); }
};
template <class T, void (*Destroy)(T*)>
using Owned = std::unique_ptr<T, Destroyer<T, Destroy>>;

using Queue = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using Event = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using Options = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using NewTopic = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using DeleteTopic = Owned<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy>;
using Resource = Owned<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy>;
using Partitions = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

Error failed(rd_kafka_t* client, int code, const std::string& doing, const char* text = nullptr) {
  if (code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT) {
    const Complaint complaint = last_complaint(client);
    if (complaint.code != 0) return error_of(complaint.code, doing, complaint.text);
  }
  return error_of(code, doing, text ? text : "");
}

// One request of the admin API: sent, waited for, its own error told.
class Call {
 public:
  Call(rd_kafka_t* client, std::string doing)
      : client_(client),
        doing_(std::move(doing)),
        queue_(rd_kafka_queue_new(client)),
        options_(rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_ANY)) {
    char text[kErrorText];
    rd_kafka_AdminOptions_set_request_timeout(options_.get(), kTimeoutMs, text, sizeof text);
  }
  rd_kafka_AdminOptions_t* options() { return options_.get(); }
  rd_kafka_queue_t* queue() { return queue_.get(); }
  // The event with the answer.
  Result<Event> wait() {
    Event event(rd_kafka_queue_poll(queue_.get(), kTimeoutMs + 5'000));
    if (!event) return failed(client_, RD_KAFKA_RESP_ERR__TIMED_OUT, doing_);
    if (const auto code = rd_kafka_event_error(event.get())) {
      return failed(client_, code, doing_, rd_kafka_event_error_string(event.get()));
    }
    return event;
  }
  Status topic_status(const rd_kafka_topic_result_t* const* results, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (const auto code = rd_kafka_topic_result_error(results[i])) {
        const char* text = rd_kafka_topic_result_error_string(results[i]);
        return failed(client_, code, doing_, text);
      }
    }
    return {};
  }
  Status resource_status(const rd_kafka_ConfigResource_t* const* results, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (const auto code = rd_kafka_ConfigResource_error(results[i])) {
        return failed(client_, code, doing_, rd_kafka_ConfigResource_error_string(results[i]));
      }
    }
    return {};
  }
  Status partition_status(const rd_kafka_topic_partition_list_t* list) {
    for (int i = 0; i < list->cnt; ++i) {
      if (list->elems[i].err) return failed(client_, list->elems[i].err, doing_);
    }
    return {};
  }

 private:
  rd_kafka_t* client_;
  std::string doing_;
  Queue queue_;
  Options options_;
};

std::map<std::string, std::string> kafka_settings(const TopicConfig& config) {
  std::map<std::string, std::string> out;
  out["cleanup.policy"] = config.compact ? "compact" : "delete";
  out["retention.ms"] = std::to_string(config.retention_ms.value_or(-1));
  out["retention.bytes"] = std::to_string(config.retention_bytes.value_or(-1));
  constexpr int64_t kLeast = 1 << 20;  // Kafka takes no smaller segments
  out["segment.bytes"] = std::to_string(std::max(config.segment_bytes, kLeast));
  return out;
}

}  // namespace

Result<int32_t> Admin::partitions(const std::string& topic) {
  const std::string doing = fmt::format("looking for topic {}", topic);
  const Owned<rd_kafka_topic_t, rd_kafka_topic_destroy> handle(
      rd_kafka_topic_new(client_, topic.c_str(), nullptr));
  if (!handle) return failed(client_, rd_kafka_last_error(), doing);
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client_, 0, handle.get(), &metadata, kTimeoutMs);
  if (code) return failed(client_, code, doing);
  const std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)> owner(
      metadata, rd_kafka_metadata_destroy);
  if (metadata->topic_cnt != 1) return error_of(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, doing);
  if (const auto wrong = metadata->topics[0].err) return failed(client_, wrong, doing);
  return metadata->topics[0].partition_cnt;
}

Result<std::vector<std::string>> Admin::topics() {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto code = rd_kafka_metadata(client_, 1, nullptr, &metadata, kTimeoutMs);
  if (code) return failed(client_, code, "listing topics");
  std::vector<std::string> out;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const std::string name = metadata->topics[i].topic;
    if (!name.starts_with("__")) out.push_back(name);
  }
  rd_kafka_metadata_destroy(metadata);
  std::sort(out.begin(), out.end());
  return out;
}

Status Admin::create(const std::string& topic, const TopicConfig& config) {
  char text[kErrorText];
  const NewTopic wanted(
      rd_kafka_NewTopic_new(topic.c_str(), config.partitions, -1, text, sizeof text));
  if (!wanted) {
    return Error(ErrorKind::kInvalidProject, 1804,
                 fmt::format("topic {} cannot be made: {}", topic, text));
  }
  for (const auto& [name, value] : kafka_settings(config)) {
    rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
  }
  Call call(client_, fmt::format("making topic {}", topic));
  rd_kafka_NewTopic_t* all[] = {wanted.get()};
  rd_kafka_CreateTopics(client_, all, 1, call.options(), call.queue());
  const Event event = TRY(call.wait());
  size_t count = 0;
  const auto* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  return call.topic_status(results, count);
}

Status Admin::remove(const std::string& topic) {
  const DeleteTopic wanted(rd_kafka_DeleteTopic_new(topic.c_str()));
  Call call(client_, fmt::format("deleting topic {}", topic));
  rd_kafka_DeleteTopic_t* all[] = {wanted.get()};
  rd_kafka_DeleteTopics(client_, all, 1, call.options(), call.queue());
  const Event event = TRY(call.wait());
  size_t count = 0;
  const auto* results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event.get()), &count);
  return call.topic_status(results, count);
}

Result<std::map<std::string, std::string>> Admin::configuration(const std::string& topic) {
  const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  Call call(client_, fmt::format("describing topic {}", topic));
  rd_kafka_ConfigResource_t* all[] = {resource.get()};
  rd_kafka_DescribeConfigs(client_, all, 1, call.options(), call.queue());
  const Event event = TRY(call.wait());
  size_t count = 0;
  const auto* results = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  TRY_VOID(call.resource_status(results, count));
  std::map<std::string, std::string> out;
  for (size_t i = 0; i < count; ++i) {
    size_t entries = 0;
    const auto* configs = rd_kafka_ConfigResource_configs(results[i], &entries);
    for (size_t k = 0; k < entries; ++k) {
      const char* value = rd_kafka_ConfigEntry_value(configs[k]);
      out[rd_kafka_ConfigEntry_name(configs[k])] = value ? value : "";
    }
  }
  return out;
}

Status Admin::alter(const std::string& topic,
                    const std::map<std::string, std::optional<std::string>>& values) {
  const Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  for (const auto& [name, value] : values) {
    const auto operation =
        value ? RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET : RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE;
    // Owned by the resource; it is null for a name and a value that are well formed.
    rd_kafka_error_t* wrong = rd_kafka_ConfigResource_add_incremental_config(
        resource.get(), name.c_str(), operation, value ? value->c_str() : nullptr);
    if (wrong) {
      const CallOutcome outcome = outcome_of(wrong);
      return error_of(outcome.code, fmt::format("altering topic {}", topic), outcome.text);
    }
  }
  Call call(client_, fmt::format("altering topic {}", topic));
  rd_kafka_ConfigResource_t* all[] = {resource.get()};
  rd_kafka_IncrementalAlterConfigs(client_, all, 1, call.options(), call.queue());
  const Event event = TRY(call.wait());
  size_t count = 0;
  const auto* results = rd_kafka_IncrementalAlterConfigs_result_resources(
      rd_kafka_event_IncrementalAlterConfigs_result(event.get()), &count);
  return call.resource_status(results, count);
}

Status Admin::cut(const std::string& topic, PartitionId partition, Offset before) {
  const Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition.value)->offset =
      before.value;
  const Owned<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy> wanted(
      rd_kafka_DeleteRecords_new(list.get()));
  Call call(client_, fmt::format("cutting topic {}", topic));
  rd_kafka_DeleteRecords_t* all[] = {wanted.get()};
  rd_kafka_DeleteRecords(client_, all, 1, call.options(), call.queue());
  const Event event = TRY(call.wait());
  return call.partition_status(rd_kafka_DeleteRecords_result_offsets(
      rd_kafka_event_DeleteRecords_result(event.get())));
}

Status Admin::commit_position(const std::string& group, const std::string& topic,
                              PartitionId partition, Offset next) {
  const Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition.value)->offset =
      next.value;
  const Owned<rd_kafka_AlterConsumerGroupOffsets_t, rd_kafka_AlterConsumerGroupOffsets_destroy>
      wanted(rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get()));
  Call call(client_, fmt::format("committing an offset of group {}", group));
  rd_kafka_AlterConsumerGroupOffsets_t* all[] = {wanted.get()};
  rd_kafka_AlterConsumerGroupOffsets(client_, all, 1, call.options(), call.queue());
  const Event event = TRY(call.wait());
  size_t count = 0;
  const auto* results = rd_kafka_AlterConsumerGroupOffsets_result_groups(
      rd_kafka_event_AlterConsumerGroupOffsets_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (const auto* wrong = rd_kafka_group_result_error(results[i])) {
      return error_of(rd_kafka_error_code(wrong), fmt::format("committing for group {}", group));
    }
    TRY_VOID(call.partition_status(rd_kafka_group_result_partitions(results[i])));
  }
  return {};
}

Result<std::optional<Offset>> Admin::position(const std::string& group, const std::string& topic,
                                              PartitionId partition) {
  const Partitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition.value);
  const Owned<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy>
      wanted(rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), list.get()));
  Call call(client_, fmt::format("asking for the offset of group {}", group));
  rd_kafka_ListConsumerGroupOffsets_t* all[] = {wanted.get()};
  rd_kafka_ListConsumerGroupOffsets(client_, all, 1, call.options(), call.queue());
  const Event event = TRY(call.wait());
  size_t count = 0;
  const auto* results = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    if (const auto* wrong = rd_kafka_group_result_error(results[i])) {
      return error_of(rd_kafka_error_code(wrong), fmt::format("asking for group {}", group));
    }
    const auto* offsets = rd_kafka_group_result_partitions(results[i]);
    TRY_VOID(call.partition_status(offsets));
    if (offsets->cnt == 1 && offsets->elems[0].offset >= 0) {
      return std::optional(Offset(offsets->elems[0].offset));
    }
  }
  return std::optional<Offset>();
}

}  // namespace weir::log::kafka
