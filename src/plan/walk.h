// A plan is a graph: what decorrelation asks an outer query for stands in several places, and these
// double with every level of sub-queries. Whoever walks a plan meets each of its nodes once.
#pragma once
#include <functional>
#include <unordered_set>
#include <vector>

#include "plan/plan.h"

namespace weir::plan {

// A node before its inputs, the left of them first.
template <class F>
void for_each_node(const Node& root, F visit) {
  std::unordered_set<const Node*> met;
  std::vector<const Node*> waiting{&root};
  while (!waiting.empty()) {
    const Node* node = waiting.back();
    waiting.pop_back();
    if (!met.insert(node).second) continue;
    visit(*node);
    for (size_t i = node->inputs.size(); i > 0; --i) waiting.push_back(node->inputs[i - 1].get());
  }
}

// The plan made anew from its leaves up: `make` gets a node and what its inputs became. What stood
// in several places does so again.
using MakeNode = std::function<NodePtr(const NodePtr& node, std::vector<NodePtr> inputs)>;
NodePtr rewrite_nodes(const NodePtr& root, const MakeNode& make);

}  // namespace weir::plan
