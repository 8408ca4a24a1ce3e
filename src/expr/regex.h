// Regular expressions. PostgreSQL's take the longest match of an alternation; RE2 does so in
// longest-match mode where all quantifiers are greedy, so a pattern with a lazy quantifier, a back
// reference or look-around is refused by name rather than answered differently.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace weir::expr {

class Regex {
 public:
  // The whole match, then each group; data() is null where a group took no part.
  using Groups = std::vector<std::string_view>;

  Regex(std::string_view pattern, bool fold);  // a pattern that is none: !ok()
  ~Regex();
  bool ok() const { return sqlstate_ == nullptr; }
  const char* sqlstate() const { return sqlstate_; }
  const std::string& error() const { return error_; }
  bool matches(std::string_view text) const;
  bool find(std::string_view text, size_t from, Groups* groups) const;

 private:
  std::unique_ptr<re2::RE2> re_;
  const char* sqlstate_ = nullptr;
  std::string error_;
};

// Patterns are mostly constant: the last one is kept.
class RegexCache {
 public:
  const Regex& get(std::string_view pattern, bool fold);

 private:
  std::string pattern_;
  bool fold_ = false;
  std::unique_ptr<const Regex> regex_;
};

struct RegexFlags {
  bool global = false;  // g: all matches
  bool fold = false;    // i: whatever the case
  // False: there is a letter that is no flag; PostgreSQL's text in *reason (22023).
  bool read(std::string_view letters, std::string* reason);
};

// All matches that regexp_matches and splitting walk through: after an empty match the search goes
// on one character further.
std::vector<Regex::Groups> find_all(const Regex& regex, std::string_view text, bool global);
// What stands between matches. Empty matches at either end or right behind a match do not count.
std::vector<std::string_view> split(const Regex& regex, std::string_view text);

}  // namespace weir::expr
