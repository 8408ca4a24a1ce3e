// The table of verbs, in the order of the help page. A verb that is known and not there yet has no
// function: its name is answered with that, and not with a guess at a spelling.
#include <array>

#include "cli/check.h"
#include "cli/completions.h"
#include "cli/dev.h"
#include "cli/dlq.h"
#include "cli/doctor.h"
#include "cli/explain.h"
#include "cli/init.h"
#include "cli/query.h"
#include "cli/run.h"
#include "cli/schema.h"
#include "cli/sql.h"
#include "cli/state.h"
#include "cli/status.h"
#include "cli/tail.h"
#include "cli/verb.h"
#include "cli/version.h"

namespace weir::cli {

namespace {

constexpr Verb later(std::string_view name, std::string_view summary) {
  return {name, summary, "", {}, {}, nullptr};
}

constexpr Verb kTest = later("test", "unit tests, offline");
constexpr Verb kPlan = later("plan", "what would change");
constexpr Verb kApply = later("apply", "make it so");
constexpr Verb kDiff = later("diff", "compare two environments");
constexpr Verb kPromote = later("promote", "take an environment's version to another");
constexpr Verb kRollback = later("rollback", "go back to the version before");
constexpr Verb kDestroy = later("destroy", "remove what apply made");
constexpr Verb kImport = later("import", "take over what exists outside");
constexpr Verb kDrift = later("drift", "what was changed outside");
constexpr Verb kLag = later("lag", "how far behind inputs are");
constexpr Verb kTop = later("top", "what is busy");
constexpr Verb kLineage = later("lineage", "where columns come from");
constexpr Verb kCost = later("cost", "what it costs");
constexpr Verb kFmt = later("fmt", "format SQL and YAML");
constexpr Verb kLs = later("ls", "list what the project holds");
constexpr Verb kDocs = later("docs", "pages about the project");

constexpr std::array kVerbs = {
    &kInitVerb,    &kCheckVerb, &kDevVerb, &kRunVerb, &kQueryVerb,  &kTailVerb,        &kStatusVerb,
    &kDlqVerb,     &kStateVerb,
    &kSqlVerb,     &kTest,      &kPlan,    &kApply,   &kDiff,       &kPromote,         &kRollback,
    &kDestroy,     &kImport,    &kDrift,   &kLag,     &kTop,        &kExplainVerb, &kLineage,
    &kCost,        &kFmt,       &kLs,      &kDocs,    &kSchemaVerb, &kCompletionsVerb, &kDoctorVerb,
    &kVersionVerb,
};

}  // namespace

std::span<const Verb* const> all_verbs() { return kVerbs; }

const Verb* find_verb(std::string_view name) {
  for (const Verb* verb : kVerbs) {
    if (verb->name == name) return verb;
  }
  return nullptr;
}

}  // namespace weir::cli
