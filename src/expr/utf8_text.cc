#include "expr/utf8_text.h"

namespace weir::expr {

uint32_t code_point(std::string_view s, size_t at) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<uint8_t>(s[at + i]));
  };
  switch (character_bytes(s, at)) {
    case 1: return byte(0);
    case 2: return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3: return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 |
             (byte(3) & 0x3f);
  }
}

void put_code_point(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xc0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | c >> 12));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | c >> 18));
    out.push_back(static_cast<char>(0x80 | (c >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

namespace {
bool in(uint32_t c, uint32_t low, uint32_t high) { return c >= low && c <= high; }
// Latin Extended-A: pairs of upper and lower; in two stretches the upper one is odd.
bool odd_is_upper(uint32_t c) { return in(c, 0x139, 0x148) || in(c, 0x179, 0x17e); }
bool is_paired(uint32_t c) {
  return in(c, 0x100, 0x17e) && c != 0x130 && c != 0x131 && c != 0x138 && c != 0x149 && c != 0x178;
}
}  // namespace

uint32_t to_lower(uint32_t c) {
  if (c < 0x80) return in(c, 'A', 'Z') ? c + 32 : c;
  if (in(c, 0xc0, 0xde) && c != 0xd7) return c + 32;
  if (is_paired(c)) return (c % 2 == 1) == odd_is_upper(c) ? c + 1 : c;
  if (c == 0x178) return 0xff;
  if (in(c, 0x391, 0x3ab) && c != 0x3a2) return c + 32;
  if (in(c, 0x410, 0x42f)) return c + 32;
  if (in(c, 0x400, 0x40f)) return c + 80;
  return c;
}

uint32_t to_upper(uint32_t c) {
  if (c < 0x80) return in(c, 'a', 'z') ? c - 32 : c;
  if (in(c, 0xe0, 0xfe) && c != 0xf7) return c - 32;
  if (c == 0xff) return 0x178;
  if (is_paired(c)) return (c % 2 == 1) == odd_is_upper(c) ? c : c - 1;
  if (in(c, 0x3b1, 0x3cb)) return c == 0x3c2 ? 0x3a3 : c - 32;
  if (in(c, 0x430, 0x44f)) return c - 32;
  if (in(c, 0x450, 0x45f)) return c - 80;
  return c;
}

bool is_alphanumeric(uint32_t c) {
  if (c < 0x80) return in(c, '0', '9') || in(c | 32, 'a', 'z');
  return c >= 0xc0 && c != 0xd7 && c != 0xf7;
}

void put_mapped(std::string_view s, uint32_t (*map)(uint32_t), std::string& out) {
  out.reserve(out.size() + s.size());
  for (size_t i = 0; i < s.size(); i += character_bytes(s, i)) {
    put_code_point(out, map(code_point(s, i)));
  }
}

}  // namespace weir::expr
