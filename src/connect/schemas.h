// The columns of sources that bring their own (registry: has_format false), so that a project need
// not write `columns:` for them.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "data/batch.h"

namespace weir::connect {

// nullopt: the connector's rows have the columns that the project declares.
Result<std::optional<Schema>> own_schema(const std::string& connector,
                                         const std::map<std::string, std::string>& options);
// The column that holds the event time of such a source; empty: none.
std::string own_event_time(const std::string& connector);

Result<Schema> nexmark_source_schema(const std::map<std::string, std::string>& options);
Result<Schema> host_source_schema(const std::map<std::string, std::string>& options);

}  // namespace weir::connect
