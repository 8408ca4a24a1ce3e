#include "log/log.h"

namespace weir::log {

Status ensure_topic(Log& log, const std::string& name, const TopicConfig& config) {
  if (TRY(log.has_topic(name))) return {};
  Status made = log.create_topic(name, config);
  // Or the answer to our own call was lost, and it was made again.
  if (!made && made.error().kind() == ErrorKind::kAlreadyExists) return {};
  return made;
}

}  // namespace weir::log
