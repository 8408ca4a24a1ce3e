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

}  // namespace

Regex::Regex(std::string_view pattern, bool fold) {
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
  re_ = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
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
