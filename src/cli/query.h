// The verb `query`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kQueryVerb;
}  // namespace weir::cli
