// Streaming views, each with what the reference interpreter says that it holds.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "catalog/definition.h"
#include "differ/postgres.h"
#include "reference/reference.h"

namespace weir::streaming {

using differ::Rows;

constexpr reference::Seconds kStart = 1'767'225'600;  // 2026-01-01 00:00:00

// e: append-only. k: rows come and go. Both have the columns id, g, n, ts.
struct World {
  reference::Input e;
  reference::Input k;
  reference::Seconds now = kStart;
};

struct Case {
  const char* name;
  std::string sql;
  catalog::EmitMode emit = catalog::EmitMode::kOnChange;
  int64_t retain = -1;  // seconds; -1: none
  std::function<Rows(const World&)> rows;
  std::function<int64_t(const World&)> late;  // none: not counted
};

std::vector<Case> all_cases();

}  // namespace weir::streaming
