// LIKE, ILIKE and functions of regular expressions (expr/regex.h).
#include <fmt/core.h>

#include "expr/kernel.h"
#include "expr/regex.h"
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

const Regex* usable(const Regex& regex, Row& row) {
  if (regex.ok()) return &regex;
  row.fail(regex.sqlstate(), regex.error());
  return nullptr;
}

template <bool kFold, bool kNegated>
ColumnPtr regex_kernel(const KernelCall& c) {
  RegexCache cache;
  return map<uint8_t>(c, [&](uint32_t i, Row& row) -> uint8_t {
    const Regex* regex = usable(cache.get(c.args[1]->text(i), kFold), row);
    return regex && regex->matches(c.args[0]->text(i)) != kNegated;
  });
}

// The first group where there is one, else the whole match; no match: NULL.
ColumnPtr regex_substring(const KernelCall& c) {
  RegexCache cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Regex* regex = usable(cache.get(c.args[1]->text(i), false), row);
    if (!regex) return;
    Regex::Groups groups;
    if (!regex->find(c.args[0]->text(i), 0, &groups)) return row.null();
    const std::string_view found = groups.size() > 1 ? groups[1] : groups[0];
    if (found.data() == nullptr) return row.null();
    out += found;
  });
}

void put_rewritten(std::string_view rewrite, const Regex::Groups& groups,
                   std::string& out) {
  for (size_t i = 0; i < rewrite.size(); ++i) {
    if (rewrite[i] != '\\' || i + 1 == rewrite.size()) {
      out.push_back(rewrite[i]);
      continue;
    }
    const char next = rewrite[++i];
    const size_t group = next == '&' ? 0 : static_cast<size_t>(next - '0');
    if (next == '&' || (next >= '1' && next <= '9')) {
      if (group < groups.size()) out += groups[group];
    } else if (next == '\\') {
      out.push_back('\\');
    } else {
      out.push_back('\\');
      out.push_back(next);
    }
  }
}

void put_replaced(std::string_view s, const Regex& regex, std::string_view rewrite, bool all,
                  std::string& out) {
  Regex::Groups groups;
  size_t at = 0;
  while (at <= s.size() && regex.find(s, at, &groups)) {
    const auto begin = static_cast<size_t>(groups[0].data() - s.data());
    out += s.substr(at, begin - at);
    put_rewritten(rewrite, groups, out);
    at = begin + groups[0].size();
    if (groups[0].empty()) {
      if (at == s.size()) return;
      out += s.substr(at, character_bytes(s, at));
      at += character_bytes(s, at);
    }
    if (!all) break;
  }
  out += s.substr(std::min(at, s.size()));
}

ColumnPtr regex_replace(const KernelCall& c) {
  RegexCache cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    RegexFlags flags;
    std::string reason;
    if (c.args.size() > 3 && !flags.read(c.args[3]->text(i), &reason)) {
      return row.fail("22023", reason);
    }
    const Regex* regex = usable(cache.get(c.args[1]->text(i), flags.fold), row);
    if (!regex) return;
    put_replaced(c.args[0]->text(i), *regex, c.args[2]->text(i), flags.global, out);
  });
}

void add(FunctionList& out, std::string_view name, std::vector<Type> args, Type result,
         Kernel kernel, std::string_view summary) {
  out.push_back({.name = name, .args = std::move(args), .result = result, .kernel = kernel,
                 .summary = summary, .group = "pattern matching"});
}

}  // namespace

void add_patterns(FunctionList& out) {
  add(out, "~~", {kText, kText}, kBool, like_kernel<false, false>, "LIKE");
  add(out, "!~~", {kText, kText}, kBool, like_kernel<false, true>, "NOT LIKE");
  add(out, "~~*", {kText, kText}, kBool, like_kernel<true, false>, "ILIKE");
  add(out, "!~~*", {kText, kText}, kBool, like_kernel<true, true>, "NOT ILIKE");
  add(out, "like_escape", {kText, kText}, kText, like_escape,
      "the pattern of LIKE ... ESCAPE, with backslashes");
  add(out, "~", {kText, kText}, kBool, regex_kernel<false, false>, "matches a regular expression");
  add(out, "!~", {kText, kText}, kBool, regex_kernel<false, true>, "does not match");
  add(out, "~*", {kText, kText}, kBool, regex_kernel<true, false>, "matches, whatever the case");
  add(out, "!~*", {kText, kText}, kBool, regex_kernel<true, true>,
      "does not match, whatever the case");
  add(out, "regexp_like", {kText, kText}, kBool, regex_kernel<false, false>,
      "matches a regular expression");
  add(out, "substring", {kText, kText}, kText, regex_substring,
      "what a regular expression matches");
  add(out, "regexp_replace", {kText, kText, kText}, kText, regex_replace,
      "the first match replaced");
  add(out, "regexp_replace", {kText, kText, kText, kText}, kText, regex_replace,
      "matches replaced; flags g and i");
}

}  // namespace weir::expr
