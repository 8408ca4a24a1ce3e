// A pipeline's status as the live table of `weir dev`.
#pragma once
#include <string>

#include "engine/status.h"

namespace weir::cli {

std::string status_text(const engine::PipelineStatus& status, bool colour);

std::string short_count(double n);      // 1234567 -> "1.23M"
std::string short_bytes(uint64_t n);    // "1.2 MiB"

}  // namespace weir::cli
