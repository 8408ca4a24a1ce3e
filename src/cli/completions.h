// The verb `completions`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kCompletionsVerb;
}  // namespace weir::cli
