#include "cli/run.h"

#include <fmt/core.h>

#include "base/log.h"
#include "cli/load.h"
#include "cli/servers.h"
#include "cli/signals.h"
#include "engine/engine.h"

namespace weir::cli {

namespace {

constexpr Micros kLook = 20'000;
constexpr Micros kProgressEvery = 2'000'000;

bool is_over(engine::RunState state, bool until_idle) {
  return until_idle &&
         (state == engine::RunState::kLevel || state == engine::RunState::kEnded);
}

uint64_t records_of(const engine::PipelineStatus& status) {
  uint64_t records = 0;
  for (const engine::StreamStatus& stream : status.streams) records += stream.records;
  return records;
}

void print_summary(Context& context, engine::Engine& engine) {
  const engine::PipelineStatus status = engine.status();
  uint64_t dead = 0;
  uint64_t late = 0;
  for (const auto& stream : status.streams) dead += stream.dead;
  for (const auto& view : status.views) {
    dead += view.dead;
    late += view.late;
  }
  if (context.json) {
    context.print(
        fmt::format("{{\"project\":\"{}\",\"epoch\":{},\"records\":{},\"dead\":{},\"late\":{}}}\n",
                    status.name, status.epoch.value, records_of(status), dead, late));
    return;
  }
  context.print(fmt::format("{}: {} records read, {} dead, {} late, epoch {}\n", status.name,
                            records_of(status), dead, late, status.epoch.value));
}

int run(Context& context, const Invocation& invocation) {
  auto project = load_or_complain(context);
  if (!project) return kExitInvalid;
  for (connect::SinkSpec& sink : project->sinks) {
    sink.register_schemas = invocation.has("--register-schemas");
  }
  catch_stop_signals();
  engine::EngineContext engine_context{context.files, context.clock};
  auto opened = engine::Engine::open(std::move(*project), engine_context);
  if (!opened) {
    context.complain(opened.error());
    return exit_code(opened.error());
  }
  engine::Engine& engine = **opened;
  const bool until_idle = invocation.has("--until-idle");
  std::unique_ptr<Servers> servers;
  if (!until_idle) {
    auto started = Servers::start(context, engine);
    if (!started) {
      context.complain(started.error());
      return exit_code(started.error());
    }
    servers = std::move(*started);
    context.print(servers->description());
    std::fflush(context.out);
  }
  engine.start();
  Micros told = context.clock.now();
  while (!stop_was_asked_for()) {
    const engine::RunState state = engine.wait(kLook);
    if (state == engine::RunState::kFailed) break;
    if (is_over(state, until_idle)) break;
    if (!until_idle) context.clock.sleep_for(kLook);
    if (until_idle || context.clock.now() - told < kProgressEvery * 5) continue;
    told = context.clock.now();
    const engine::PipelineStatus status = engine.status();
    log_info("running", {{"records", records_of(status)},
                         {"rows/s", static_cast<int64_t>(status.figures.rows_per_second)},
                         {"epoch", status.epoch.value}});
  }
  if (servers) servers->stop();
  engine.stop();
  if (const auto failure = engine.failure()) {
    context.complain(*failure);
    return exit_code(*failure);
  }
  print_summary(context, engine);
  return kExitDone;
}

constexpr VerbOption kOptions[] = {
    {"--until-idle", "", "end when all bounded sources are read and all views are level"},
    {"--register-schemas", "", "register the schemas of sinks that the registry does not have yet"},
};

}  // namespace

constexpr Verb kRunVerb = {
    "run",
    "run the project in the foreground",
    "Reads the sources, keeps the views up to date and writes the sinks until it is stopped. What "
    "was\n"
    "read, computed and written is committed together: after a crash it goes on where it was.",
    {},
    kOptions,
    run};

}  // namespace weir::cli
