// The door to files. Everything that weir stores or reads goes through a FileSystem&, so that a
// simulated one can fail the n-th call, tear writes and forget what was not synced.
//
// Durability contract, the one that POSIX gives: written bytes are durable after sync() of the
// file; a created, renamed or removed name is durable after sync_dir() of its folder. A failed
// sync() leaves the file's content unknown: the caller ends the process rather than trying again.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::io {

struct FileInfo {
  uint64_t size = 0;
  uint64_t inode = 0;
  int64_t modified_micros = 0;
  bool is_directory = false;
  bool is_special = false;  // a pipe, a socket, a device
  uint64_t device = 0;      // an inode is unique on its device
};

// One open file. Not for use by two threads at once.
class File {
 public:
  virtual ~File() = default;  // closes
  // Reads up to `size` bytes at `offset`; fewer only at the end of the file.
  virtual Result<size_t> read_at(uint64_t offset, char* out, size_t size) = 0;
  virtual Status write_at(uint64_t offset, std::string_view bytes) = 0;  // all or an error
  virtual Status append(std::string_view bytes) = 0;
  virtual Status sync() = 0;  // data and size
  virtual Status truncate(uint64_t size) = 0;
  virtual Result<FileInfo> info() = 0;
};

// Held while it lives; another process that asks gets ErrorKind::kLocked.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode : uint8_t {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreate,     // read and write; made if missing
  kCreateNew,  // read and write; must not exist
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;  // creates the file
  virtual Result<FileInfo> info(const std::string& path) = 0;  // kNotFound where there is none
  virtual Result<std::vector<std::string>> list(const std::string& dir) = 0;  // names, sorted
  virtual Status make_dirs(const std::string& path) = 0;  // parents too; durable on return
  virtual Status rename(const std::string& from, const std::string& to) = 0;  // replaces `to`
  virtual Status remove(const std::string& path) = 0;      // a file or an empty folder
  virtual Status sync_dir(const std::string& path) = 0;
  virtual Result<uint64_t> free_bytes(const std::string& path) = 0;

  bool exists(const std::string& path) { return info(path).has_value(); }
  Result<std::string> read_all(const std::string& path);
  // Writes beside, syncs, renames over `path`, syncs the folder: old or new content, never a mix.
  Status write_atomically(const std::string& path, std::string_view content);
  Status remove_tree(const std::string& path);
};

// Files of this machine.
std::unique_ptr<FileSystem> make_real_file_system();

std::string join_path(std::string_view dir, std::string_view name);
std::string parent_path(std::string_view path);  // "." where there is none
std::string base_name(std::string_view path);

}  // namespace weir::io
