#include "base/hash.h"

#include <cstring>
#include <nmmintrin.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace weir {

uint64_t hash64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

uint64_t hash64(const void* data, size_t size, uint64_t seed) {
  return XXH3_64bits_withSeed(data, size, seed);
}

// SSE4.2 has the Castagnoli polynomial in hardware; weir is built for x86-64-v2, which includes it.
uint32_t crc32c(std::string_view bytes, uint32_t initial) {
  uint64_t crc = ~initial;
  const char* p = bytes.data();
  size_t n = bytes.size();
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word;
    std::memcpy(&word, p, 8);
    crc = _mm_crc32_u64(crc, word);
  }
  uint32_t narrow = static_cast<uint32_t>(crc);
  for (; n > 0; --n, ++p) narrow = _mm_crc32_u8(narrow, static_cast<uint8_t>(*p));
  return ~narrow;
}

}  // namespace weir
