// What the verbs that look at or run a project share: it is loaded, and what is wrong is shown.
#pragma once
#include <optional>

#include "cli/verb.h"
#include "project/project.h"

namespace weir::cli {

// Prints what is wrong to err; nullopt where something is an error.
std::optional<project::Project> load_or_complain(Context& context);

}  // namespace weir::cli
