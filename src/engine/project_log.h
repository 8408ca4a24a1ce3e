// The log of a project's folder, and the locks that go with writing to it. The engine holds one as
// long as it runs; verbs that only look, or decide over dead letters where nothing runs, open it
// alone.
#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "base/clock.h"
#include "io/file_system.h"
#include "log/log.h"
#include "project/project.h"

namespace weir::engine {

struct ProjectLog {
  std::unique_ptr<io::FileLock> lock;  // beside a Kafka log; the embedded one has its own
  std::unique_ptr<log::Log> log;
};

struct ProjectLogOptions {
  bool read_only = false;
  bool durable = true;
  const std::atomic<bool>* stop = nullptr;
};

std::string state_dir_of(const project::Project& project);
std::string internal_prefix_of(const project::Project& project);  // of weir's own topics
std::string pipeline_name_of(const project::Project& project);

// Errors: kLocked where another process writes; kNotFound 1451 where nothing ran and read_only.
Result<ProjectLog> open_project_log(const project::Project& project, io::FileSystem& files,
                                    Clock& clock, const ProjectLogOptions& options);

}  // namespace weir::engine
