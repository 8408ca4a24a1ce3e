// Hashes and checksums. hash64 is XXH3: it is written to disk (virtual partitions, sub-plan
// hashes), so a test pins its values. crc32c is Castagnoli's, as Kafka's record batches carry it.
#pragma once
#include <cstdint>
#include <string_view>

namespace weir {

uint64_t hash64(std::string_view bytes);
uint64_t hash64(const void* data, size_t size, uint64_t seed);
uint32_t crc32c(std::string_view bytes, uint32_t initial = 0);

inline uint64_t mix64(uint64_t x) {  // one word; for tables in memory only
  x ^= x >> 32;
  x *= 0xe9846af9b1a615dULL;
  x ^= x >> 32;
  x *= 0xe9846af9b1a615dULL;
  x ^= x >> 28;
  return x;
}

}  // namespace weir
