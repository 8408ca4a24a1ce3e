// The verb `tail`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kTailVerb;
}  // namespace weir::cli
