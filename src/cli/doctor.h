// The verb `doctor`.
#pragma once
#include "cli/verb.h"

namespace weir::cli {
extern const Verb kDoctorVerb;
}  // namespace weir::cli
