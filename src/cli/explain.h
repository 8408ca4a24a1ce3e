// weir explain VIEW: how a view is computed, what it keeps for that and what bounds it.
#pragma once
#include "cli/verb.h"

namespace weir::cli {

extern const Verb kExplainVerb;

}  // namespace weir::cli
