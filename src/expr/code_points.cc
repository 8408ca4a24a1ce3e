// unistr: characters written as their code points, \XXXX, \+XXXXXX, \uXXXX and \UXXXXXXXX. Code
// points beyond 16 bits may be written as a pair of surrogates.
#include <charconv>

#include <fmt/core.h>

#include "expr/kernel.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

constexpr const char* kBadEscape = "invalid Unicode escape";
constexpr const char* kBadPair = "invalid Unicode surrogate pair";

// The code point of the escape at `at`, a backslash, which it steps behind; nullopt: none.
std::optional<uint32_t> read_escape(std::string_view text, size_t& at) {
  const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
  const size_t prefix = kind == 'u' || kind == 'U' || kind == '+' ? 2 : 1;
  const size_t digits = kind == 'U' ? 8 : kind == '+' ? 6 : 4;
  const std::string_view hex = text.substr(std::min(at + prefix, text.size()), digits);
  uint32_t code = 0;
  const auto parsed = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
  const bool whole = hex.size() == digits && parsed.ptr == hex.data() + hex.size();
  if (!whole || parsed.ec != std::errc()) return std::nullopt;
  at += prefix + digits;
  return code;
}

bool is_high(uint32_t code) { return code >= 0xd800 && code < 0xdc00; }
bool is_low(uint32_t code) { return code >= 0xdc00 && code < 0xe000; }

void put_unescaped(std::string_view text, Row& row, std::string& out) {
  uint32_t high = 0;  // the first half of a pair
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '\\' || text.substr(at, 2) == "\\\\") {
      if (high) return row.fail("42601", kBadPair);
      out.push_back(text[at]);
      at += text[at] == '\\' ? 2 : 1;
      continue;
    }
    std::optional<uint32_t> code = read_escape(text, at);
    if (!code) return row.fail("42601", kBadEscape);
    if (*code == 0 || *code > 0x10ffff) {
      return row.fail("22023", fmt::format("invalid Unicode code point: {:04X}", *code));
    }
    if ((high != 0) != is_low(*code)) return row.fail("42601", kBadPair);
    if (high) code = 0x10000 + ((high - 0xd800) << 10) + (*code - 0xdc00);
    high = is_high(*code) ? *code : 0;
    if (!high) put_code_point(out, *code);
  }
  if (high) row.fail("42601", kBadPair);
}

}  // namespace

void add_code_points(FunctionList& out) {
  FunctionGroup add(out, "string");
  add("unistr", {kText}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row& row, std::string& text) {
      put_unescaped(c.args[0]->text(i), row, text);
    });
  }, "characters written as \\XXXX, \\+XXXXXX, \\uXXXX or \\UXXXXXXXX");
}

}  // namespace weir::expr
