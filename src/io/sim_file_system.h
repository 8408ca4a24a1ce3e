// Files that exist in memory and misbehave on request: the n-th call that changes something fails,
// a failing write leaves half of its bytes, and a power loss forgets what was not synced, in the
// ways that disks do: unsynced writes arrive in part and out of order, by sectors; names that were
// created, renamed or removed are there only as far as their folder was synced.
//
// Threads: one at a time. Deterministic: all chance comes from the seed of power_loss().
#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace weir::io {

class SimFileSystem final : public FileSystem {
 public:
  SimFileSystem();
  ~SimFileSystem() override;

  // Calls that change something are counted from 0. The call of this number fails once with `kind`
  // (kIo, kNoSpace); with `from_then_on` all later ones as well, until heal().
  void fail_call(uint64_t number, ErrorKind kind, bool from_then_on = false);
  void heal();
  uint64_t calls() const { return calls_; }
  bool has_failed() const { return has_failed_; }

  // What others than the process under test do: never counted, never failing, durable at once. A
  // file that is there keeps its identity.
  void place(const std::string& path, std::string content);
  std::vector<std::string> all_files(const std::string& below) const;

  // What was not synced is gone, in part or whole. Open files and locks are dead from now on.
  void power_loss(uint64_t seed);
  // The process is gone, the machine is not: open files and locks are dead, all content is there.
  void process_death();

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<FileInfo> info(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& dir) override;
  Status make_dirs(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_dir(const std::string& path) override;
  Result<uint64_t> free_bytes(const std::string& path) override;

 private:
  struct Node;
  class OpenFile;
  class Lock;
  using NodePtr = std::shared_ptr<Node>;  // a name, and the files that are open on it
  // One step of a folder that is not synced: `name` now means `node` (null: nothing).
  struct NameChange {
    std::string name;
    NodePtr node;
  };

  Status count_call(const char* what);
  void change_name(const std::string& path, NodePtr node);
  NodePtr find(const std::string& path) const;
  bool is_dir(const std::string& path) const { return dirs_.count(path) != 0; }

  std::map<std::string, NodePtr> names_;            // as running processes see them
  std::map<std::string, NodePtr> durable_names_;    // as they are after a power loss, at the least
  std::map<std::string, std::vector<NameChange>> unsynced_;  // by folder, in order
  std::set<std::string> dirs_;
  std::set<std::string> locked_;
  uint64_t calls_ = 0;
  uint64_t fail_at_ = UINT64_MAX;
  ErrorKind fail_kind_ = ErrorKind::kIo;
  bool fail_on_ = false;
  bool has_failed_ = false;
  uint64_t generation_ = 0;                         // of the process: older files are dead
  uint64_t next_inode_ = 1;
};

}  // namespace weir::io
