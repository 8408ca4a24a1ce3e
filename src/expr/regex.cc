#include "expr/regex.h"

#include <re2/re2.h>

#include <fmt/core.h>

#include "expr/regex_match.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

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

}  // namespace

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

Regex::Regex(std::string_view pattern, RegexOptions options)
    : tree_(parse_regex(pattern, options)) {
  sqlstate_ = tree_.sqlstate;
  error_ = tree_.error;
  if (!ok() || tree_.needs_tree) return;
  re2::RE2::Options settings;
  settings.set_longest_match(true);
  settings.set_case_sensitive(!tree_.options.fold);
  settings.set_log_errors(false);
  settings.set_dot_nl(true);
  settings.set_max_mem(16 << 20);
  re_ = std::make_unique<re2::RE2>(to_re2(pattern), settings);
  if (!re_->ok()) re_ = nullptr;  // larger than RE2 allows
}

Regex::~Regex() = default;

bool Regex::matches(std::string_view text) const {
  Groups groups;
  if (!re_) return find(text, 0, &groups);
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *re_);
}

bool Regex::find(std::string_view text, size_t from, Groups* groups) const {
  TreeMatcher::Pieces pieces;
  if (re_) {
    re2::StringPiece found;
    const re2::StringPiece whole(text.data(), text.size());
    if (!re_->Match(whole, from, text.size(), re2::RE2::UNANCHORED, &found, 1)) return false;
    groups->assign(1, {found.data(), found.size()});
    if (tree_.groups == 0) return true;
    const auto begin = static_cast<size_t>(found.data() - text.data());
    TreeMatcher matcher(tree_, text);
    const bool taken = matcher.take_apart(begin, begin + found.size(), &pieces);
    exhausted_ = exhausted_ || matcher.is_exhausted() || !taken;
    if (!taken) return false;
  } else {
    TreeMatcher matcher(tree_, text);
    const bool found = matcher.find(from, &pieces);
    exhausted_ = exhausted_ || matcher.is_exhausted();
    if (!found || exhausted_) return false;
  }
  groups->clear();
  for (const auto& piece : pieces) {
    groups->push_back(piece ? text.substr(piece->begin, piece->end - piece->begin)
                            : std::string_view());
  }
  return true;
}

const Regex& RegexCache::get(std::string_view pattern, RegexOptions options) {
  if (!regex_ || pattern != pattern_ || !(options == options_)) {
    pattern_ = pattern;
    options_ = options;
    regex_ = std::make_unique<const Regex>(pattern_, options);
  }
  return *regex_;
}

bool RegexFlags::read(std::string_view letters, std::string* reason) {
  for (size_t i = 0; i < letters.size(); ++i) {
    switch (letters[i]) {
      case 'g': global = true; break;
      case 'i': options.fold = true; break;
      case 'c': options.fold = false; break;
      case 'm':
      case 'n': options.lines = options.dot_stops = true; break;
      case 'p': options.lines = false, options.dot_stops = true; break;
      case 'w': options.lines = true, options.dot_stops = false; break;
      case 's': options.lines = options.dot_stops = false; break;
      case 'x': options.expanded = true; break;
      case 't': options.expanded = false; break;
      case 'q': options.literal = true; break;
      case 'b':
      case 'e': other_syntax = true; break;
      default:
        *reason = fmt::format("invalid regular expression option: \"{}\"",
                              letters.substr(i, character_bytes(letters, i)));
        return false;
    }
  }
  return true;
}

namespace {

// Calls found(groups, where the last match ended) for each match; false from it ends the walk.
template <class Found>
void each_match(const Regex& regex, std::string_view text, size_t from, Found found) {
  Regex::Groups groups;
  size_t end_before = 0;
  for (size_t at = from; at <= text.size() && regex.find(text, at, &groups);) {
    if (!found(groups, end_before)) return;
    const auto begin = static_cast<size_t>(groups[0].data() - text.data());
    at = end_before = begin + groups[0].size();
    if (groups[0].empty()) at += at < text.size() ? character_bytes(text, at) : 1;
  }
}

}  // namespace

std::vector<Regex::Groups> find_all(const Regex& regex, std::string_view text, bool global,
                                    size_t from) {
  std::vector<Regex::Groups> all;
  each_match(regex, text, from, [&](const Regex::Groups& groups, size_t) {
    all.push_back(groups);
    return global;
  });
  return all;
}

std::vector<std::string_view> split(const Regex& regex, std::string_view text) {
  std::vector<std::string_view> pieces;
  size_t piece_at = 0;
  each_match(regex, text, 0, [&](const Regex::Groups& groups, size_t end_before) {
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
