#include "cli/running.h"

#include <simdjson.h>

#include <fmt/core.h>

#include "project/project.h"

namespace weir::cli {

std::string state_dir_of(Context& context) {
  const std::string dir =
      project::load_settings(context.files, context.dir, context.env).state_dir;
  return dir.starts_with('/') ? dir : io::join_path(context.dir, dir);
}

bool is_held(Context& context, const std::string& state_dir) {
  const std::string file = io::join_path(state_dir, "log/LOCK");
  if (!context.files.exists(file)) return false;
  const auto lock = context.files.lock(file);
  return !lock && lock.error().kind() == ErrorKind::kLocked;
}

std::optional<Running> find_running(Context& context) {
  const std::string dir = state_dir_of(context);
  const Result<std::string> text = context.files.read_all(run_file(dir));
  if (!text || !is_held(context, dir)) return std::nullopt;  // the file may outlive its process
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view postgres;
  std::string_view http;
  if (parser.parse(*text).get(root) || root["postgres"].get(postgres) || root["http"].get(http)) {
    return std::nullopt;
  }
  return Running{std::string(postgres), std::string(http)};
}

std::string run_file(const std::string& state_dir) {
  return io::join_path(state_dir, "run.json");
}

std::string run_file_text(int process, const Running& running) {
  return fmt::format("{{\"pid\":{},\"postgres\":\"{}\",\"http\":\"{}\"}}\n", process,
                     running.postgres, running.http);
}

}  // namespace weir::cli
