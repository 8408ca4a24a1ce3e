// The verb `dev`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kDevVerb;
}  // namespace weir::cli
