#include "expr/regex_match.h"

#include <algorithm>
#include <set>

#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

void unite(std::vector<uint32_t>& into, const std::vector<uint32_t>& others) {
  const size_t middle = into.size();
  into.insert(into.end(), others.begin(), others.end());
  std::inplace_merge(into.begin(), into.begin() + static_cast<ptrdiff_t>(middle), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

// In the order of preference.
std::vector<uint32_t> ordered(std::vector<uint32_t> ends, Preference preference) {
  if (preference != Preference::kShortest) std::reverse(ends.begin(), ends.end());
  return ends;
}

}  // namespace

TreeMatcher::TreeMatcher(const RegexTree& tree, std::string_view text)
    : tree_(tree), groups_(tree.groups + 1), words_(to_re2("\\w"), false) {
  for (size_t at = 0; at < text.size(); at += character_bytes(text, at)) {
    codes_.push_back(code_point(text, at));
    bytes_.push_back(at);
  }
  bytes_.push_back(text.size());
}

uint32_t TreeMatcher::position_of(size_t byte) const {
  return static_cast<uint32_t>(std::lower_bound(bytes_.begin(), bytes_.end(), byte) -
                               bytes_.begin());
}

void TreeMatcher::fill(Pieces* pieces, uint32_t begin, uint32_t end) const {
  pieces->assign(tree_.groups + 1, std::nullopt);
  (*pieces)[0] = Piece{bytes_[begin], bytes_[end]};
  for (size_t i = 1; i < groups_.size(); ++i) {
    if (groups_[i]) (*pieces)[i] = Piece{bytes_[groups_[i]->first], bytes_[groups_[i]->second]};
  }
}

bool TreeMatcher::find(size_t from, Pieces* pieces) {
  for (uint32_t begin = position_of(from); begin <= codes_.size(); ++begin) {
    for (const uint32_t end : ordered(ends(*tree_.root, begin), tree_.root->preference)) {
      groups_.assign(groups_.size(), std::nullopt);
      if (is_exhausted()) return false;
      if (!divide(*tree_.root, begin, end)) continue;
      fill(pieces, begin, end);
      return true;
    }
  }
  return false;
}

bool TreeMatcher::take_apart(size_t begin, size_t end, Pieces* pieces) {
  const uint32_t first = position_of(begin);
  const uint32_t last = position_of(end);
  groups_.assign(groups_.size(), std::nullopt);
  if (!matches(*tree_.root, first, last) || !divide(*tree_.root, first, last)) return false;
  fill(pieces, first, last);
  return true;
}

const TreeMatcher::Ends& TreeMatcher::ends(const RegexNode& node, uint32_t at) {
  const uint64_t key = uint64_t{node.id} << 32 | at;
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  Ends computed = is_exhausted() ? Ends() : compute_ends(node, at);
  work_ += 1 + computed.size();
  return known_[key] = std::move(computed);
}

TreeMatcher::Ends TreeMatcher::compute_ends(const RegexNode& node, uint32_t at) {
  const bool inside = at < codes_.size();
  switch (node.kind) {
    case RegexKind::kEmpty: return {at};
    case RegexKind::kCharacter: {
      if (!inside) return {};
      const uint32_t code = tree_.options.fold ? to_lower(codes_[at]) : codes_[at];
      return code == node.code ? Ends{at + 1} : Ends();
    }
    case RegexKind::kSet: return inside && node.set->has(codes_[at]) ? Ends{at + 1} : Ends();
    case RegexKind::kSequence: return sequence_ends(node, at);
    case RegexKind::kAlternation: {
      Ends all;
      for (const auto& part : node.parts) unite(all, ends(*part, at));
      return all;
    }
    case RegexKind::kRepetition:
      return repetition_ends(*node.parts[0], node.least, node.most, at);
    case RegexKind::kGroup: return ends(*node.parts[0], at);
    case RegexKind::kBackReference: {  // what it stands for is not known yet
      Ends all;
      for (uint32_t end = at; end <= codes_.size(); ++end) all.push_back(end);
      return all;
    }
    default: return holds(node, at) ? Ends{at} : Ends();
  }
}

TreeMatcher::Ends TreeMatcher::sequence_ends(const RegexNode& node, uint32_t at) {
  Ends reached{at};
  for (const auto& part : node.parts) {
    Ends next;
    for (const uint32_t begin : reached) {
      unite(next, ends(*part, begin));
      work_ += next.size();
    }
    reached = std::move(next);
    if (reached.empty()) break;
  }
  return reached;
}

const TreeMatcher::Ends& TreeMatcher::prefix_ends(const RegexNode& repetition, uint32_t at) {
  const uint64_t key = uint64_t{repetition.prefix_id} << 32 | at;
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  const int most = repetition.most < 0 ? -1 : repetition.most - 1;
  Ends computed = repetition_ends(*repetition.parts[0], repetition.least - 1, most, at);
  return known_[key] = std::move(computed);
}

TreeMatcher::Ends TreeMatcher::repetition_ends(const RegexNode& child, int least, int most,
                                               uint32_t at) {
  const auto step = [&](const Ends& from) {
    Ends next;
    for (const uint32_t begin : from) {
      unite(next, ends(child, begin));
      work_ += next.size();
    }
    return next;
  };
  Ends reached{at};
  for (int i = 0; i < least && !reached.empty(); ++i) reached = step(reached);
  Ends all = reached;
  for (int i = least; i != most && !reached.empty() && !is_exhausted(); ++i) {
    Ends fresh;
    for (const uint32_t end : step(reached)) {
      if (!std::binary_search(all.begin(), all.end(), end)) fresh.push_back(end);
    }
    unite(all, fresh);
    reached = std::move(fresh);
  }
  return all;
}

bool TreeMatcher::is_word(uint32_t at) const {
  return at < codes_.size() && words_.has(codes_[at]);
}

bool TreeMatcher::holds(const RegexNode& node, uint32_t at) {
  const bool line_before = at > 0 && codes_[at - 1] == '\n';
  const bool line_behind = at < codes_.size() && codes_[at] == '\n';
  const bool word_before = at > 0 && is_word(at - 1);
  switch (node.kind) {
    case RegexKind::kTextStart: return at == 0;
    case RegexKind::kTextEnd: return at == codes_.size();
    case RegexKind::kStart: return at == 0 || (tree_.options.lines && line_before);
    case RegexKind::kEnd: return at == codes_.size() || (tree_.options.lines && line_behind);
    case RegexKind::kWordStart: return !word_before && is_word(at);
    case RegexKind::kWordEnd: return word_before && !is_word(at);
    case RegexKind::kWordEdge: return word_before != is_word(at);
    case RegexKind::kNoWordEdge: return word_before == is_word(at);
    case RegexKind::kAhead: return !ends(*node.parts[0], at).empty();
    case RegexKind::kNotAhead: return ends(*node.parts[0], at).empty();
    default: break;
  }
  bool found = false;
  for (uint32_t begin = 0; begin <= at && !found; ++begin) {
    found = matches(*node.parts[0], begin, at);
  }
  return found == (node.kind == RegexKind::kBehind);
}

bool TreeMatcher::matches(const RegexNode& node, uint32_t begin, uint32_t end) {
  const Ends& all = ends(node, begin);
  return std::binary_search(all.begin(), all.end(), end);
}

// Whether the parts of a sequence from this one on match exactly that.
bool TreeMatcher::rest_matches(const RegexNode& node, size_t part, uint32_t begin, uint32_t end) {
  if (part + 1 == node.parts.size()) return matches(*node.parts[part], begin, end);
  Ends reached{begin};
  for (; part < node.parts.size() && !reached.empty(); ++part) {
    Ends next;
    for (const uint32_t at : reached) {
      for (const uint32_t to : ends(*node.parts[part], at)) {
        if (to <= end) next.push_back(to);
      }
      work_ += 1 + next.size();
    }
    std::sort(next.begin(), next.end());
    next.erase(std::unique(next.begin(), next.end()), next.end());
    reached = std::move(next);
  }
  return std::binary_search(reached.begin(), reached.end(), end);
}

struct TreeMatcher::Repetition {
  const RegexNode& node;
  uint32_t end;
  int most;                                   // that make sense for so much text
  std::set<std::pair<int, uint32_t>> failed;  // (pieces before, begin)
};

bool TreeMatcher::divide(const RegexNode& node, uint32_t begin, uint32_t end) {
  if (is_exhausted()) return false;
  switch (node.kind) {
    case RegexKind::kSequence: return divide_sequence(node, 0, begin, end);
    case RegexKind::kAlternation:
      return std::any_of(node.parts.begin(), node.parts.end(), [&](const auto& part) {
        return matches(*part, begin, end) && divide(*part, begin, end);
      });
    case RegexKind::kRepetition: {
      if (node.least > 0 && !node.has_back_reference) return divide_last(node, begin, end);
      const bool shortest = node.parts[0]->preference == Preference::kShortest;
      if (begin == end && node.least == 0 && shortest) return true;
      const int length = static_cast<int>(end - begin);
      const int most = node.most < 0 ? length : std::min(length, node.most);
      Repetition repetition{node, end, std::max({most, node.least, 1}), {}};
      return divide_repetition(repetition, 0, begin) || (begin == end && node.least == 0);
    }
    case RegexKind::kGroup:
      if (!divide(*node.parts[0], begin, end)) return false;
      groups_[node.code] = {begin, end};
      return true;
    case RegexKind::kBackReference: return divide_back_reference(node, begin, end);
    default: return true;
  }
}

bool TreeMatcher::divide_sequence(const RegexNode& node, size_t part, uint32_t begin,
                                  uint32_t end) {
  if (part == node.parts.size()) return begin == end;
  const RegexNode& first = *node.parts[part];
  if (part + 1 == node.parts.size()) {
    return matches(first, begin, end) && divide(first, begin, end);
  }
  for (const uint32_t middle : ordered(ends(first, begin), first.preference)) {
    if (middle > end || !rest_matches(node, part + 1, middle, end)) continue;
    if (divide(first, begin, middle) && divide_sequence(node, part + 1, middle, end)) return true;
    for (size_t i = part; i < node.parts.size(); ++i) forget_groups(*node.parts[i]);
  }
  return false;
}

// The groups are those of the last piece: where the others lie does not matter.
bool TreeMatcher::divide_last(const RegexNode& repetition, uint32_t begin, uint32_t end) {
  const RegexNode& child = *repetition.parts[0];
  for (const uint32_t middle : ordered(prefix_ends(repetition, begin), repetition.preference)) {
    if (middle > end || !matches(child, middle, end)) continue;
    forget_groups(child);
    if (divide(child, middle, end)) return true;
  }
  return false;
}

// Pieces that are empty count only where the least number is not reached without them.
bool TreeMatcher::divide_repetition(Repetition& r, int count, uint32_t begin) {
  if (is_exhausted() || r.failed.count({count, begin}) > 0) return false;
  const RegexNode& child = *r.node.parts[0];
  const int number = count + 1;
  for (const uint32_t end : ordered(ends(child, begin), child.preference)) {
    ++work_;
    if (end > r.end) continue;
    const int missing = r.node.least - number;
    if (end == r.end) {
      if (missing > 0) continue;
    } else {
      if (number >= r.most) continue;
      const int left = static_cast<int>(r.end - end);
      if (end == begin && (missing <= 0 || missing < left)) continue;
    }
    const auto before = groups_;
    forget_groups(child);
    if (divide(child, begin, end) &&
        (end == r.end || divide_repetition(r, number, end))) {
      return true;
    }
    groups_ = before;
  }
  r.failed.insert({count, begin});
  return false;
}

bool TreeMatcher::divide_back_reference(const RegexNode& node, uint32_t begin, uint32_t end) {
  const auto& group = groups_[node.code];
  if (!group || group->second - group->first != end - begin) return false;
  for (uint32_t i = 0; i < end - begin; ++i) {
    const uint32_t a = codes_[group->first + i];
    const uint32_t b = codes_[begin + i];
    if (tree_.options.fold ? to_lower(a) != to_lower(b) : a != b) return false;
  }
  return true;
}

void TreeMatcher::forget_groups(const RegexNode& node) {
  if (node.kind == RegexKind::kGroup) groups_[node.code] = std::nullopt;
  for (const auto& part : node.parts) forget_groups(*part);
}

}  // namespace weir::expr
