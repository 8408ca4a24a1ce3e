#include "connect/file/unpack.h"

#include <lz4frame.h>
#include <zlib.h>
#include <zstd.h>

#include <fmt/core.h>

namespace weir::connect {

namespace {

Error damaged(std::string_view format, std::string_view why) {
  return Error(ErrorKind::kCorrupt, 1526, fmt::format("the {} data is damaged: {}", format, why));
}

class ZstdUnpacker final : public Unpacker {
 public:
  ZstdUnpacker() : context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}
  Result<Unpacked> unpack(std::string_view packed, char* out, size_t room) override {
    ZSTD_inBuffer input{packed.data(), packed.size(), 0};
    ZSTD_outBuffer output{out, room, 0};
    const size_t left = ZSTD_decompressStream(context_.get(), &output, &input);
    if (ZSTD_isError(left)) return damaged("zstd", ZSTD_getErrorName(left));
    at_end_ = left == 0;
    return Unpacked{input.pos, output.pos};
  }
  bool at_frame_end() const override { return at_end_; }

 private:
  std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context_;
  bool at_end_ = true;
};

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() { ready_ = inflateInit2(&stream_, 15 + 16) == Z_OK; }
  ~GzipUnpacker() override {
    if (ready_) inflateEnd(&stream_);
  }
  GzipUnpacker(const GzipUnpacker&) = delete;
  GzipUnpacker& operator=(const GzipUnpacker&) = delete;

  Result<Unpacked> unpack(std::string_view packed, char* out, size_t room) override {
    if (!ready_) return Error(ErrorKind::kOutOfMemory, 1527, "gzip cannot be set up");
    if (at_end_ && inflateReset(&stream_) != Z_OK) return damaged("gzip", "no new member");
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream_.avail_in = static_cast<uInt>(packed.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return damaged("gzip", stream_.msg ? stream_.msg : "not gzip");
    }
    at_end_ = code == Z_STREAM_END;
    return Unpacked{packed.size() - stream_.avail_in, room - stream_.avail_out};
  }
  bool at_frame_end() const override { return at_end_; }

 private:
  z_stream stream_{};
  bool ready_ = false;
  bool at_end_ = true;
};

class Lz4Unpacker final : public Unpacker {
 public:
  Lz4Unpacker() {
    ready_ = !LZ4F_isError(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION));
  }
  ~Lz4Unpacker() override {
    if (ready_) LZ4F_freeDecompressionContext(context_);
  }
  Lz4Unpacker(const Lz4Unpacker&) = delete;
  Lz4Unpacker& operator=(const Lz4Unpacker&) = delete;

  Result<Unpacked> unpack(std::string_view packed, char* out, size_t room) override {
    if (!ready_) return Error(ErrorKind::kOutOfMemory, 1527, "lz4 cannot be set up");
    size_t given = room;
    size_t taken = packed.size();
    const size_t left = LZ4F_decompress(context_, out, &given, packed.data(), &taken, nullptr);
    if (LZ4F_isError(left)) return damaged("lz4", LZ4F_getErrorName(left));
    at_end_ = left == 0;
    return Unpacked{taken, given};
  }
  bool at_frame_end() const override { return at_end_; }

 private:
  LZ4F_dctx* context_ = nullptr;
  bool ready_ = false;
  bool at_end_ = true;
};

}  // namespace

Result<std::unique_ptr<Unpacker>> make_unpacker(std::string_view path) {
  if (path.ends_with(".zst")) return std::unique_ptr<Unpacker>(std::make_unique<ZstdUnpacker>());
  if (path.ends_with(".gz")) return std::unique_ptr<Unpacker>(std::make_unique<GzipUnpacker>());
  if (path.ends_with(".lz4")) return std::unique_ptr<Unpacker>(std::make_unique<Lz4Unpacker>());
  return Error(ErrorKind::kNotSupported, 1516, fmt::format("cannot unpack {}", path));
}

}  // namespace weir::connect
