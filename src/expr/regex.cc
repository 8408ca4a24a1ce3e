#include "expr/regex.h"

#include <re2/re2.h>

#include <fmt/core.h>

#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

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

}  // namespace

Regex::Regex(std::string_view pattern, bool fold) {
  if (pattern.starts_with("(?i)")) {
    fold = true;
    pattern.remove_prefix(4);
  }
  if (const char* what = unsupported_syntax(pattern)) {
    sqlstate_ = "0A000";
    error_ = fmt::format("{} in a regular expression is not supported yet", what);
    return;
  }
  re2::RE2::Options options;
  options.set_longest_match(true);
  options.set_case_sensitive(!fold);
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_max_mem(16 << 20);
  re_ = std::make_unique<re2::RE2>(to_re2(pattern), options);
  if (re_->ok()) return;
  sqlstate_ = "2201B";
  error_ = fmt::format("invalid regular expression: {}", re_->error());
}

Regex::~Regex() = default;

bool Regex::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *re_);
}

bool Regex::find(std::string_view text, size_t from, Groups* groups) const {
  const size_t wanted = static_cast<size_t>(re_->NumberOfCapturingGroups()) + 1;
  std::vector<re2::StringPiece> found(wanted);
  const re2::StringPiece whole(text.data(), text.size());
  if (!re_->Match(whole, from, text.size(), re2::RE2::UNANCHORED, found.data(),
                  static_cast<int>(wanted))) {
    return false;
  }
  groups->clear();
  for (const re2::StringPiece& piece : found) groups->emplace_back(piece.data(), piece.size());
  return true;
}

const Regex& RegexCache::get(std::string_view pattern, bool fold) {
  if (!regex_ || pattern != pattern_ || fold != fold_) {
    pattern_ = pattern;
    fold_ = fold;
    regex_ = std::make_unique<const Regex>(pattern_, fold);
  }
  return *regex_;
}

bool RegexFlags::read(std::string_view letters, std::string* reason) {
  for (const char letter : letters) {
    if (letter == 'g') {
      global = true;
    } else if (letter == 'i' || letter == 'c') {
      fold = letter == 'i';
    } else {
      *reason = fmt::format("invalid regular expression option: \"{}\"", letter);
      return false;
    }
  }
  return true;
}

namespace {

// Calls found(groups, where the last match ended) for each match; false from it ends the walk.
template <class Found>
void each_match(const Regex& regex, std::string_view text, Found found) {
  Regex::Groups groups;
  size_t end_before = 0;
  for (size_t at = 0; at <= text.size() && regex.find(text, at, &groups);) {
    if (!found(groups, end_before)) return;
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    at = end_before = begin + groups[0].size();
    if (groups[0].empty()) at += at < text.size() ? character_bytes(text, at) : 1;
  }
}

}  // namespace

std::vector<Regex::Groups> find_all(const Regex& regex, std::string_view text, bool global) {
  std::vector<Regex::Groups> all;
  each_match(regex, text, [&](const Regex::Groups& groups, size_t) {
    all.push_back(groups);
    return global;
  });
  return all;
}

std::vector<std::string_view> split(const Regex& regex, std::string_view text) {
  std::vector<std::string_view> pieces;
  size_t piece_at = 0;
  each_match(regex, text, [&](const Regex::Groups& groups, size_t end_before) {
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = begin + groups[0].size();
    if (begin == text.size() || end <= end_before) return true;
    pieces.push_back(text.substr(piece_at, begin - piece_at));
    piece_at = end;
    return true;
  });
  pieces.push_back(text.substr(piece_at));
  return pieces;
}

}  // namespace weir::expr
