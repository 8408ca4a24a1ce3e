// The process that runs the project's folder, if one does. Verbs that look into what runs ask it,
// so that they see its newest epoch and work while the files on disk are being edited; only where
// nothing runs do they open the data themselves.
#pragma once
#include <optional>
#include <string>

#include "cli/verb.h"

namespace weir::cli {

struct Running {
  std::string postgres;  // HOST:PORT
  std::string http;
};

// The state folder of the context's project and environment, whatever else is wrong with them.
std::string state_dir_of(Context& context);
// True where a process holds the folder's lock, with or without ports (`run --until-idle`).
bool is_held(Context& context, const std::string& state_dir);
// Where a process that runs the project listens.
std::optional<Running> find_running(Context& context);

// `run.json` in the state folder says it.
std::string run_file(const std::string& state_dir);
std::string run_file_text(int process, const Running& running);

}  // namespace weir::cli
