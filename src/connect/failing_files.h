// Files that fail the n-th call that changes something (and, as a torn write does, leave half of
// the bytes there), for tests of sinks. Everything else goes to the file system behind.
#pragma once
#include <memory>
#include <string>

#include "io/file_system.h"

namespace weir::connect {

class FailingFiles final : public io::FileSystem {
 public:
  explicit FailingFiles(io::FileSystem& behind) : behind_(behind) {}
  int calls = 0;
  int fail_at = -1;
  ErrorKind kind = ErrorKind::kIo;

  Status check() {
    if (calls++ == fail_at) return Error(kind, 1498, "a call that was told to fail");
    return {};
  }

  Result<std::unique_ptr<io::File>> open(const std::string& path, io::OpenMode mode) override {
    if (mode != io::OpenMode::kRead) TRY_VOID(check());
    return std::unique_ptr<io::File>(
        std::make_unique<FailingFile>(*this, TRY(behind_.open(path, mode))));
  }
  Result<std::unique_ptr<io::FileLock>> lock(const std::string& path) override {
    return behind_.lock(path);
  }
  Result<io::FileInfo> info(const std::string& path) override { return behind_.info(path); }
  Result<std::vector<std::string>> list(const std::string& dir) override {
    return behind_.list(dir);
  }
  Status make_dirs(const std::string& path) override {
    TRY_VOID(check());
    return behind_.make_dirs(path);
  }
  Status rename(const std::string& from, const std::string& to) override {
    TRY_VOID(check());
    return behind_.rename(from, to);
  }
  Status remove(const std::string& path) override {
    TRY_VOID(check());
    return behind_.remove(path);
  }
  Status sync_dir(const std::string& path) override {
    TRY_VOID(check());
    return behind_.sync_dir(path);
  }
  Result<uint64_t> free_bytes(const std::string& path) override { return behind_.free_bytes(path); }

 private:
  class FailingFile final : public io::File {
   public:
    FailingFile(FailingFiles& files, std::unique_ptr<io::File> behind)
        : files_(files), behind_(std::move(behind)) {}
    Result<size_t> read_at(uint64_t offset, char* out, size_t size) override {
      return behind_->read_at(offset, out, size);
    }
    Status write_at(uint64_t offset, std::string_view bytes) override {
      Status status = files_.check();
      if (!status) {
        TRY_VOID(behind_->write_at(offset, bytes.substr(0, bytes.size() / 2)));
        return status;
      }
      return behind_->write_at(offset, bytes);
    }
    Status append(std::string_view bytes) override {
      TRY_VOID(files_.check());
      return behind_->append(bytes);
    }
    Status sync() override {
      TRY_VOID(files_.check());
      return behind_->sync();
    }
    Status truncate(uint64_t size) override {
      TRY_VOID(files_.check());
      return behind_->truncate(size);
    }
    Result<io::FileInfo> info() override { return behind_->info(); }

   private:
    FailingFiles& files_;
    std::unique_ptr<io::File> behind_;
  };

  io::FileSystem& behind_;
};

}  // namespace weir::connect
