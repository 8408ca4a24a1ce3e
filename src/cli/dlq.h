// The verb `dlq`: dead letters and late rows.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kDlqVerb;
}  // namespace weir::cli
