// Regular expressions with PostgreSQL's meaning. A pattern that RE2 answers alike in its
// longest-match mode is found by RE2, in linear time; one with a lazy quantifier, a back reference,
// look-around, a word constraint or options by the matcher of trees, which also says what the
// groups of any match are.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "expr/regex_tree.h"

namespace weir::expr {

class Regex {
 public:
  // The whole match, then each group; data() is null where a group took no part.
  using Groups = std::vector<std::string_view>;

  Regex(std::string_view pattern, RegexOptions options);  // a pattern that is none: !ok()
  ~Regex();
  bool ok() const { return sqlstate_ == nullptr; }
  const char* sqlstate() const { return sqlstate_; }
  const std::string& error() const { return error_; }
  bool matches(std::string_view text) const;
  bool find(std::string_view text, size_t from, Groups* groups) const;
  uint32_t group_count() const { return tree_.groups; }
  // A search was given up because it took too long: what it answered means nothing. A Regex is one
  // thread's.
  bool exhausted() const { return exhausted_; }

 private:
  RegexTree tree_;
  std::unique_ptr<re2::RE2> re_;  // null: the tree answers
  const char* sqlstate_ = nullptr;
  std::string error_;
  mutable bool exhausted_ = false;
};

// Patterns are mostly constant: the last one is kept.
class RegexCache {
 public:
  const Regex& get(std::string_view pattern, RegexOptions options = {});

 private:
  std::string pattern_;
  RegexOptions options_;
  std::unique_ptr<const Regex> regex_;
};

struct RegexFlags {
  bool global = false;        // g: all matches
  bool other_syntax = false;  // b, e: not the syntax of advanced expressions
  RegexOptions options;
  // False: there is a letter that is no flag; PostgreSQL's text in *reason (22023).
  bool read(std::string_view letters, std::string* reason);
};

// All matches that regexp_matches and splitting walk through, from a byte on: after an empty match
// the search goes on one character further.
std::vector<Regex::Groups> find_all(const Regex& regex, std::string_view text, bool global,
                                    size_t from = 0);
// What stands between matches. Empty matches at either end or right behind a match do not count.
std::vector<std::string_view> split(const Regex& regex, std::string_view text);

inline constexpr const char* kRegexTooLong =
    "the search for a regular expression takes too many steps";

}  // namespace weir::expr
