// A project folder, loaded: everything that runs, as values, bound and planned. The loader reads
// all files, reports everything that is wrong in one go and answers a Project only where nothing
// is.
//
// Threads: load_project() may be called from any thread; a Project is a plain value.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connect/sink.h"
#include "connect/source.h"
#include "io/objects/object_store.h"
#include "log/kafka/kafka_log.h"
#include "plan/planner.h"
#include "project/diagnostic.h"

namespace weir::project {

// What may differ between environments. `state_dir` is below or beside the project folder.
struct Settings {
  std::string environment = "dev";
  std::string state_dir = ".weir/dev";  // relative to the project folder, or absolute
  Micros commit_interval = 100'000;
  uint64_t memory_bytes = uint64_t{1} << 30;
  uint32_t workers = 1;
  std::string listen_postgres = "127.0.0.1:5433";
  std::string listen_http = "127.0.0.1:8433";
  bool deletion_allowed = false;
  std::optional<log::KafkaCluster> kafka;  // none: the embedded log
  io::ObjectStoreSettings object_storage;  // url: where snapshots go; empty: nowhere
  std::map<std::string, std::string> vars;
};

struct Project {
  std::string name;
  std::string dir;                           // as given
  Settings settings;
  std::vector<connect::SourceSpec> sources;  // seeds too: bounded file sources named as their file
  catalog::Catalog catalog;                  // sources, seeds and models
  std::vector<plan::View> models;            // each one behind all that it reads
  std::vector<connect::SinkSpec> sinks;
};

// kRun: what would change the running project and is not supported is an error; for kCheck it is a
// warning, and so is a secret that is not there.
enum class Purpose : uint8_t { kRun, kCheck };

struct LoadResult {
  std::optional<Project> project;            // nothing where a diagnostic is an error
  std::vector<Diagnostic> diagnostics;       // sorted by place; at most 200 and "and N more"
  size_t errors = 0;                         // all, with those left out
  size_t warnings = 0;
  std::vector<std::string> files;            // read, relative to the folder: what to watch
};

// The settings alone, as far as they can be read: for what must work in a folder with mistakes.
Settings load_settings(io::FileSystem& files, const std::string& dir, const std::string& env);

LoadResult load_project(io::FileSystem& files, const std::string& dir, const std::string& env,
                        Purpose purpose = Purpose::kRun);

}  // namespace weir::project
