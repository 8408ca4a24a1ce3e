// The verb `schema`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kSchemaVerb;
}  // namespace weir::cli
