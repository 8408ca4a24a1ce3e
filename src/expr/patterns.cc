// LIKE and ILIKE.
#include <fmt/core.h>

#include "expr/kernel.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

bool same_character(std::string_view s, size_t i, std::string_view p, size_t j, bool fold) {
  const uint32_t a = code_point(s, i);
  const uint32_t b = code_point(p, j);
  return fold ? to_lower(a) == to_lower(b) : a == b;
}

// Greedy matching with one point to come back to, the last %: linear in practice, never
// exponential.
bool like(std::string_view s, std::string_view p, bool fold, Row& row) {
  size_t i = 0;
  size_t j = 0;
  size_t star = std::string_view::npos;
  size_t star_i = 0;
  while (true) {
    if (j < p.size() && p[j] == '%') {
      star = ++j;
      star_i = i;
      continue;
    }
    if (i == s.size()) {
      return j == p.size();
    }
    bool matched = false;
    size_t next_j = j;
    if (j < p.size()) {
      size_t at = j;
      if (p[j] == '\\') {
        if (j + 1 == p.size()) {
          row.fail("22025", "LIKE pattern must not end with escape character");
          return false;
        }
        at = j + 1;
        matched = same_character(s, i, p, at, fold);
      } else {
        matched = p[j] == '_' || same_character(s, i, p, j, fold);
      }
      next_j = at + character_bytes(p, at);
    }
    if (matched) {
      i += character_bytes(s, i);
      j = next_j;
    } else if (star != std::string_view::npos) {
      star_i += character_bytes(s, star_i);
      i = star_i;
      j = star;
    } else {
      return false;
    }
  }
}

template <bool kFold, bool kNegated>
ColumnPtr like_kernel(const KernelCall& c) {
  return map<uint8_t>(c, [&](uint32_t i, Row& row) -> uint8_t {
    return like(c.args[0]->text(i), c.args[1]->text(i), kFold, row) != kNegated;
  });
}

// LIKE ... ESCAPE: the pattern with a backslash for its escape character.
ColumnPtr like_escape(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view pattern = c.args[0]->text(i);
    const std::string_view escape = c.args[1]->text(i);
    if (character_count(escape) > 1) return row.fail("22025", "invalid escape string");
    bool escaped = false;
    for (size_t at = 0; at < pattern.size(); at += character_bytes(pattern, at)) {
      const std::string_view character = pattern.substr(at, character_bytes(pattern, at));
      if (character == escape && !escaped) {
        out.push_back('\\');
        escaped = true;
        continue;
      }
      if (character == "\\" && !escaped) out.push_back('\\');
      out += character;
      escaped = false;
    }
  });
}

void add(FunctionList& out, std::string_view name, std::vector<Type> args, Type result,
         Kernel kernel, std::string_view summary) {
  out.push_back({.name = name, .args = std::move(args), .result = result, .kernel = kernel,
                 .summary = summary, .group = "pattern matching"});
}

}  // namespace

void add_patterns(FunctionList& out) {
  for (const Type text : {Type(kText), Type(kBpchar)}) {  // char(n) with its blanks
    add(out, "~~", {text, kText}, kBool, like_kernel<false, false>, "LIKE");
    add(out, "!~~", {text, kText}, kBool, like_kernel<false, true>, "NOT LIKE");
    add(out, "~~*", {text, kText}, kBool, like_kernel<true, false>, "ILIKE");
    add(out, "!~~*", {text, kText}, kBool, like_kernel<true, true>, "NOT ILIKE");
  }
  add(out, "like_escape", {kText, kText}, kText, like_escape,
      "the pattern of LIKE ... ESCAPE, with backslashes");
  add_regular_expressions(out);
  add_similar(out);
}

}  // namespace weir::expr
