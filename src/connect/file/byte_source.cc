#include "connect/file/byte_source.h"

#include <fmt/core.h>

#include "connect/file/unpack.h"

namespace weir::connect {

namespace {

Result<std::string> head_of(io::File& file, size_t size) {
  std::string out(size, '\0');
  out.resize(TRY(file.read_at(0, out.data(), size)));
  return out;
}

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
  Result<std::string> head(size_t size) override { return head_of(*file_, size); }

 private:
  std::unique_ptr<io::File> file_;
  uint64_t offset_;
};

// Packed files do not grow: their end is the end of a frame, or they are damaged.
class PackedBytes final : public ByteSource {
 public:
  PackedBytes(std::unique_ptr<io::File> file, std::unique_ptr<Unpacker> unpacker, std::string path)
      : file_(std::move(file)), unpacker_(std::move(unpacker)), path_(std::move(path)) {}

  Result<size_t> read(char* out, size_t size) override {
    size_t given = 0;
    while (given < size) {
      // What did not fit the last time comes before more is taken.
      const bool holds_some = full_ && !unpacker_->at_frame_end();
      if (begin_ == end_ && !holds_some && !TRY(fill())) break;
      auto step = unpacker_->unpack({buffer_.data() + begin_, end_ - begin_}, out + given,
                                    size - given);
      if (!step) {
        return Error(ErrorKind::kCorrupt, 1519, fmt::format("{} cannot be unpacked", path_))
            .caused_by(std::move(step).error());
      }
      full_ = step->given == size - given;
      begin_ += step->taken;
      given += step->given;
      if (step->taken == 0 && step->given == 0 && begin_ < end_) {
        return Error(ErrorKind::kCorrupt, 1519, fmt::format("{} cannot be unpacked", path_))
            .detail("Its packed bytes lead nowhere.");
      }
    }
    return given;
  }
  Result<io::FileInfo> info() override { return file_->info(); }
  Result<std::string> head(size_t size) override { return head_of(*file_, size); }

  Status skip(uint64_t bytes) {
    std::string scratch(256 << 10, '\0');
    while (bytes > 0) {
      const size_t got = TRY(
          read(scratch.data(), static_cast<size_t>(std::min<uint64_t>(bytes, scratch.size()))));
      if (got == 0) {
        return Error(ErrorKind::kInvalidData, 1515,
                     fmt::format("{} ends before the place where reading stopped", path_));
      }
      bytes -= got;
    }
    return {};
  }

 private:
  Result<bool> fill() {
    buffer_.resize(kPackedChunk);
    begin_ = 0;
    end_ = TRY(file_->read_at(file_offset_, buffer_.data(), buffer_.size()));
    file_offset_ += end_;
    if (end_ == 0 && !unpacker_->at_frame_end()) {
      return Error(ErrorKind::kCorrupt, 1519, fmt::format("{} breaks off", path_))
          .detail("The packed data ends in the middle of a frame.");
    }
    return end_ > 0;
  }

  static constexpr size_t kPackedChunk = 128 << 10;
  std::unique_ptr<io::File> file_;
  std::unique_ptr<Unpacker> unpacker_;
  std::string path_;
  std::string buffer_;   // [begin_, end_) is packed and not taken yet
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t file_offset_ = 0;
  bool full_ = false;    // the last step filled its room: the unpacker may hold more
};

}  // namespace

bool is_compressed(std::string_view path) {
  return path.ends_with(".zst") || path.ends_with(".gz") || path.ends_with(".lz4");
}

Result<std::unique_ptr<ByteSource>> open_bytes(io::FileSystem& files, const std::string& path,
                                               uint64_t offset) {
  auto file = TRY(files.open(path, io::OpenMode::kRead));
  if (is_compressed(path)) {
    auto packed = std::make_unique<PackedBytes>(std::move(file), TRY(make_unpacker(path)), path);
    TRY_VOID(packed->skip(offset));
    return std::unique_ptr<ByteSource>(std::move(packed));
  }
  return std::unique_ptr<ByteSource>(std::make_unique<PlainBytes>(std::move(file), offset));
}

}  // namespace weir::connect
