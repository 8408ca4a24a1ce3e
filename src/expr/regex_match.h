// Matching of a regular expression's tree, for what RE2 does not do as PostgreSQL does: lazy
// quantifiers, back references, look-around, word constraints, and what the groups of a match are.
//
// For every part and every place where it may begin all ends are computed, once. Then the match is
// taken apart from the outside in: each part takes the longest or shortest piece it prefers that
// leaves the rest matchable. Time is bounded by the square of the text for each part.
#pragma once
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "expr/regex_tree.h"

namespace weir::expr {

class TreeMatcher {
 public:
  struct Piece {
    size_t begin = 0;
    size_t end = 0;
  };
  // Whole match, then groups; absent: took no part.
  using Pieces = std::vector<std::optional<Piece>>;

  TreeMatcher(const RegexTree& tree, std::string_view text);
  // The first match that begins at byte `from` or behind it, in bytes.
  bool find(size_t from, Pieces* pieces);
  // The groups of a match that is known.
  bool take_apart(size_t begin, size_t end, Pieces* pieces);
  bool is_exhausted() const { return work_ > kMostWork; }  // the answers are worthless then

 private:
  using Ends = std::vector<uint32_t>;  // ascending
  static constexpr uint64_t kMostWork = 4'000'000;

  const Ends& ends(const RegexNode& node, uint32_t at);
  Ends compute_ends(const RegexNode& node, uint32_t at);
  Ends sequence_ends(const RegexNode& node, uint32_t at);
  Ends repetition_ends(const RegexNode& child, int least, int most, uint32_t at);
  const Ends& prefix_ends(const RegexNode& repetition, uint32_t at);
  bool holds(const RegexNode& node, uint32_t at);
  bool is_word(uint32_t at) const;  // whether a word character stands there
  bool matches(const RegexNode& node, uint32_t begin, uint32_t end);
  bool rest_matches(const RegexNode& node, size_t part, uint32_t begin, uint32_t end);

  bool divide(const RegexNode& node, uint32_t begin, uint32_t end);
  bool divide_sequence(const RegexNode& node, size_t part, uint32_t begin, uint32_t end);
  bool divide_last(const RegexNode& repetition, uint32_t begin, uint32_t end);
  struct Repetition;
  bool divide_repetition(Repetition& r, int count, uint32_t begin);
  bool divide_back_reference(const RegexNode& node, uint32_t begin, uint32_t end);
  void forget_groups(const RegexNode& node);
  void fill(Pieces* pieces, uint32_t begin, uint32_t end) const;
  uint32_t position_of(size_t byte) const;

  const RegexTree& tree_;
  std::vector<uint32_t> codes_;
  std::vector<size_t> bytes_;  // where each character begins; and the size
  std::unordered_map<uint64_t, Ends> known_;
  std::vector<std::optional<std::pair<uint32_t, uint32_t>>> groups_;
  CharacterSet words_;
  uint64_t work_ = 0;
};

}  // namespace weir::expr
