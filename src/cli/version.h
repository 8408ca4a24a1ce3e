// The verb `version`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kVersionVerb;
}  // namespace weir::cli
