// Characters of valid UTF-8 text, and simple case mapping.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace weir::expr {

inline size_t character_bytes(std::string_view s, size_t at) {
  const auto lead = static_cast<uint8_t>(s[at]);
  const size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return bytes < s.size() - at ? bytes : s.size() - at;
}

inline size_t character_count(std::string_view s) {
  size_t n = 0;
  for (const char c : s) n += (static_cast<uint8_t>(c) & 0xc0) != 0x80;
  return n;
}

// Byte where the n-th character (from 0) begins; the size where there are fewer.
inline size_t byte_of_character(std::string_view s, size_t n) {
  size_t at = 0;
  while (n > 0 && at < s.size()) {
    at += character_bytes(s, at);
    --n;
  }
  return at;
}

uint32_t code_point(std::string_view s, size_t at);
void put_code_point(std::string& out, uint32_t code);
uint32_t to_lower(uint32_t code);
uint32_t to_upper(uint32_t code);
bool is_alphanumeric(uint32_t code);
void put_mapped(std::string_view s, uint32_t (*map)(uint32_t), std::string& out);

}  // namespace weir::expr
