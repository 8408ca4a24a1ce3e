#include "connect/logged_input.h"

namespace weir::connect {

Result<LoggedInput> LoggedInput::open(log::Log& log, const std::string& topic_prefix,
                                      const std::string& source) {
  LoggedInput input(log, topic_of(topic_prefix, source));
  const auto config = log.topic_config(input.topic_);
  if (config) return input;
  if (config.error().kind() != ErrorKind::kNotFound) return config.error();
  Status made = log.create_topic(input.topic_, log::TopicConfig{});
  if (!made && made.error().kind() != ErrorKind::kAlreadyExists) return std::move(made).error();
  return input;
}

Result<Offset> LoggedInput::append(std::vector<log::Record> records) {
  return log_->append(log::TopicAppend{topic_, PartitionId(0), std::move(records)});
}

}  // namespace weir::connect
