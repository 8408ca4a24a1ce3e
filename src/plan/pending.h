// A sub-query, or a set-returning function, that a bound expression asks and that has no column
// yet: a leaf of kind kPending names it by its number. Binder::attach() makes a column of it where
// the rows that ask have a plan.
#pragma once
#include "plan/grouping.h"

namespace weir::plan {

enum class SubqueryKind : uint8_t { kValue, kExists, kIn, kRows };

struct Pending {
  SubqueryKind kind = SubqueryKind::kValue;
  uint32_t level = 0;              // that its outer columns name
  NodePtr node;
  expr::ExprPtr value;             // kValue: over the node's columns
  expr::ExprPtr left;              // kIn: over the outer rows; compared with the first column
  // What the node takes from the outer rows that is no column of theirs: column kFirstComputed + i
  // of the level.
  std::vector<expr::ExprPtr> computed;
  // Of the branch of a CASE and the like that it stands in: no error of other rows counts. Null:
  // all rows ask.
  expr::ExprPtr guard;
  RowsCall rows;                   // kRows
  const Scope* scope = nullptr;    // of the rows that ask, while they are bound
  const Grouping* grouping = nullptr;
  int32_t location = -1;
};

// While what stands in a branch is bound, the condition under which the branch counts.
class Guarded {
 public:
  Guarded(std::vector<expr::ExprPtr>& guards, expr::ExprPtr guard)
      : guards_(guards), before_(guards.size()) {
    if (guard) guards_.push_back(std::move(guard));
  }
  ~Guarded() { guards_.resize(before_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

 private:
  std::vector<expr::ExprPtr>& guards_;
  const size_t before_;
};

// A column of a query level, as a query inside of it names it.
expr::ExprPtr as_outer(const expr::ExprPtr& e, uint32_t level);

constexpr uint32_t kFirstComputed = 1u << 21;

}  // namespace weir::plan
