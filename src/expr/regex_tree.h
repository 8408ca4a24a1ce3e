// PostgreSQL's regular expressions (its documentation, 9.7.3) as a tree, with what decides between
// several matches: each part prefers the longest, the shortest, or neither.
#pragma once
#include <bitset>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace re2 {
class RE2;
}

namespace weir::expr {

// Letters of the flags argument and of (?letters).
struct RegexOptions {
  bool fold = false;            // i
  bool lines = false;           // ^ and $ at line ends: n, m, w
  bool dot_stops = false;       // . and [^x] do not take line ends: n, m, p
  bool expanded = false;        // x: blanks and comments mean nothing
  bool literal = false;         // q
  bool operator==(const RegexOptions&) const = default;
};

// A set of characters as one bracket expression or escape spells it.
class CharacterSet {
 public:
  CharacterSet(const std::string& re2_pattern, bool fold);
  ~CharacterSet();
  bool ok() const;
  bool has(uint32_t code) const;

 private:
  std::unique_ptr<re2::RE2> re_;
  std::bitset<128> ascii_;
  mutable std::unordered_map<uint32_t, bool> others_;
};

enum class RegexKind : uint8_t {
  kEmpty, kCharacter, kSet, kSequence, kAlternation, kRepetition, kGroup, kBackReference,
  kStart, kEnd, kTextStart, kTextEnd, kWordStart, kWordEnd, kWordEdge, kNoWordEdge,
  kAhead, kNotAhead, kBehind, kNotBehind,
};
enum class Preference : uint8_t { kNone, kLongest, kShortest };

struct RegexNode {
  RegexKind kind = RegexKind::kEmpty;
  Preference preference = Preference::kNone;
  uint32_t id = 0;                         // of this node, for what is remembered about it
  uint32_t prefix_id = 0;                  // kRepetition: of all but the last piece
  uint32_t code = 0;                       // kCharacter; number of kGroup and kBackReference
  int least = 0;                           // kRepetition
  int most = 0;                            // -1: no bound
  bool has_back_reference = false;         // in it
  std::shared_ptr<const CharacterSet> set;
  std::vector<std::unique_ptr<RegexNode>> parts;
};

struct RegexTree {
  std::unique_ptr<RegexNode> root;
  RegexOptions options;                    // with those in the pattern
  uint32_t nodes = 0;
  uint32_t groups = 0;
  bool needs_tree = false;                 // there is something that RE2 does not answer alike
  const char* sqlstate = nullptr;          // it is no pattern; why is in `error`
  std::string error;
};
RegexTree parse_regex(std::string_view pattern, RegexOptions options);

// PostgreSQL's spelling of escapes and classes as RE2's.
std::string to_re2(std::string_view pattern);

}  // namespace weir::expr
