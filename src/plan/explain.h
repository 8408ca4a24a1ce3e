// The parts of an explained plan, for those who put something beside each operator.
#pragma once
#include <string>
#include <vector>

#include "plan/plan.h"

namespace weir::plan {

struct ExplainLine {
  const Node* node = nullptr;
  int depth = 0;
  std::string title;  // what it does
  std::string kept;   // what it keeps, and what bounds it; empty: nothing
};

// One an operator, inputs behind it and deeper. The nodes are the view's.
std::vector<ExplainLine> explain_lines(const View& view);

// What is unique in it, and by what it closes: a line each.
std::vector<std::string> explain_keys(const View& view);

// "aggregate", "join": the operator without what it works on.
std::string_view operator_name(NodeKind kind);

}  // namespace weir::plan
