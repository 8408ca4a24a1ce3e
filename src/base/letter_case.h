// Letters of ASCII in lower case, for names that are compared without it; other bytes stay. What
// the C library does depends on a locale, which no name of ours may.
#pragma once
#include <string>
#include <string_view>

namespace weir {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

}  // namespace weir
