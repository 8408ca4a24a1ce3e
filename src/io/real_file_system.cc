// POSIX files. Interrupted calls are repeated, short ones finished; the error says path and reason.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/core.h>

#include "io/file_system.h"

namespace weir::io {

namespace {

Error os_error(const char* what, const std::string& path) {
  const int code = errno;
  ErrorKind kind = ErrorKind::kIo;
  uint16_t number = 1501;
  if (code == ENOENT) kind = ErrorKind::kNotFound, number = 1502;
  if (code == EEXIST) kind = ErrorKind::kAlreadyExists, number = 1503;
  if (code == ENOSPC || code == EDQUOT) kind = ErrorKind::kNoSpace, number = 1504;
  if (code == EACCES || code == EPERM) kind = ErrorKind::kPermission, number = 1505;
  return Error(kind, number, fmt::format("cannot {} {}: {}", what, path, std::strerror(code)));
}

// Reading one would wait for ever, or never end.
Error no_regular_file(const std::string& path) {
  return Error(ErrorKind::kIo, 1507, fmt::format("{} is a pipe, a socket or a device", path))
      .hint("put a regular file in its place");
}

class RealFile final : public File {
 public:
  RealFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~RealFile() override { ::close(fd_); }

  Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
    size_t done = 0;
    while (done < size) {
      const ssize_t n = ::pread(fd_, out + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return os_error("read", path_);
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }
  Status write_at(uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return os_error("write", path_);
      offset += static_cast<uint64_t>(n);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return {};
  }
  Status append(std::string_view bytes) override {
    const FileInfo now = TRY(info());
    return write_at(now.size, bytes);
  }
  Status sync() override {
    if (::fdatasync(fd_) != 0) return os_error("sync", path_);
    return {};
  }
  Status truncate(uint64_t size) override {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) return os_error("truncate", path_);
    return {};
  }
  Result<FileInfo> info() override {
    struct stat s{};
    if (::fstat(fd_, &s) != 0) return os_error("stat", path_);
    return of(s);
  }
  static FileInfo of(const struct stat& s) {
    return {static_cast<uint64_t>(s.st_size), s.st_ino,
            int64_t{s.st_mtim.tv_sec} * 1'000'000 + s.st_mtim.tv_nsec / 1000, S_ISDIR(s.st_mode),
            !S_ISDIR(s.st_mode) && !S_ISREG(s.st_mode), s.st_dev};
  }

 private:
  const int fd_;
  const std::string path_;
};

class RealLock final : public FileLock {
 public:
  explicit RealLock(int fd) : fd_(fd) {}
  ~RealLock() override { ::close(fd_); }

 private:
  const int fd_;
};

class RealFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = O_CLOEXEC;
    flags |= mode == OpenMode::kRead ? O_RDONLY : O_RDWR;
    if (mode == OpenMode::kCreate) flags |= O_CREAT;
    if (mode == OpenMode::kCreateNew) flags |= O_CREAT | O_EXCL;
    if (mode == OpenMode::kRead) flags |= O_NONBLOCK;  // a pipe does not wait for its writer
    const int fd = ::open(path.c_str(), flags, 0644);
    if (fd < 0) return os_error("open", path);
    auto file = std::make_unique<RealFile>(fd, path);
    if (mode == OpenMode::kRead && TRY(file->info()).is_special) return no_regular_file(path);
    return std::unique_ptr<File>(std::move(file));
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return os_error("open", path);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      char holder[32] = {};
      const ssize_t n = ::pread(fd, holder, sizeof holder - 1, 0);
      ::close(fd);
      return Error(ErrorKind::kLocked, 1506, fmt::format("{} is held by another process", path))
          .detail(fmt::format("Process {} uses this folder.", n > 0 ? holder : "unknown"))
          .hint("stop the other weir, or use another environment");
    }
    const std::string pid = std::to_string(::getpid());
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
      const Error error = os_error("write", path);
      ::close(fd);
      return error;
    }
    return std::unique_ptr<FileLock>(std::make_unique<RealLock>(fd));
  }
  Result<FileInfo> info(const std::string& path) override {
    struct stat s{};
    if (::stat(path.c_str(), &s) != 0) return os_error("stat", path);
    return RealFile::of(s);
  }
  Result<std::vector<std::string>> list(const std::string& dir) override {
    DIR* handle = ::opendir(dir.c_str());
    if (!handle) return os_error("list", dir);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(handle)) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    ::closedir(handle);
    std::sort(names.begin(), names.end());
    return names;
  }
  Status make_dirs(const std::string& path) override {
    if (exists(path)) return {};
    const std::string parent = parent_path(path);
    if (parent != path) TRY_VOID(make_dirs(parent));
    if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return os_error("create", path);
    return sync_dir(parent);
  }
  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return os_error("rename", from);
    return {};
  }
  Status remove(const std::string& path) override {
    if (::remove(path.c_str()) != 0) return os_error("remove", path);
    return {};
  }
  Status sync_dir(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return os_error("open", path);
    const int failed = ::fsync(fd);
    ::close(fd);
    if (failed != 0) return os_error("sync", path);
    return {};
  }
  Result<uint64_t> free_bytes(const std::string& path) override {
    struct statvfs s{};
    if (::statvfs(path.c_str(), &s) != 0) return os_error("stat", path);
    return uint64_t{s.f_bavail} * s.f_frsize;
  }
};

}  // namespace

std::unique_ptr<FileSystem> make_real_file_system() { return std::make_unique<RealFileSystem>(); }

}  // namespace weir::io
