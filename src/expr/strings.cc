// String functions. Text is UTF-8; positions and lengths count characters. Case mapping covers
// ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic by rule; other letters stay as they are.
#include <fmt/core.h>

#include "data/text_form.h"
#include "expr/kernel.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

void add(FunctionList& out, std::string_view name, std::vector<Type> args, Type result,
         Kernel kernel, std::string_view summary) {
  out.push_back({.name = name, .args = std::move(args), .result = result, .kernel = kernel,
                 .summary = summary, .group = "string"});
}

std::string_view text_of(const KernelCall& c, size_t arg, uint32_t row) {
  return c.args[arg]->text(row);
}
int32_t int_of(const KernelCall& c, size_t arg, uint32_t row) {
  return c.args[arg]->value<int32_t>(row);
}

// From character `from` (1-based, may be below 1), `count` of them.
void put_substring(std::string_view s, int64_t from, std::optional<int64_t> count, Row& row,
                   std::string& out) {
  if (count && *count < 0) return row.fail("22011", "negative substring length not allowed");
  int64_t end = count ? from + *count : INT64_MAX;
  from = std::max<int64_t>(from, 1);
  if (end <= from) return;
  const size_t begin_byte = byte_of_character(s, static_cast<size_t>(from - 1));
  const std::string_view rest = s.substr(begin_byte);
  out += end == INT64_MAX
             ? rest
             : rest.substr(0, byte_of_character(rest, static_cast<size_t>(end - from)));
}

bool in_set(std::string_view set, std::string_view character) {
  for (size_t i = 0; i < set.size(); i += character_bytes(set, i)) {
    if (set.substr(i, character_bytes(set, i)) == character) return true;
  }
  return false;
}

std::string_view trimmed(std::string_view s, std::string_view set, bool left, bool right) {
  while (left && !s.empty() && in_set(set, s.substr(0, character_bytes(s, 0)))) {
    s.remove_prefix(character_bytes(s, 0));
  }
  while (right && !s.empty()) {
    size_t at = s.size() - 1;
    while (at > 0 && (static_cast<uint8_t>(s[at]) & 0xc0) == 0x80) --at;
    if (!in_set(set, s.substr(at))) break;
    s = s.substr(0, at);
  }
  return s;
}

template <bool kLeft, bool kRight>
ColumnPtr trim(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    out += trimmed(text_of(c, 0, i), c.args.size() > 1 ? text_of(c, 1, i) : " ", kLeft, kRight);
  });
}

template <bool kLeft>
ColumnPtr pad(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view s = text_of(c, 0, i);
    const std::string_view fill = c.args.size() > 2 ? text_of(c, 2, i) : " ";
    const auto want = static_cast<size_t>(std::max(int_of(c, 1, i), 0));
    if (want > 10'000'000) return row.fail("54000", "requested length too large");
    const size_t have = character_count(s);
    if (have >= want || fill.empty()) {
      out += s.substr(0, byte_of_character(s, std::min(have, want)));
      return;
    }
    std::string padding;
    for (size_t n = have, at = 0; n < want; ++n) {
      const size_t bytes = character_bytes(fill, at);
      padding += fill.substr(at, bytes);
      at += bytes;
      if (at >= fill.size()) at = 0;
    }
    if (kLeft) out += padding;
    out += s;
    if (!kLeft) out += padding;
  });
}

int32_t position_of(std::string_view needle, std::string_view s) {
  const size_t at = s.find(needle);
  return at == std::string_view::npos ? 0
                                      : static_cast<int32_t>(character_count(s.substr(0, at))) + 1;
}

void put_replaced(std::string_view s, std::string_view from, std::string_view to,
                  std::string& out) {
  if (from.empty()) return void(out += s);
  for (size_t at = 0;;) {
    const size_t found = s.find(from, at);
    if (found == std::string_view::npos) return void(out += s.substr(at));
    out += s.substr(at, found - at);
    out += to;
    at = found + from.size();
  }
}

void put_part(std::string_view s, std::string_view delimiter, int32_t n, Row& row,
              std::string& out) {
  if (n == 0) return row.fail("22023", "field position must not be zero");
  std::vector<std::string_view> parts;
  for (size_t at = 0; !s.empty();) {
    const size_t found = delimiter.empty() ? std::string_view::npos : s.find(delimiter, at);
    parts.push_back(s.substr(at, found == std::string_view::npos ? found : found - at));
    if (found == std::string_view::npos) break;
    at = found + delimiter.size();
  }
  const int64_t index = n > 0 ? int64_t{n} - 1 : static_cast<int64_t>(parts.size()) + n;
  if (index >= 0 && index < static_cast<int64_t>(parts.size()))
    out += parts[static_cast<size_t>(index)];
}

void put_reversed(std::string_view s, std::string& out) {
  for (size_t end = s.size(); end > 0;) {
    size_t at = end - 1;
    while (at > 0 && (static_cast<uint8_t>(s[at]) & 0xc0) == 0x80) --at;
    out += s.substr(at, end - at);
    end = at;
  }
}

void put_translated(std::string_view s, std::string_view from, std::string_view to,
                    std::string& out) {
  for (size_t i = 0; i < s.size(); i += character_bytes(s, i)) {
    const std::string_view character = s.substr(i, character_bytes(s, i));
    const size_t at = from.find(character);
    if (at == std::string_view::npos) {
      out += character;
      continue;
    }
    const size_t n = character_count(from.substr(0, at));
    const size_t byte = byte_of_character(to, n);
    if (byte < to.size()) out += to.substr(byte, character_bytes(to, byte));
  }
}

void put_initcap(std::string_view s, std::string& out) {
  bool inside = false;
  for (size_t i = 0; i < s.size();) {
    const size_t bytes = character_bytes(s, i);
    const uint32_t c = code_point(s, i);
    put_code_point(out, inside ? to_lower(c) : to_upper(c));
    inside = is_alphanumeric(c);
    i += bytes;
  }
}

// Text of any argument, as concat() and format() take it.
void put_any(const Column& column, uint32_t row, std::string& out) {
  append_text_form(out, column, row);
}

ColumnPtr concat(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row&, std::string& out) {
    for (const ColumnPtr& arg : c.args) {
      if (!arg->is_null(i)) put_any(*arg, i, out);
    }
  });
}

ColumnPtr concat_ws(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    if (c.args[0]->is_null(i)) return row.null();
    bool first = true;
    for (size_t k = 1; k < c.args.size(); ++k) {
      if (c.args[k]->is_null(i)) continue;
      if (!first) out += text_of(c, 0, i);
      first = false;
      put_any(*c.args[k], i, out);
    }
  });
}

void add_lengths(FunctionList& out) {
  for (const std::string_view name : {"length", "char_length", "character_length"}) {
    add(out, name, {kText}, kInt4, [](const KernelCall& c) {
      return map<int32_t>(c, [&](uint32_t i, Row&) {
        return static_cast<int32_t>(character_count(text_of(c, 0, i)));
      });
    }, "number of characters");
  }
  for (const Type type : {Type(kText), Type(kBytea), Type(kBpchar)}) {
    add(
        out, "octet_length", {type}, kInt4,
        [](const KernelCall& c) {
          return map<int32_t>(
              c, [&](uint32_t i, Row&) { return static_cast<int32_t>(text_of(c, 0, i).size()); });
        },
        "number of bytes");
    if (type != kBpchar) add(
        out, "bit_length", {type}, kInt4,
        [](const KernelCall& c) {
          return map<int32_t>(c, [&](uint32_t i, Row&) {
            return static_cast<int32_t>(text_of(c, 0, i).size() * 8);
          });
        },
        "number of bits");
  }
  add(
      out, "length", {kBytea}, kInt4,
      [](const KernelCall& c) {
        return map<int32_t>(
            c, [&](uint32_t i, Row&) { return static_cast<int32_t>(text_of(c, 0, i).size()); });
      },
      "number of bytes");
  add(
      out, "position", {kText, kText}, kInt4,
      [](const KernelCall& c) {
        return map<int32_t>(
            c, [&](uint32_t i, Row&) { return position_of(text_of(c, 1, i), text_of(c, 0, i)); });
      },
      "where the second stands in the first, from 1; 0: nowhere");
  add(
      out, "strpos", {kText, kText}, kInt4,
      [](const KernelCall& c) {
        return map<int32_t>(
            c, [&](uint32_t i, Row&) { return position_of(text_of(c, 1, i), text_of(c, 0, i)); });
      },
      "where the second stands in the first, from 1; 0: nowhere");
  add(
      out, "starts_with", {kText, kText}, kBool,
      [](const KernelCall& c) {
        return map<uint8_t>(c, [&](uint32_t i, Row&) -> uint8_t {
          return text_of(c, 0, i).starts_with(text_of(c, 1, i));
        });
      },
      "whether the first begins with the second");
  add(out, "^@", {kText, kText}, kBool, [](const KernelCall& c) {
    return map<uint8_t>(c, [&](uint32_t i, Row&) -> uint8_t {
      return text_of(c, 0, i).starts_with(text_of(c, 1, i));
    });
  }, "whether the first begins with the second");
  add(out, "ascii", {kText}, kInt4, [](const KernelCall& c) {
    return map<int32_t>(c, [&](uint32_t i, Row&) {
      return text_of(c, 0, i).empty() ? 0 : static_cast<int32_t>(code_point(text_of(c, 0, i), 0));
    });
  }, "code of the first character");
}

ColumnPtr overlay(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view placed = text_of(c, 1, i);
    const int64_t from = int_of(c, 2, i);
    const int64_t count =
        c.args.size() > 3 ? int_of(c, 3, i) : static_cast<int64_t>(character_count(placed));
    if (from <= 0) return row.fail("22011", "negative substring length not allowed");
    if (from + count > INT32_MAX) return row.fail("22003", "integer out of range");
    put_substring(text_of(c, 0, i), 1, from - 1, row, out);
    out += placed;
    put_substring(text_of(c, 0, i), from + count, std::nullopt, row, out);
  });
}

void add_case(FunctionList& out) {
  add(
      out, "lower", {kText}, kText,
      [](const KernelCall& c) {
        return map_text(c, [&](uint32_t i, Row&, std::string& o) {
          put_mapped(text_of(c, 0, i), to_lower, o);
        });
      },
      "in lower case");
  add(
      out, "upper", {kText}, kText,
      [](const KernelCall& c) {
        return map_text(c, [&](uint32_t i, Row&, std::string& o) {
          put_mapped(text_of(c, 0, i), to_upper, o);
        });
      },
      "in upper case");
  add(out, "initcap", {kText}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row&, std::string& o) { put_initcap(text_of(c, 0, i), o); });
  }, "first letter of each word in upper case");
}

void add_parts(FunctionList& out) {
  for (const std::string_view name : {"substring", "substr"}) {
    add(out, name, {kText, kInt4}, kText, [](const KernelCall& c) {
      return map_text(c, [&](uint32_t i, Row& row, std::string& o) {
        put_substring(text_of(c, 0, i), int_of(c, 1, i), std::nullopt, row, o);
      });
    }, "from the n-th character on");
    add(out, name, {kText, kInt4, kInt4}, kText, [](const KernelCall& c) {
      return map_text(c, [&](uint32_t i, Row& row, std::string& o) {
        put_substring(text_of(c, 0, i), int_of(c, 1, i), int_of(c, 2, i), row, o);
      });
    }, "so many characters from the n-th on");
  }
  add(out, "overlay", {kText, kText, kInt4}, kText, overlay,
      "characters replaced from the n-th on");
  add(out, "overlay", {kText, kText, kInt4, kInt4}, kText, overlay,
      "so many characters replaced from the n-th on");
  add(out, "left", {kText, kInt4}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row& row, std::string& o) {
      const int64_t n = int_of(c, 1, i);
      const auto have = static_cast<int64_t>(character_count(text_of(c, 0, i)));
      put_substring(text_of(c, 0, i), 1, n >= 0 ? n : std::max<int64_t>(have + n, 0), row, o);
    });
  }, "the first n characters; n < 0: all but the last");
  add(out, "right", {kText, kInt4}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row& row, std::string& o) {
      const int64_t n = int_of(c, 1, i);
      const auto have = static_cast<int64_t>(character_count(text_of(c, 0, i)));
      // PostgreSQL takes everything where -n is no integer.
      const int64_t take = n == INT32_MIN ? have
                           : n >= 0       ? std::min(n, have)
                                          : std::max<int64_t>(have + n, 0);
      put_substring(text_of(c, 0, i), have - take + 1, take, row, o);
    });
  }, "the last n characters; n < 0: all but the first");
  add(out, "split_part", {kText, kText, kInt4}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row& row, std::string& o) {
      put_part(text_of(c, 0, i), text_of(c, 1, i), int_of(c, 2, i), row, o);
    });
  }, "the n-th field between delimiters");
  for (const std::string_view name : {"btrim"}) {
    add(out, name, {kText}, kText, trim<true, true>, "without blanks at both ends");
    add(out, name, {kText, kText}, kText, trim<true, true>,
        "without these characters at both ends");
  }
  add(out, "ltrim", {kText}, kText, trim<true, false>, "without blanks at the start");
  add(out, "ltrim", {kText, kText}, kText, trim<true, false>,
      "without these characters at the start");
  add(out, "rtrim", {kText}, kText, trim<false, true>, "without blanks at the end");
  add(out, "rtrim", {kText, kText}, kText, trim<false, true>,
      "without these characters at the end");
  add(out, "lpad", {kText, kInt4}, kText, pad<true>, "filled on the left to a length");
  add(out, "lpad", {kText, kInt4, kText}, kText, pad<true>, "filled on the left to a length");
  add(out, "rpad", {kText, kInt4}, kText, pad<false>, "filled on the right to a length");
  add(out, "rpad", {kText, kInt4, kText}, kText, pad<false>, "filled on the right to a length");
}

// What a cast to text answers.
void put_as_text(const Column& column, uint32_t row, std::string& out) {
  if (column.type().id != kBool) return append_text_form(out, column, row);
  out += column.value<uint8_t>(row) ? "true" : "false";
}

void add_builders(FunctionList& out) {
  add(out, "||", {kText, kText}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row&, std::string& o) {
      o += text_of(c, 0, i);
      o += text_of(c, 1, i);
    });
  }, "one behind the other");
  for (const bool text_first : {true, false}) {
    const TypeId first = text_first ? kText : kAnyNonArray;
    add(out, "||", {first, text_first ? kAnyNonArray : kText}, kText, [](const KernelCall& c) {
      return map_text(c, [&](uint32_t i, Row&, std::string& o) {
        put_as_text(*c.args[0], i, o);
        put_as_text(*c.args[1], i, o);
      });
    }, "concatenation with the text of a value");
  }
  add(out, "||", {kBytea, kBytea}, kBytea, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row&, std::string& o) {
      o += text_of(c, 0, i);
      o += text_of(c, 1, i);
    });
  }, "one behind the other");
  add(out, "replace", {kText, kText, kText}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row&, std::string& o) {
      put_replaced(text_of(c, 0, i), text_of(c, 1, i), text_of(c, 2, i), o);
    });
  }, "every occurrence replaced");
  add(out, "translate", {kText, kText, kText}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row&, std::string& o) {
      put_translated(text_of(c, 0, i), text_of(c, 1, i), text_of(c, 2, i), o);
    });
  }, "characters replaced one by one");
  add(out, "repeat", {kText, kInt4}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row& row, std::string& o) {
      const int64_t n = std::max(int_of(c, 1, i), 0);
      const std::string_view s = text_of(c, 0, i);
      if (n * static_cast<int64_t>(s.size()) > 64 << 20) {
        return row.fail("54000", "requested length too large");
      }
      for (int64_t k = 0; k < n; ++k) o += s;
    });
  }, "n times");
  add(
      out, "reverse", {kText}, kText,
      [](const KernelCall& c) {
        return map_text(
            c, [&](uint32_t i, Row&, std::string& o) { put_reversed(text_of(c, 0, i), o); });
      },
      "backwards");
}

void add_characters(FunctionList& out) {
  add(out, "chr", {kInt4}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row& row, std::string& o) {
      const int32_t code = int_of(c, 0, i);
      if (code < 0) return row.fail("22023", "character number must be positive");
      if (code == 0) return row.fail("54000", "null character not permitted");
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        return row.fail("54000",
                        fmt::format("requested character too large for encoding: {}", code));
      }
      put_code_point(o, static_cast<uint32_t>(code));
    });
  }, "the character of a code");
  add(out, "to_hex", {kInt4}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row&, std::string& o) {
      o += fmt::format("{:x}", static_cast<uint32_t>(int_of(c, 0, i)));
    });
  }, "in hexadecimal");
  add(out, "to_hex", {kInt8}, kText, [](const KernelCall& c) {
    return map_text(c, [&](uint32_t i, Row&, std::string& o) {
      o += fmt::format("{:x}", static_cast<uint64_t>(c.args[0]->value<int64_t>(i)));
    });
  }, "in hexadecimal");
  out.push_back({.name = "concat",
                 .args = {kUnknown},
                 .variadic = true,
                 .result = kText,
                 .strict = false,
                 .kernel = concat,
                 .summary = "the text of all arguments; NULLs are skipped",
                 .group = "string"});
  out.push_back({.name = "concat_ws", .args = {kText, kUnknown}, .variadic = true, .result = kText,
                 .strict = false, .kernel = concat_ws,
                 .summary = "the text of all arguments with a separator", .group = "string"});
}

}  // namespace

void add_strings(FunctionList& out) {
  add_lengths(out);
  add_case(out);
  add_parts(out);
  add_builders(out);
  add_characters(out);
}

}  // namespace weir::expr
