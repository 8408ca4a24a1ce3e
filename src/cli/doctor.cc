// Looks at the machine and the folder for what usually stops a first run. Ports are tried with a
// real bind, because nothing else tells whether they are free.
#include "cli/doctor.h"

#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>

#include "cli/running.h"
#include "project/project.h"

namespace weir::cli {

namespace {

struct Finding {
  enum class Level : uint8_t { kGood, kWarn, kBad };
  std::string what;
  Level level = Level::kGood;
  std::string text;
};

using Level = Finding::Level;

Finding open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {"open files", Level::kWarn, "limit unknown"};
  const bool few = limit.rlim_cur < 1024;
  return {
      "open files", few ? Level::kWarn : Level::kGood,
      fmt::format("limit {}{}", limit.rlim_cur, few ? "; 1024 or more are better: ulimit -n" : "")};
}

Finding memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long size = sysconf(_SC_PAGE_SIZE);
  const auto mib = static_cast<uint64_t>(pages) * static_cast<uint64_t>(size) >> 20;
  return {"memory", mib < 512 ? Level::kWarn : Level::kGood, fmt::format("{} MiB", mib)};
}

Finding cores() {
  return {"cores", Level::kGood, fmt::format("{}", sysconf(_SC_NPROCESSORS_ONLN))};
}

Finding disk(Context& context) {
  auto free = context.files.free_bytes(context.dir);
  if (!free) return {"disk", Level::kWarn, free.error().primary()};
  const uint64_t mib = *free >> 20;
  return {"disk", mib < 1024 ? Level::kWarn : Level::kGood,
          fmt::format("{} MiB free{}", mib, mib < 1024 ? "; the log needs room" : "")};
}

Finding writable(Context& context) {
  const std::string probe = io::join_path(context.dir, ".weir-doctor");
  auto file = context.files.open(probe, io::OpenMode::kCreate);
  if (!file) return {"folder", Level::kBad, "cannot be written: " + file.error().primary()};
  file->reset();
  if (auto status = context.files.remove(probe); !status) {
    return {"folder", Level::kWarn, status.error().primary()};
  }
  return {"folder", Level::kGood, context.dir + " can be written"};
}

Finding port(const std::string& what, const std::string& address, bool running) {
  const size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1)));
  if (inet_pton(AF_INET, host.c_str(), &where.sin_addr) != 1) {
    return {what, Level::kWarn, fmt::format("{} is no IPv4 address; not tried", address)};
  }
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {what, Level::kWarn, "no socket to try with"};
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&where), sizeof(where)) == 0;
  const int reason = errno;
  close(fd);
  if (free) return {what, Level::kGood, address + " is free"};
  if (running && reason == EADDRINUSE)
    return {what, Level::kGood, address + " is used by the running weir"};
  return {what, Level::kBad,
          fmt::format("{} cannot be used: {}; choose another with listen: in environments/",
                      address, std::strerror(reason))};
}

// The project, and what its data folder says of a process that runs on it.
void project_findings(Context& context, std::vector<Finding>& out) {
  const project::LoadResult loaded =
      project::load_project(context.files, context.dir, context.env, project::Purpose::kCheck);
  const bool is_project = context.files.exists(io::join_path(context.dir, "weir.yml"));
  if (!is_project) {
    out.push_back({"project", Level::kWarn, "no weir.yml here: run `weir init`, or use -C"});
  } else if (!loaded.project) {
    out.push_back({"project", Level::kBad, "has errors: run `weir check`"});
  } else {
    out.push_back({"project", Level::kGood, loaded.project->name + " is valid"});
  }
  const project::Settings settings =
      project::load_settings(context.files, context.dir, context.env);
  const std::string state = state_dir_of(context);
  const bool running = is_held(context, state);
  out.push_back(
      {"process", Level::kGood, running ? "weir runs on " + state : "none runs on " + state});
  if (auto version = context.files.read_all(io::join_path(state, "log/VERSION"))) {
    while (!version->empty() && version->back() == '\n') version->pop_back();
    const size_t words = version->rfind(", ");  // "weir data folder, format 1"
    if (words != std::string::npos) version->erase(0, words + 2);
    out.push_back({"data folder", Level::kGood, fmt::format("{}, {}", state, *version)});
  }
  if (!running && context.files.exists(run_file(state))) {
    out.push_back({"run.json", Level::kWarn,
                   "left by a process that was killed; the next start replaces it"});
  }
  out.push_back(port("postgres port", settings.listen_postgres, running));
  out.push_back(port("http port", settings.listen_http, running));
}

std::string_view word(Level level) {
  return level == Level::kGood ? "ok" : level == Level::kWarn ? "warning" : "problem";
}

int run(Context& context, const Invocation&) {
  std::vector<Finding> findings{cores(), memory(), open_files(), disk(context), writable(context)};
  project_findings(context, findings);
  bool bad = false;
  std::string json = "[";
  for (const Finding& f : findings) {
    bad |= f.level == Level::kBad;
    if (context.json) {
      json += fmt::format("{}{{\"check\":{},\"result\":\"{}\",\"text\":{}}}",
                          json.size() > 1 ? "," : "", project::json_string(f.what), word(f.level),
                          project::json_string(f.text));
    } else {
      context.print(fmt::format("{:<8} {:<14} {}\n", word(f.level), f.what, f.text));
    }
  }
  if (context.json) context.print(json + "]\n");
  return bad ? kExitFailed : kExitDone;
}

}  // namespace

constexpr Verb kDoctorVerb = {
    "doctor", "look at the machine and the folder for what would stop a run",
    "Exit code 1 where there is a problem; warnings do not count.", {}, {}, run};

}  // namespace weir::cli
