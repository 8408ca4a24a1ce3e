// A project's state out of its folder and into an empty one: for `weir state export` and `import`.
// With the embedded log a copy has all of the log, and is taken while nothing runs; with a Kafka
// cluster the log is the cluster's, and the copy is the newest snapshot, taken at any time.
//
// A copy that a running project left in object storage has the snapshot alone. Imported under an
// embedded log it goes on where the snapshot was: files are read on from their positions, what was
// pushed to weir since, and topics of the old log, are not there.
//
// Threads: of the one that asks.
#pragma once
#include <string>

#include "engine/project_log.h"
#include "engine/state_copy.h"

namespace weir::engine {

struct TransferContext {
  io::FileSystem& files;
  Clock& clock;
};

// To an object storage's address or a folder. Errors: 1451 nothing ran, kLocked it runs, 1915 there
// is no snapshot yet, 1919 it is there already.
Result<StateCopy> export_state(const project::Project& project, const TransferContext& context,
                               const std::string& to);
// The newest that can be read. Errors: 1913 of another project, 1914 the folder is not empty, 1915
// there is none, 1918 of the other kind of log, 1920 the log knows less; 1911, 1912, 1917.
Result<StateCopy> import_state(const project::Project& project, const TransferContext& context,
                               const std::string& from);

}  // namespace weir::engine
