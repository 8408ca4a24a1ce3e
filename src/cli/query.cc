#include "cli/query.h"

#include "cli/load.h"
#include "cli/rows.h"
#include "cli/running.h"
#include "engine/engine.h"
#include "pgwire/client.h"

namespace weir::cli {

namespace {

using Answer = Result<engine::StatementResult>;

Answer ask(const Running& running, const std::string& sql) {
  return TRY(pgwire::Client::connect(running.postgres))->query(sql);
}

Answer read_from_disk(Context& context, project::Project project, const std::string& sql) {
  const auto engine =
      TRY(engine::Engine::open(std::move(project), {context.files, context.clock, true}));
  return engine->query(sql, {});
}

int run(Context& context, const Invocation& invocation) {
  const std::string& sql = invocation.arguments[0];
  Answer answer = engine::StatementResult();
  if (const auto running = find_running(context)) {
    answer = ask(*running, sql);
  } else {
    auto project = load_or_complain(context);
    if (!project) return kExitInvalid;
    answer = read_from_disk(context, std::move(*project), sql);
  }
  if (!answer) {
    context.complain(answer.error(), sql);
    return exit_code(answer.error());
  }
  context.print(render_rows(*answer, row_format(context)));
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
