// The verb `status`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kStatusVerb;
}  // namespace weir::cli
