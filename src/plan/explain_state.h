// What an operator keeps, in words: under which key, what that grows with and, where nothing bounds
// it, what would.
#pragma once
#include <map>
#include <string>

#include "plan/closing.h"
#include "plan/expiry.h"

namespace weir::plan {

class StateOf {
 public:
  explicit StateOf(const View& view);
  std::string text(const Node& node) const;  // empty: it keeps nothing
  // An aggregate closes the view's rows, so that they need not wait behind it.
  bool closes_inside() const { return place_.aggregate != nullptr; }

 private:
  std::string join(const Node& node) const;
  std::string side(const Node& join, size_t input) const;
  std::string rows(const Node& node, const char* what) const;
  bool expires(const Node& node, size_t input) const;

  const bool closing_;
  ClosingPlace place_;
  std::map<const Node*, InputExpiries> expiries_;
};

}  // namespace weir::plan
