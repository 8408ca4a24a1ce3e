// The verb `sql`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kSqlVerb;
}  // namespace weir::cli
