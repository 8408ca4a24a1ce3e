#include "cli/status.h"

#include "cli/load.h"
#include "cli/status_text.h"
#include "engine/engine.h"

namespace weir::cli {

namespace {

int run(Context& context, const Invocation&) {
  auto project = load_or_complain(context);
  if (!project) return kExitInvalid;
  auto engine = engine::Engine::open(std::move(*project), {context.files, context.clock, true});
  if (!engine) {
    context.complain(engine.error());
    return exit_code(engine.error());
  }
  engine::PipelineStatus status = (*engine)->status();
  // Whoever runs the folder holds its lock; what is shown is as of its last commit.
  const auto lock = context.files.lock(io::join_path((*engine)->state_dir(), "log/LOCK"));
  if (!lock && lock.error().kind() == ErrorKind::kLocked) status.state = "running";
  context.print(context.json ? status_json(status) + "\n" : status_text(status, context.colour));
  return kExitDone;
}

}  // namespace

constexpr Verb kStatusVerb = {"status",
                              "what runs, and how far it is",
                              "The streams, views and sinks of the project as of the last "
                              "committed epoch, whether it runs or not.",
                              {},
                              {},
                              run};

}  // namespace weir::cli
