// The verb `check`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kCheckVerb;
}  // namespace weir::cli
