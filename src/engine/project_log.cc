#include "engine/project_log.h"

#include <fmt/core.h>

#include "log/embedded/embedded_log.h"
#include "log/kafka/kafka_log.h"

namespace weir::engine {

std::string state_dir_of(const project::Project& project) {
  const std::string& dir = project.settings.state_dir;
  return dir.starts_with('/') ? dir : io::join_path(project.dir, dir);
}

std::string internal_prefix_of(const project::Project& project) {
  return fmt::format("_weir.{}.{}", project.name, project.settings.environment);
}

std::string pipeline_name_of(const project::Project& project) {
  return fmt::format("{}.{}", project.name, project.settings.environment);
}

Result<ProjectLog> open_project_log(const project::Project& project, io::FileSystem& files,
                                    Clock& clock, const ProjectLogOptions& options) {
  ProjectLog opened;
  const std::string dir = state_dir_of(project);
  if (project.settings.kafka) {
    // The cluster fences another machine's weir; snapshots are this folder's.
    if (!options.read_only) {
      TRY_VOID(files.make_dirs(dir));
      opened.lock = TRY(files.lock(io::join_path(dir, "LOCK")));
    }
    log::KafkaLogOptions kafka{*project.settings.kafka, internal_prefix_of(project),
                               options.read_only, options.stop};
    opened.log = TRY(log::open_kafka_log(clock, std::move(kafka)));
    return opened;
  }
  log::EmbeddedLogOptions embedded;
  embedded.root = io::join_path(dir, "log");
  embedded.read_only = options.read_only;
  embedded.durable = options.durable;
  if (options.read_only && !files.exists(embedded.root)) {
    return Error(ErrorKind::kNotFound, 1451, fmt::format("nothing has run in {} yet", project.dir))
        .hint("start it with `weir dev` or `weir run`");
  }
  opened.log = TRY(log::open_embedded_log(files, clock, embedded));
  return opened;
}

}  // namespace weir::engine
