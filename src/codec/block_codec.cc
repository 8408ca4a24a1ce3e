// Snappy is read by our own few lines (format: google/snappy, format_description.txt), followed in
// Avro by the CRC-32 of what was packed.
#include "codec/block_codec.h"

#include <cstring>

#include <zlib.h>
#include <zstd.h>

namespace weir::codec {

namespace {

bool inflate_raw(std::string_view packed, size_t max_bytes, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int state = Z_OK;
  while (state == Z_OK && out.size() <= max_bytes) {
    const size_t before = out.size();
    const size_t room = std::max<size_t>(4 * packed.size(), 4096);
    out.resize(before + room);
    stream.next_out = reinterpret_cast<Bytef*>(out.data()) + before;
    stream.avail_out = static_cast<uInt>(room);
    state = inflate(&stream, Z_NO_FLUSH);
    if (stream.avail_out <= room) out.resize(before + room - stream.avail_out);
    if (state == Z_OK && stream.avail_in == 0 && stream.avail_out > 0) break;  // cut off
  }
  inflateEnd(&stream);
  return state == Z_STREAM_END && out.size() <= max_bytes;
}

bool unpack_zstandard(std::string_view packed, size_t max_bytes, std::string& out) {
  ZSTD_DStream* stream = ZSTD_createDStream();
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  size_t state = 1;
  while (out.size() <= max_bytes) {
    const size_t before = out.size();
    out.resize(before + ZSTD_DStreamOutSize());
    ZSTD_outBuffer to{out.data() + before, ZSTD_DStreamOutSize(), 0};
    state = ZSTD_decompressStream(stream, &to, &in);
    out.resize(before + to.pos);
    if (ZSTD_isError(state) != 0) break;
    if (in.pos == in.size && to.pos < to.size) break;
  }
  ZSTD_freeDStream(stream);
  return state == 0 && in.pos == in.size && out.size() <= max_bytes;
}

class SnappyReader {
 public:
  SnappyReader(std::string_view in, std::string& out) : in_(in), out_(out) {}

  bool read(size_t max_bytes) {
    size_t size = 0;
    int shift = 0;
    for (uint8_t byte = 0x80; (byte & 0x80) != 0; shift += 7) {
      if (in_.empty() || shift > 28) return false;
      byte = take();
      size |= static_cast<size_t>(byte & 0x7f) << shift;
    }
    if (size > max_bytes) return false;
    out_.reserve(size);
    while (!in_.empty()) {
      const uint8_t tag = take();
      if (!((tag & 3) == 0 ? literal(tag) : copy(tag)) || out_.size() > size) return false;
    }
    return out_.size() == size;
  }

 private:
  uint8_t take() {
    const auto byte = static_cast<uint8_t>(in_[0]);
    in_.remove_prefix(1);
    return byte;
  }
  bool number(size_t bytes, size_t* out) {
    if (in_.size() < bytes) return false;
    *out = 0;
    for (size_t i = 0; i < bytes; ++i) *out |= static_cast<size_t>(take()) << (8 * i);
    return true;
  }
  bool literal(uint8_t tag) {
    size_t size = tag >> 2;
    if (size >= 60 && !number(size - 59, &size)) return false;
    ++size;
    if (in_.size() < size) return false;
    out_.append(in_.substr(0, size));
    in_.remove_prefix(size);
    return true;
  }
  bool copy(uint8_t tag) {
    size_t size = (tag >> 2) + 1;
    size_t back = 0;
    if ((tag & 3) == 1) {
      if (!number(1, &back)) return false;
      size = ((tag >> 2) & 7) + 4;
      back |= static_cast<size_t>(tag >> 5) << 8;
    } else if (!number((tag & 3) == 2 ? 2 : 4, &back)) {
      return false;
    }
    if (back == 0 || back > out_.size()) return false;
    for (size_t i = 0; i < size; ++i) out_.push_back(out_[out_.size() - back]);
    return true;
  }

  std::string_view in_;
  std::string& out_;
};

bool unpack_snappy(std::string_view packed, size_t max_bytes, std::string& out) {
  if (packed.size() < 4) return false;
  const std::string_view check = packed.substr(packed.size() - 4);
  packed.remove_suffix(4);
  if (!SnappyReader(packed, out).read(max_bytes)) return false;
  uint32_t wanted = 0;
  for (const char c : check) wanted = (wanted << 8) | static_cast<uint8_t>(c);
  return crc32(0, reinterpret_cast<const Bytef*>(out.data()), static_cast<uInt>(out.size())) ==
         wanted;
}

}  // namespace

std::optional<BlockCodec> block_codec_of(std::string_view name) {
  if (name.empty() || name == "null") return BlockCodec::kNull;
  if (name == "deflate") return BlockCodec::kDeflate;
  if (name == "snappy") return BlockCodec::kSnappy;
  if (name == "zstandard") return BlockCodec::kZstandard;
  return std::nullopt;
}

bool unpack_block(BlockCodec codec, std::string_view packed, size_t max_bytes, std::string& out) {
  out.clear();
  switch (codec) {
    case BlockCodec::kNull: out.assign(packed); return packed.size() <= max_bytes;
    case BlockCodec::kDeflate: return inflate_raw(packed, max_bytes, out);
    case BlockCodec::kSnappy: return unpack_snappy(packed, max_bytes, out);
    case BlockCodec::kZstandard: return unpack_zstandard(packed, max_bytes, out);
  }
  return false;
}

}  // namespace weir::codec
