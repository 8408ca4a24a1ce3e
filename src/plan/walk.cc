#include "plan/walk.h"

#include <unordered_map>

namespace weir::plan {

namespace {

using Made = std::unordered_map<const Node*, NodePtr>;

NodePtr rewritten(const NodePtr& node, const MakeNode& make, Made& made) {
  if (const auto known = made.find(node.get()); known != made.end()) return known->second;
  std::vector<NodePtr> inputs;
  for (const NodePtr& input : node->inputs) inputs.push_back(rewritten(input, make, made));
  return made[node.get()] = make(node, std::move(inputs));
}

}  // namespace

NodePtr rewrite_nodes(const NodePtr& root, const MakeNode& make) {
  Made made;
  return rewritten(root, make, made);
}

}  // namespace weir::plan
