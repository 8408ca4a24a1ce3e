#include "cli/version.h"

#include <fmt/core.h>

namespace weir::cli {

namespace {

int run(Context& context, const Invocation&) {
  context.print(context.json ? fmt::format("{{\"version\":\"{}\"}}\n", kVersion)
                             : fmt::format("weir {}\n", kVersion));
  return kExitDone;
}

}  // namespace

constexpr Verb kVersionVerb = {"version", "print the version", "", {}, {}, run};

}  // namespace weir::cli
