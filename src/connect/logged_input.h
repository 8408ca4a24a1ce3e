// Input that cannot be read again (pushed over HTTP, figures of the machine) is written to a topic
// of the log first, as it came, and read from there: the topic is the source, its offset the
// position.
#pragma once
#include <string>
#include <vector>

#include "connect/source.h"

namespace weir::connect {

class LoggedInput {
 public:
  // Makes the topic where it is missing, and has it keep what the source says.
  static Result<LoggedInput> open(log::Log& log, const std::string& topic_prefix,
                                  const catalog::StreamDefinition& source);
  static std::string topic_of(const std::string& topic_prefix, const std::string& source) {
    return topic_prefix + ".in." + source;
  }

  const std::string& topic() const { return topic_; }
  // Durable on return: all of them or none.
  Result<Offset> append(std::vector<log::Record> records);

 private:
  LoggedInput(log::Log& log, std::string topic) : log_(&log), topic_(std::move(topic)) {}
  log::Log* log_;
  std::string topic_;
};

}  // namespace weir::connect
