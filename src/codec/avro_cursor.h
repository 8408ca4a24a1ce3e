// A place in Avro's binary form. It never reads past its end: a read that cannot be answers false.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::codec {

struct AvroCursor {
  const char* at = nullptr;
  const char* end = nullptr;

  explicit AvroCursor(std::string_view bytes)
      : at(bytes.data()), end(bytes.data() + bytes.size()) {}
  size_t left() const { return static_cast<size_t>(end - at); }

  // A zig-zag varint of at most ten bytes; false: it does not end, or does not fit 64 bits.
  bool take_long(int64_t* out) {
    uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at == end) return false;
      const auto byte = static_cast<uint8_t>(*at++);
      if (shift == 63 && byte > 1) return false;
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        *out = static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
        return true;
      }
    }
    return false;
  }
  bool take(uint64_t size, std::string_view* out) {
    if (size > left()) return false;
    *out = std::string_view(at, size);
    at += size;
    return true;
  }
  bool take_sized(std::string_view* out) {  // string and bytes
    int64_t size;
    return take_long(&size) && size >= 0 && take(static_cast<uint64_t>(size), out);
  }
  template <class T>
  bool take_fixed(T* out) {  // little-endian, as this machine
    std::string_view bytes;
    if (!take(sizeof(T), &bytes)) return false;
    std::memcpy(out, bytes.data(), sizeof(T));
    return true;
  }
};

}  // namespace weir::codec
