// The embedded log: topics in files of this machine, in Kafka's own format, and one journal that
// makes an epoch's records and state one step. Single-node by design.
//
// An epoch's records go into its journal frame; after the sync they are written to their segments,
// which are synced before the journal is cut. So a durable frame never names bytes that are not
// durable, and a commit costs one sync. An epoch of many megabytes writes and syncs its segments
// first, between two frames. Plain appends write and sync their segment.
//
// Folder: LOCK, VERSION, journal/, topics/<topic>/{config,<partition>/}, positions.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "io/file_system.h"
#include "log/log.h"

namespace weir::log {

struct EmbeddedLogOptions {
  std::string root;
  bool read_only =
      false;  // of a folder whose weir is stopped, or beside a running one; repairs nothing
  bool durable = true;                 // false: no syncs; for measurements
  size_t large_epoch_bytes = 8 << 20;  // of encoded records; from here on they go to segments first
  uint64_t journal_file_bytes = 64
                                << 20;  // where a file of the journal is closed and a new one begun
  // A failed sync leaves the disk's content unknown: the default ends the process.
  std::function<void(const Error&)> on_fatal;
};

Result<std::unique_ptr<Log>> open_embedded_log(io::FileSystem& files, Clock& clock,
                                               EmbeddedLogOptions options);

}  // namespace weir::log
