#include "connect/file/byte_source.h"

#include <fmt/core.h>

namespace weir::connect {

namespace {

class PlainBytes final : public ByteSource {
 public:
  PlainBytes(std::unique_ptr<io::File> file, uint64_t offset)
      : file_(std::move(file)), offset_(offset) {}
  Result<size_t> read(char* out, size_t size) override {
    const size_t got = TRY(file_->read_at(offset_, out, size));
    offset_ += got;
    return got;
  }
  Result<io::FileInfo> info() override { return file_->info(); }

 private:
  std::unique_ptr<io::File> file_;
  uint64_t offset_;
};

}  // namespace

bool is_compressed(std::string_view path) {
  return path.ends_with(".zst") || path.ends_with(".gz") || path.ends_with(".lz4");
}

Result<std::unique_ptr<ByteSource>> open_bytes(io::FileSystem& files, const std::string& path,
                                               uint64_t offset) {
  auto file = TRY(files.open(path, io::OpenMode::kRead));
  if (is_compressed(path)) {
    return Error(ErrorKind::kNotSupported, 1516, fmt::format("cannot unpack {}", path));
  }
  return std::unique_ptr<ByteSource>(std::make_unique<PlainBytes>(std::move(file), offset));
}

}  // namespace weir::connect
