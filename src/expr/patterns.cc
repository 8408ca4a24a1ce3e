// LIKE, ILIKE and regular expressions. PostgreSQL's regular expressions take the longest match of
// an alternation; RE2 does so in longest-match mode where all quantifiers are greedy, so a pattern
// with a lazy quantifier, a back reference or look-around is refused by name rather than answered
// differently.
#include <re2/re2.h>

#include <fmt/core.h>

#include "expr/kernel.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

using enum TypeId;

// Patterns that are mostly constant: compiled once a call.
template <class Compiled>
class PatternCache {
 public:
  template <class Make>
  const Compiled& get(std::string_view pattern, Make make) {
    if (!compiled_ || pattern != pattern_) {
      pattern_ = pattern;
      compiled_ = make(pattern_);
    }
    return *compiled_;
  }

 private:
  std::string pattern_;
  std::unique_ptr<Compiled> compiled_;
};

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

// What RE2 would answer differently from PostgreSQL, or nullptr.
const char* unsupported_syntax(std::string_view p) {
  bool in_set = false;
  for (size_t i = 0; i < p.size(); ++i) {
    const char c = p[i];
    const char next = i + 1 < p.size() ? p[i + 1] : '\0';
    if (c == '\\') {
      if (next >= '1' && next <= '9') return "a back reference";
      if (next == 'm' || next == 'M' || next == 'y' || next == 'Y') return "a word constraint";
      ++i;
      continue;
    }
    if (in_set) {
      in_set = c != ']';
      continue;
    }
    if (c == '[') {
      in_set = true;
      if (next == '^') ++i;
      if (i + 1 < p.size() && p[i + 1] == ']') ++i;
    }
    if ((c == '*' || c == '+' || c == '?' || c == '}') && next == '?') return "a lazy quantifier";
    if (c == '(' && next == '?' && i + 2 < p.size() && p[i + 2] != ':') return "look-around";
  }
  return nullptr;
}

// PostgreSQL's classes are Unicode's, RE2's are those of ASCII: they are spelled out. So are \Z and
// the escapes of a code point.
constexpr std::string_view kLetters = "\\p{L}\\p{Nl}";
constexpr std::string_view kWordCharacters = "\\p{L}\\p{Nl}\\p{Nd}_";
constexpr std::string_view kBlanks =
    " \\t\\n\\v\\f\\r\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200a}\\x{2028}\\x{2029}\\x{205f}"
    "\\x{3000}";

std::string_view class_of(std::string_view name) {
  if (name == "alpha") return kLetters;
  if (name == "alnum") return kWordCharacters.substr(0, kWordCharacters.size() - 1);
  if (name == "space") return kBlanks;
  if (name == "upper") return "\\p{Lu}";
  if (name == "lower") return "\\p{Ll}";
  if (name == "punct") return "[:punct:]\\p{P}\\p{S}";
  return "";
}

// The hexadecimal digits at `at`, at most `most` of them.
std::string_view hex_at(std::string_view p, size_t at, size_t most) {
  size_t end = at;
  while (end < p.size() && end - at < most && std::isxdigit(static_cast<unsigned char>(p[end])))
    ++end;
  return p.substr(at, end - at);
}

// The escape at p[i], a backslash, with what follows it; answers the bytes read.
size_t put_escape(std::string_view p, size_t i, bool in_set, std::string& out) {
  if (i + 1 == p.size()) return out.push_back('\\'), 1;
  const char next = p[i + 1];
  const std::string_view characters = next == 'w' || next == 'W'   ? kWordCharacters
                                      : next == 's' || next == 'S' ? kBlanks
                                                                   : std::string_view();
  if (!characters.empty() && (next == 'w' || next == 's' || !in_set)) {
    const bool negated = next == 'W' || next == 'S';
    if (!in_set) out += negated ? "[^" : "[";
    out += characters;
    if (!in_set) out += "]";
    return 2;
  }
  const size_t digits = next == 'u' ? 4 : next == 'U' ? 8 : next == 'x' ? 255 : 0;
  const std::string_view hex = hex_at(p, i + 2, digits);
  if (!hex.empty() && (next == 'x' || hex.size() == digits)) {
    const size_t zeros = std::min(hex.find_first_not_of('0'), hex.size() - 1);
    out += fmt::format("\\x{{{}}}", hex.substr(zeros));
    return 2 + hex.size();
  }
  if (next == 'Z' && !in_set) return out += "\\z", 2;
  out += p.substr(i, 2);
  return 2;
}

std::string to_re2(std::string_view p) {
  std::string out;
  bool in_set = false;
  for (size_t i = 0; i < p.size();) {
    if (p[i] == '\\') {
      i += put_escape(p, i, in_set, out);
      continue;
    }
    if (in_set && p.substr(i).starts_with("[:")) {
      const size_t end = p.find(":]", i + 2);
      const bool named = end != std::string_view::npos;
      const std::string_view known = named ? class_of(p.substr(i + 2, end - i - 2)) : "";
      const size_t bytes = named ? end + 2 - i : 2;
      out += known.empty() ? p.substr(i, bytes) : known;
      i += bytes;
      continue;
    }
    const bool opens = p[i] == '[' && !in_set;
    if (in_set && p[i] == ']') in_set = false;
    out.push_back(p[i++]);
    if (!opens) continue;
    in_set = true;  // a ] right behind the bracket belongs to the set
    if (i < p.size() && p[i] == '^') out.push_back(p[i++]);
    if (i < p.size() && p[i] == ']') out += "\\]", ++i;
  }
  return out;
}

struct Regex {
  std::unique_ptr<re2::RE2> re;
  const char* sqlstate = nullptr;
  std::string error;
};

std::unique_ptr<Regex> compile(std::string_view pattern, bool fold) {
  auto regex = std::make_unique<Regex>();
  if (pattern.starts_with("(?i)")) {
    fold = true;
    pattern.remove_prefix(4);
  }
  if (const char* what = unsupported_syntax(pattern)) {
    regex->sqlstate = "0A000";
    regex->error = fmt::format("{} in a regular expression is not supported yet", what);
    return regex;
  }
  re2::RE2::Options options;
  options.set_longest_match(true);
  options.set_case_sensitive(!fold);
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_max_mem(16 << 20);
  regex->re = std::make_unique<re2::RE2>(to_re2(pattern), options);
  if (!regex->re->ok()) {
    regex->sqlstate = "2201B";
    regex->error = fmt::format("invalid regular expression: {}", regex->re->error());
  }
  return regex;
}

bool usable(const Regex& regex, Row& row) {
  if (!regex.sqlstate) return true;
  row.fail(regex.sqlstate, regex.error);
  return false;
}

template <bool kFold, bool kNegated>
ColumnPtr regex_kernel(const KernelCall& c) {
  PatternCache<Regex> cache;
  return map<uint8_t>(c, [&](uint32_t i, Row& row) -> uint8_t {
    const Regex& regex =
        cache.get(c.args[1]->text(i), [](const std::string& p) { return compile(p, kFold); });
    if (!usable(regex, row)) return 0;
    return re2::RE2::PartialMatch(c.args[0]->text(i), *regex.re) != kNegated;
  });
}

// The first group where there is one, else the whole match; no match: NULL.
ColumnPtr regex_substring(const KernelCall& c) {
  PatternCache<Regex> cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Regex& regex =
        cache.get(c.args[1]->text(i), [](const std::string& p) { return compile(p, false); });
    if (!usable(regex, row)) return;
    const std::string_view s = c.args[0]->text(i);
    re2::StringPiece groups[2];
    const int wanted = regex.re->NumberOfCapturingGroups() > 0 ? 2 : 1;
    if (!regex.re->Match(s, 0, s.size(), re2::RE2::UNANCHORED, groups, wanted) ||
        groups[wanted - 1].data() == nullptr) {
      return row.null();
    }
    out.append(groups[wanted - 1].data(), groups[wanted - 1].size());
  });
}

void put_rewritten(std::string_view rewrite, const std::vector<re2::StringPiece>& groups,
                   std::string& out) {
  for (size_t i = 0; i < rewrite.size(); ++i) {
    if (rewrite[i] != '\\' || i + 1 == rewrite.size()) {
      out.push_back(rewrite[i]);
      continue;
    }
    const char next = rewrite[++i];
    const size_t group = next == '&' ? 0 : static_cast<size_t>(next - '0');
    if (next == '&' || (next >= '1' && next <= '9')) {
      if (group < groups.size()) out.append(groups[group].data(), groups[group].size());
    } else if (next == '\\') {
      out.push_back('\\');
    } else {
      out.push_back('\\');
      out.push_back(next);
    }
  }
}

void put_replaced(std::string_view s, const re2::RE2& re, std::string_view rewrite, bool all,
                  std::string& out) {
  std::vector<re2::StringPiece> groups(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
  size_t at = 0;
  while (at <= s.size() && re.Match(s, at, s.size(), re2::RE2::UNANCHORED, groups.data(),
                                    static_cast<int>(groups.size()))) {
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
  PatternCache<Regex> cache;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view flags = c.args.size() > 3 ? c.args[3]->text(i) : "";
    const size_t strange = flags.find_first_not_of("gi");
    if (strange != std::string_view::npos) {
      return row.fail("22023",
                      fmt::format("invalid regular expression option: \"{}\"", flags[strange]));
    }
    const bool fold = flags.find('i') != std::string_view::npos;
    const std::string key = std::string(fold ? "i" : "c") + std::string(c.args[1]->text(i));
    const Regex& regex =
        cache.get(key, [&](const std::string& k) { return compile(k.substr(1), fold); });
    if (!usable(regex, row)) return;
    put_replaced(c.args[0]->text(i), *regex.re, c.args[2]->text(i),
                 flags.find('g') != std::string_view::npos, out);
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
