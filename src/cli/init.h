// The verb `init`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kInitVerb;
}  // namespace weir::cli
