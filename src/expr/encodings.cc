// Bytes as text and back (hex, base64, escape), conversion of character sets, and digests.
#include <openssl/evp.h>

#include <fmt/core.h>

#include "expr/kernel.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
std::string lowered(std::string_view text) {
  std::string out;
  put_mapped(text, to_lower, out);
  return out;
}

void put_hex(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    out.push_back(kHexDigits[static_cast<uint8_t>(c) >> 4]);
    out.push_back(kHexDigits[static_cast<uint8_t>(c) & 15]);
  }
}

// Lines of 76 characters.
void put_base64(std::string_view bytes, std::string& out) {
  const size_t begin = out.size();
  size_t line = begin;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0);
    }
    const size_t have = std::min<size_t>(bytes.size() - i, 3);
    for (size_t k = 0; k < 4; ++k) {
      out.push_back(k <= have ? kBase64[group >> (18 - 6 * k) & 63] : '=');
    }
    if (out.size() - line < 76) continue;
    out.push_back('\n');
    line = out.size();
  }
}

void put_escaped(std::string_view bytes, std::string& out) {
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (byte == 0 || byte >= 0x80) {
      out += fmt::format("\\{:03o}", byte);
    } else {
      out.push_back(c);
    }
  }
}

std::string first_character(std::string_view text, size_t at) {
  return std::string(text.substr(at, character_bytes(text, at)));
}

void read_hex(std::string_view text, Row& row, std::string& out) {
  int high = -1;
  for (size_t i = 0; i < text.size(); ++i) {
    if (high < 0 && is_blank(text[i])) continue;
    const char c = text[i];
    const size_t digit = kHexDigits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
    if (digit == std::string_view::npos) {
      return row.fail("22023",
                      fmt::format("invalid hexadecimal digit: \"{}\"", first_character(text, i)));
    }
    if (high < 0) {
      high = static_cast<int>(digit);
    } else {
      out.push_back(static_cast<char>(high << 4 | static_cast<int>(digit)));
      high = -1;
    }
  }
  if (high >= 0) row.fail("22023", "invalid hexadecimal data: odd number of digits");
}

void read_base64(std::string_view text, Row& row, std::string& out) {
  uint32_t group = 0;
  size_t have = 0;
  size_t keep = 3;  // bytes of a group; fewer behind a =
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_blank(text[i])) continue;
    size_t digit = 0;
    if (text[i] == '=') {
      if (keep == 3 && have != 2 && have != 3) {
        return row.fail("22023", "unexpected \"=\" while decoding base64 sequence");
      }
      if (keep == 3) keep = have - 1;
    } else {
      digit = kBase64.find(text[i]);
      if (digit == std::string_view::npos) {
        return row.fail("22023",
                        fmt::format("invalid symbol \"{}\" found while decoding base64 sequence",
                                    first_character(text, i)));
      }
    }
    group = group << 6 | static_cast<uint32_t>(digit);
    if (++have < 4) continue;
    for (size_t k = 0; k < keep; ++k) out.push_back(static_cast<char>(group >> (16 - 8 * k)));
    group = 0;
    have = 0;
  }
  if (have != 0) row.fail("22023", "invalid base64 end sequence");
}

void read_escaped(std::string_view text, Row& row, std::string& out) {
  const auto octal = [&](size_t i, char most) {
    return i < text.size() && text[i] >= '0' && text[i] <= most;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
    } else if (text.substr(i, 2) == "\\\\") {
      out.push_back('\\');
      ++i;
    } else if (octal(i + 1, '3') && octal(i + 2, '7') && octal(i + 3, '7')) {
      out.push_back(static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
                                      (text[i + 3] - '0')));
      i += 3;
    } else {
      return row.fail("22P02", "invalid input syntax for type bytea");
    }
  }
}

struct Form {
  std::string_view name;
  void (*put)(std::string_view bytes, std::string& out);
  void (*read)(std::string_view text, Row& row, std::string& out);
};
constexpr Form kForms[] = {{"hex", put_hex, read_hex},
                           {"base64", put_base64, read_base64},
                           {"escape", put_escaped, read_escaped}};

const Form* form_of(std::string_view name, Row& row) {
  const std::string low = lowered(name);
  for (const Form& form : kForms) {
    if (form.name == low) return &form;
  }
  row.fail("22023", fmt::format("unrecognized encoding: \"{}\"", name));
  return nullptr;
}

ColumnPtr encode(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (const Form* form = form_of(c.args[1]->text(i), row)) form->put(c.args[0]->text(i), out);
  });
}

ColumnPtr decode(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (const Form* form = form_of(c.args[1]->text(i), row)) {
      form->read(c.args[0]->text(i), row, out);
    }
  });
}

// Character sets

enum class Charset : uint8_t { kUtf8, kLatin1, kOther, kNone };

Charset charset_of(std::string_view name) {
  std::string bare;
  for (const char c : lowered(name)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) bare.push_back(c);
  }
  if (bare == "utf8" || bare == "unicode") return Charset::kUtf8;
  if (bare == "latin1" || bare == "iso88591") return Charset::kLatin1;
  for (const std::string_view family : {"win", "iso8859", "latin", "koi8", "euc", "big5", "gb",
                                        "sjis", "shiftjis", "uhc", "johab", "sqlascii", "mule",
                                        "tcvn", "abc", "alt", "mskanji", "vscii", "windows"}) {
    if (bare.starts_with(family)) return Charset::kOther;
  }
  return Charset::kNone;
}

Charset charset_of(std::string_view name, const char* which, Row& row) {
  const Charset set = charset_of(name);
  if (set == Charset::kOther) {
    row.fail("0A000", fmt::format("the encoding \"{}\" is not supported yet", name));
  } else if (set == Charset::kNone) {
    row.fail("22023", fmt::format("invalid {} encoding name \"{}\"", which, name));
  }
  return set;
}

// Bytes of the character at `at`; 0: it is not valid UTF-8 (nor is NUL, which text cannot have).
size_t valid_character(std::string_view s, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(s[at + i]); };
  if (byte(0) == 0) return 0;
  if (byte(0) < 0x80) return 1;
  const size_t bytes = byte(0) < 0xc2 ? 0 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
  if (bytes == 0 || byte(0) > 0xf4 || at + bytes > s.size()) return 0;
  for (size_t k = 1; k < bytes; ++k) {
    if ((byte(k) & 0xc0) != 0x80) return 0;
  }
  const uint32_t code = code_point(s, at);
  const bool shortest = bytes != 3 || code >= 0x800;
  const bool in_range = bytes != 4 || (code >= 0x10000 && code <= 0x10ffff);
  return shortest && in_range && (code < 0xd800 || code > 0xdfff) ? bytes : 0;
}

std::string hex_list(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += fmt::format("{}0x{:02x}", out.empty() ? "" : " ", static_cast<uint8_t>(c));
  }
  return out;
}

bool check_utf8(std::string_view s, Row& row) {
  for (size_t at = 0; at < s.size();) {
    const size_t bytes = valid_character(s, at);
    if (bytes == 0) {
      const std::string_view bad = s.substr(at, character_bytes(s, at));
      row.fail("22021",
               fmt::format("invalid byte sequence for encoding \"UTF8\": {}", hex_list(bad)));
      return false;
    }
    at += bytes;
  }
  return true;
}

void latin1_to_utf8(std::string_view s, Row& row, std::string& out) {
  for (const char c : s) {
    if (c == '\0') return row.fail("22021", "invalid byte sequence for encoding \"LATIN1\": 0x00");
    put_code_point(out, static_cast<uint8_t>(c));
  }
}

void utf8_to_latin1(std::string_view s, Row& row, std::string& out) {
  for (size_t at = 0; at < s.size(); at += character_bytes(s, at)) {
    const uint32_t code = code_point(s, at);
    if (code > 0xff) {
      const std::string_view character = s.substr(at, character_bytes(s, at));
      return row.fail("22P05", fmt::format("character with byte sequence {} in encoding \"UTF8\" "
                                           "has no equivalent in encoding \"LATIN1\"",
                                           hex_list(character)));
    }
    out.push_back(static_cast<char>(code));
  }
}

struct Conversion {
  Charset from;
  Charset to;
};

void convert(std::string_view s, Conversion how, Row& row, std::string& out) {
  const auto [from, to] = how;
  if (row.failed()) return;
  if (from == Charset::kUtf8 && !check_utf8(s, row)) return;
  if (from == to) {
    out += s;
  } else if (from == Charset::kLatin1) {
    latin1_to_utf8(s, row, out);
  } else {
    utf8_to_latin1(s, row, out);
  }
}

ColumnPtr convert_from(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Charset from = charset_of(c.args[1]->text(i), "source", row);
    convert(c.args[0]->text(i), {from, Charset::kUtf8}, row, out);
  });
}

ColumnPtr convert_to(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Charset to = charset_of(c.args[1]->text(i), "destination", row);
    convert(c.args[0]->text(i), {Charset::kUtf8, to}, row, out);
  });
}

ColumnPtr convert_between(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Charset from = charset_of(c.args[1]->text(i), "source", row);
    const Charset to = charset_of(c.args[2]->text(i), "destination", row);
    convert(c.args[0]->text(i), {from, to}, row, out);
  });
}

ColumnPtr length_in(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
    const std::string_view s = c.args[0]->text(i);
    const Charset set = charset_of(c.args[1]->text(i));
    if (set == Charset::kNone || set == Charset::kOther) {
      charset_of(c.args[1]->text(i), "source", row);
      return 0;
    }
    if (set == Charset::kLatin1) return static_cast<int32_t>(s.size());
    return check_utf8(s, row) ? static_cast<int32_t>(character_count(s)) : 0;
  });
}

// Digests

std::string digest(const EVP_MD* method, std::string_view bytes) {
  uint8_t out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), out, &size, method, nullptr);
  return {reinterpret_cast<const char*>(out), size};
}

ColumnPtr md5(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    put_hex(digest(EVP_md5(), c.args[0]->text(i)), out);
  });
}

template <const EVP_MD* (*kMethod)()>
ColumnPtr sha(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    out += digest(kMethod(), c.args[0]->text(i));
  });
}

}  // namespace

void add_encodings(FunctionList& out) {
  FunctionGroup add(out, "bytea");
  add("encode", {kBytea, kText}, kText, encode, "as text: hex, base64 or escape");
  add("decode", {kText, kText}, kBytea, decode, "from text: hex, base64 or escape");
  add("convert_from", {kBytea, kText}, kText, convert_from, "text from UTF8 or LATIN1");
  add("convert_to", {kText, kText}, kBytea, convert_to, "text in UTF8 or LATIN1");
  add("convert", {kBytea, kText, kText}, kBytea, convert_between, "between UTF8 and LATIN1");
  add("length", {kBytea, kText}, kInt4, length_in, "number of characters in an encoding");
  add("md5", {kText}, kText, md5, "MD5 in hexadecimal");
  add("md5", {kBytea}, kText, md5, "MD5 in hexadecimal");
  add("sha224", {kBytea}, kBytea, sha<EVP_sha224>, "SHA-224");
  add("sha256", {kBytea}, kBytea, sha<EVP_sha256>, "SHA-256");
  add("sha384", {kBytea}, kBytea, sha<EVP_sha384>, "SHA-384");
  add("sha512", {kBytea}, kBytea, sha<EVP_sha512>, "SHA-512");
}

}  // namespace weir::expr
