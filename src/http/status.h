// A project's status as JSON, in both directions: what `GET /v1/status` answers, and what the verbs
// print and read.
#pragma once
#include <string>

#include "base/result.h"
#include "engine/status.h"

namespace weir::http {

std::string status_json(const engine::PipelineStatus& status);
Result<engine::PipelineStatus> parse_status(const std::string& json);

}  // namespace weir::http
