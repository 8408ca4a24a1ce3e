// The verb `state`: what a project's folder holds of state, and whether it is whole.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kStateVerb;
}  // namespace weir::cli
