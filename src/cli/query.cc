#include "cli/query.h"

#include "cli/load.h"
#include "cli/rows.h"
#include "engine/engine.h"

namespace weir::cli {

namespace {

int run(Context& context, const Invocation& invocation) {
  auto project = load_or_complain(context);
  if (!project) return kExitInvalid;
  auto engine = engine::Engine::open(std::move(*project), {context.files, context.clock, true});
  if (!engine) {
    context.complain(engine.error());
    return exit_code(engine.error());
  }
  auto result = (*engine)->query(invocation.arguments[0], {});
  if (!result) {
    context.complain(result.error());
    return exit_code(result.error());
  }
  context.print(render_rows(*result, row_format(context)));
  return kExitDone;
}

constexpr VerbArgument kArguments[] = {{"SQL", "one SELECT", true}};

}  // namespace

constexpr Verb kQueryVerb = {"query",
                             "ask a view",
                             "Answers a SELECT over the project's views, sources and side streams "
                             "(NAME__dead, NAME__late) as\n"
                             "of the last committed epoch, whether the project runs or not.",
                             kArguments,
                             {},
                             run};

}  // namespace weir::cli
