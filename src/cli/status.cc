#include "cli/status.h"

#include "cli/load.h"
#include "cli/running.h"
#include "cli/status_text.h"
#include "engine/engine.h"
#include "http/client.h"
#include "http/status.h"

namespace weir::cli {

namespace {

Result<engine::PipelineStatus> ask(const Running& running) {
  const auto answer = TRY(http::Get::start(running.http, "/v1/status"));
  return http::parse_status(TRY(answer->body()));
}

// As of the last commit.
Result<engine::PipelineStatus> read_from_disk(Context& context, project::Project project) {
  const auto engine =
      TRY(engine::Engine::open(std::move(project), {context.files, context.clock, true}));
  engine::PipelineStatus status = engine->status();
  if (is_held(context, engine->state_dir())) status.state = "running";
  return status;
}

int run(Context& context, const Invocation&) {
  Result<engine::PipelineStatus> status = engine::PipelineStatus();
  if (const auto running = find_running(context)) {
    status = ask(*running);
  } else {
    auto project = load_or_complain(context);
    if (!project) return kExitInvalid;
    status = read_from_disk(context, std::move(*project));
  }
  if (!status) {
    context.complain(status.error());
    return exit_code(status.error());
  }
  context.print(context.json ? http::status_json(*status) + "\n"
                             : status_text(*status, context.colour));
  return kExitDone;
}

}  // namespace

constexpr Verb kStatusVerb = {"status",
                              "what runs, and how far it is",
                              "The streams, views and sinks of the project: as they are now where "
                              "it runs, else as of the\n"
                              "last committed epoch.",
                              {},
                              {},
                              run};

}  // namespace weir::cli
