#include "connect/logged_input.h"

namespace weir::connect {

namespace {
// Retention takes whole segments: they are a part of what is kept.
constexpr int64_t kSegmentsKept = 8;
constexpr int64_t kLeastSegment = 1 << 20;

log::TopicConfig config_for(const catalog::Retention& retention) {
  log::TopicConfig config;
  if (retention.time) config.retention_ms = std::max<int64_t>(*retention.time / 1000, 1);
  config.retention_bytes = retention.bytes;
  if (retention.bytes) {
    config.segment_bytes = std::min(config.segment_bytes,
                                    std::max(*retention.bytes / kSegmentsKept, kLeastSegment));
  }
  return config;
}
}  // namespace

Result<LoggedInput> LoggedInput::open(log::Log& log, const std::string& topic_prefix,
                                      const catalog::StreamDefinition& source) {
  LoggedInput input(log, topic_of(topic_prefix, source.name));
  const log::TopicConfig wanted = config_for(source.retention);
  const auto config = log.topic_config(input.topic_);
  if (!config) {
    if (config.error().kind() != ErrorKind::kNotFound) return config.error();
    Status made = log.create_topic(input.topic_, wanted);
    if (!made && made.error().kind() != ErrorKind::kAlreadyExists) return std::move(made).error();
    return input;
  }
  if (config->retention_ms != wanted.retention_ms ||
      config->retention_bytes != wanted.retention_bytes) {
    TRY_VOID(log.set_retention(input.topic_, wanted.retention_ms, wanted.retention_bytes));
  }
  return input;
}

Result<Offset> LoggedInput::append(std::vector<log::Record> records) {
  return log_->append(log::TopicAppend{topic_, PartitionId(0), std::move(records)});
}

}  // namespace weir::connect
