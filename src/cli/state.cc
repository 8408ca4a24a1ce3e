#include "cli/state.h"

#include <fmt/core.h>

#include "cli/load.h"
#include "cli/status_text.h"
#include "engine/project_log.h"
#include "engine/state_transfer.h"
#include "engine/stored_state.h"
#include "http/json_writer.h"

namespace weir::cli {

namespace {

std::string state_text(const engine::StoredState& state) {
  std::string out = fmt::format("epoch {}, {} frames behind the newest snapshot\n",
                                state.last.value, state.frames);
  for (const auto& snapshot : state.snapshots) {
    out += fmt::format("snapshot of epoch {}  {}\n", snapshot.epoch.value,
                       short_bytes(snapshot.bytes));
  }
  size_t width = 8;
  for (const auto& table : state.tables) width = std::max(width, table.id.size());
  out += fmt::format("\n{:<{}} {:>9} {:>10}  {}\n", "TABLE", width + 1, "entries", "bytes", "of");
  for (const auto& table : state.tables) {
    out += fmt::format("{:<{}} {:>9} {:>10}  {}\n", table.id, width + 1,
                       short_count(static_cast<double>(table.entries)), short_bytes(table.bytes),
                       table.used_by.empty() ? "-" : table.used_by);
  }
  return out;
}

std::string state_json(const engine::StoredState& state) {
  http::JsonWriter json;
  json.open('{').member("epoch", state.last.value).member("frames", state.frames);
  json.key("snapshots").open('[');
  for (const auto& snapshot : state.snapshots) {
    json.open('{').member("epoch", snapshot.epoch.value).member("bytes", snapshot.bytes);
    json.close('}');
  }
  json.close(']').key("tables").open('[');
  for (const auto& table : state.tables) {
    json.open('{').member("id", table.id).member("used_by", table.used_by);
    json.member("entries", table.entries).member("bytes", table.bytes).close('}');
  }
  json.close(']').close('}');
  return json.take() + "\n";
}

std::string damage_text(const std::vector<engine::Damage>& damage) {
  std::string out;
  for (const engine::Damage& one : damage) {
    out += fmt::format("damaged: {}\n  {}\n  lost: {}\n", one.place, one.error.to_string(),
                       one.lost);
  }
  return out.empty() ? "all of it can be read\n" : out;
}

std::string damage_json(const std::vector<engine::Damage>& damage) {
  http::JsonWriter json;
  json.open('[');
  for (const engine::Damage& one : damage) {
    json.open('{').member("place", one.place).member("error", one.error.to_string());
    json.member("lost", one.lost).close('}');
  }
  json.close(']');
  return json.take() + "\n";
}

Result<engine::ProjectLog> open_log(Context& context, const project::Project& project) {
  engine::ProjectLogOptions options;
  options.read_only = true;
  return engine::open_project_log(project, context.files, context.clock, options);
}

Result<int> list(Context& context, const project::Project& project) {
  const engine::ProjectLog opened = TRY(open_log(context, project));
  const engine::StoredState state =
      TRY(engine::list_state(project, context.files, *opened.log));
  context.print(context.json ? state_json(state) : state_text(state));
  return kExitDone;
}

Result<int> verify(Context& context, const project::Project& project) {
  std::vector<engine::Damage> damage = engine::verify_snapshots(project, context.files);
  auto opened = open_log(context, project);
  if (opened) {
    for (engine::Damage& one : engine::verify_log(project, context.files, *opened->log)) {
      damage.push_back(std::move(one));
    }
  } else if (opened.error().kind() == ErrorKind::kCorrupt) {
    damage.push_back({"the log", std::move(opened).error(),
                      "it is not opened: what stands behind this place was not looked at"});
  } else {
    return std::move(opened).error();
  }
  context.print(context.json ? damage_json(damage) : damage_text(damage));
  return damage.empty() ? kExitDone : kExitFailed;
}

// A folder is meant from where weir was called, not from the project.
Result<int> transfer(Context& context, const project::Project& project,
                     const Invocation& invocation) {
  const bool out = invocation.arguments[0] == "export";
  if (invocation.arguments.size() < 2) {
    return Error(ErrorKind::kInvalidUsage, 1921,
                 fmt::format("`weir state {}` needs a place", invocation.arguments[0]))
        .hint("name a folder, or an address such as s3://BUCKET/PREFIX");
  }
  const std::string& place = invocation.arguments[1];
  const engine::TransferContext outside{context.files, context.clock};
  const engine::StateCopy copy = out ? TRY(engine::export_state(project, outside, place))
                                     : TRY(engine::import_state(project, outside, place));
  uint64_t bytes = 0;
  for (const engine::CopiedFile& file : copy.files) bytes += file.bytes;
  if (context.json) {
    http::JsonWriter json;
    json.open('{').member("epoch", copy.epoch.value).member("files", copy.files.size());
    json.member("bytes", bytes).close('}');
    context.print(json.take() + "\n");
    return kExitDone;
  }
  context.print(fmt::format("{}: state of epoch {} {} {}, {} in {} files\n", copy.pipeline,
                            copy.epoch.value, out ? "exported to" : "imported from", place,
                            short_bytes(bytes), copy.files.size()));
  return kExitDone;
}

Result<int> act(Context& context, const project::Project& project, const Invocation& invocation) {
  const std::string& action = invocation.arguments[0];
  if (action == "ls") return list(context, project);
  return action == "verify" ? verify(context, project) : transfer(context, project, invocation);
}

int run(Context& context, const Invocation& invocation) {
  const auto project = load_or_complain(context);
  if (!project) return kExitInvalid;
  const Result<int> code = act(context, *project, invocation);
  if (code) return *code;
  context.complain(code.error());
  return exit_code(code.error());
}

constexpr VerbArgument kArguments[] = {
    {"ACTION", "ls, verify, export or import", true, "ls|verify|export|import"},
    {"PLACE", "of a copy: a folder, s3://BUCKET/PREFIX, gs://... or az://..."}};

}  // namespace

constexpr Verb kStateVerb = {
    "state",
    "what the project keeps, and whether it is whole",
    "  ls      the snapshots, and the tables of views and operators with whom they belong to\n"
    "  verify  reads every snapshot, frame and record, and names what is damaged and what that\n"
    "          loses; exit code 1 where something is\n"
    "  export  copies all of it, log and snapshots, to PLACE, while nothing runs; with a Kafka\n"
    "          cluster the newest snapshot, at any time\n"
    "  import  takes the newest copy in PLACE into a folder that has no state yet",
    kArguments,
    {},
    run};

}  // namespace weir::cli
