// Reading and writing bytes of the wire and disk formats: little-endian (weir's own) and big-endian
// (Kafka, PostgreSQL) integers, LEB128 varints and Kafka's zig-zag varints.
// A reader never runs past its end: it turns bad and answers zeroes; ask ok() once at the end.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace weir {

template <class Int>
constexpr Int byte_swap(Int v) {
  if constexpr (sizeof(Int) == 1) return v;
  if constexpr (sizeof(Int) == 2) return static_cast<Int>(__builtin_bswap16(v));
  if constexpr (sizeof(Int) == 4) return static_cast<Int>(__builtin_bswap32(v));
  if constexpr (sizeof(Int) == 8) return static_cast<Int>(__builtin_bswap64(v));
}

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}
  template <class Int>
  void le(Int v) {
    out_.append(reinterpret_cast<const char*>(&v), sizeof v);
  }
  template <class Int>
  void be(Int v) {
    le(byte_swap(v));
  }
  void varint(uint64_t v) {
    while (v >= 0x80) {
      out_.push_back(static_cast<char>(v | 0x80));
      v >>= 7;
    }
    out_.push_back(static_cast<char>(v));
  }
  void zigzag(int64_t v) {
    varint((static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63));
  }
  void raw(std::string_view bytes) { out_.append(bytes); }
  void string(std::string_view bytes) {  // varint length, then the bytes
    varint(bytes.size());
    raw(bytes);
  }
  size_t size() const { return out_.size(); }
  std::string& out() { return out_; }

 private:
  std::string& out_;
};

class ByteReader {
 public:
  explicit ByteReader(std::string_view in) : in_(in) {}
  template <class Int>
  Int le() {
    Int v{};
    if (in_.size() - at_ < sizeof v) return fail(), v;
    std::memcpy(&v, in_.data() + at_, sizeof v);
    at_ += sizeof v;
    return v;
  }
  template <class Int>
  Int be() {
    return byte_swap(le<Int>());
  }
  uint64_t varint() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = le<uint8_t>();
      if (!ok_) return 0;
      v |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return v;
    }
    return fail(), 0;
  }
  int64_t zigzag() {
    const uint64_t v = varint();
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }
  std::string_view raw(size_t n) {
    if (in_.size() - at_ < n) return fail(), std::string_view();
    at_ += n;
    return in_.substr(at_ - n, n);
  }
  std::string_view string() { return raw(varint()); }
  void fail() {
    ok_ = false;
    at_ = in_.size();
  }
  bool ok() const { return ok_; }
  bool at_end() const { return at_ == in_.size(); }
  size_t position() const { return at_; }
  size_t remaining() const { return in_.size() - at_; }

 private:
  std::string_view in_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace weir
