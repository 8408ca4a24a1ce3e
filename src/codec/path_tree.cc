#include "codec/path_tree.h"

#include <charconv>

#include <fmt/core.h>

namespace weir::codec {

namespace {

constexpr size_t kMaxSteps = 32;

Error bad_path(std::string_view path, size_t at, std::string_view expected) {
  return Error(ErrorKind::kInvalidProject, 1340, fmt::format("path \"{}\" is not valid", path))
      .detail(fmt::format("At character {} there should be {}.", at + 1, expected))
      .hint("write it as $.field.inner or $.list[0]");
}

// "[0]" or "['key']" at `at`; moves behind it.
Result<PathStep> bracket_step(std::string_view path, size_t& at) {
  const size_t close = path.find(']', at);
  if (close == std::string_view::npos) return bad_path(path, path.size(), "a closing bracket");
  std::string_view inner = path.substr(at + 1, close - at - 1);
  PathStep step;
  const bool quoted = inner.size() >= 2 && (inner[0] == '\'' || inner[0] == '"');
  if (quoted) {
    const size_t end = path.find(inner[0], at + 2);
    if (end == std::string_view::npos || end + 1 >= path.size() || path[end + 1] != ']') {
      return bad_path(path, at, "a quoted name and a closing bracket");
    }
    step.key = path.substr(at + 2, end - at - 2);
    at = end + 2;
    return step;
  }
  step.is_index = true;
  const auto [end, code] = std::from_chars(inner.data(), inner.data() + inner.size(), step.index);
  if (code != std::errc() || end != inner.data() + inner.size() || inner.empty()) {
    return bad_path(path, at + 1, "an index from 0 or a quoted name");
  }
  at = close + 1;
  return step;
}

}  // namespace

Result<std::vector<PathStep>> parse_path(std::string_view path) {
  std::vector<PathStep> steps;
  if (path.empty() || path[0] != '$') return bad_path(path, 0, "a $");
  size_t at = 1;
  while (at < path.size()) {
    if (steps.size() == kMaxSteps) return bad_path(path, at, "the end: 32 steps are the most");
    if (path[at] == '[') {
      steps.push_back(TRY(bracket_step(path, at)));
      continue;
    }
    if (path[at] != '.') return bad_path(path, at, "a point or a bracket");
    const size_t end = std::min(path.find_first_of(".[", at + 1), path.size());
    if (end == at + 1) return bad_path(path, at + 1, "the name of a field");
    PathStep step;
    step.key = path.substr(at + 1, end - at - 1);
    steps.push_back(std::move(step));
    at = end;
  }
  return steps;
}

int32_t PathTree::Node::find(std::string_view key) const {
  for (const auto& [name, child] : keys) {
    if (name == key) return child;
  }
  return kNone;
}

int32_t PathTree::Node::find(uint64_t index) const {
  for (const auto& [at, child] : indexes) {
    if (at == index) return child;
  }
  return kNone;
}

int32_t PathTree::child_of_key(int32_t parent, std::string_view key) {
  const int32_t found = node(parent).find(key);
  if (found != kNone) return found;
  const auto child = static_cast<int32_t>(nodes_.size());
  nodes_.emplace_back();
  node(parent).keys.emplace_back(key, child);
  return child;
}

int32_t PathTree::child_of_index(int32_t parent, uint64_t index) {
  const int32_t found = node(parent).find(index);
  if (found != kNone) return found;
  const auto child = static_cast<int32_t>(nodes_.size());
  nodes_.emplace_back();
  node(parent).indexes.emplace_back(index, child);
  return child;
}

Result<PathTree> PathTree::make(const std::vector<DecodeColumn>& columns) {
  PathTree tree;
  for (uint32_t i = 0; i < columns.size(); ++i) {
    int32_t at = 0;
    if (columns[i].path.empty()) {
      at = tree.child_of_key(0, columns[i].field.name);
    } else {
      // A path without $ is the plain name of a field.
      const bool plain = columns[i].path[0] != '$';
      if (plain) {
        at = tree.child_of_key(0, columns[i].path);
      } else {
        for (const PathStep& step : TRY(parse_path(columns[i].path))) {
          at =
              step.is_index ? tree.child_of_index(at, step.index) : tree.child_of_key(at, step.key);
        }
      }
    }
    tree.node(at).columns.push_back(i);
  }
  return tree;
}

}  // namespace weir::codec
