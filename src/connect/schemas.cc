#include "connect/schemas.h"

namespace weir::connect {

Result<std::optional<Schema>> own_schema(const std::string& connector,
                                         const std::map<std::string, std::string>& options) {
  if (connector == "nexmark") return std::optional<Schema>(TRY(nexmark_source_schema(options)));
  if (connector == "host") return std::optional<Schema>(TRY(host_source_schema(options)));
  return std::optional<Schema>();
}

std::string own_event_time(const std::string& connector) {
  if (connector == "nexmark") return "date_time";
  if (connector == "host") return "at";
  return "";
}

}  // namespace weir::connect
