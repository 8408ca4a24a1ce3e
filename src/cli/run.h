// The verb `run`: the project in the foreground, as a worker.
#pragma once
#include "cli/verb.h"

namespace weir::cli {

extern const Verb kRunVerb;

}  // namespace weir::cli
