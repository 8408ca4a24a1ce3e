// char(n): text that is filled up with blanks to n characters. The blanks at its end are kept and
// printed, but mean nothing: they do not count in comparisons, and a cast to text drops them.
#pragma once
#include <string>
#include <string_view>

namespace weir {

inline std::string_view without_pad(std::string_view text) {
  const size_t last = text.find_last_not_of(' ');
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// length < 0: as it is.
inline std::string padded(std::string_view text, int length) {
  int characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  std::string out(text);
  if (characters < length) out.append(static_cast<size_t>(length - characters), ' ');
  return out;
}

}  // namespace weir
