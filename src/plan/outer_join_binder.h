// Outer joins whose ON asks sub-queries. See bind_outer_join.cc for how.
#pragma once
#include <map>

#include "plan/binder.h"

namespace weir::plan {

class OuterJoinBinder {
 public:
  using Source = Binder::Source;
  OuterJoinBinder(Binder& binder, Source& left, Source& right, Joining& joining)
      : binder_(binder), left_(left), right_(right), joining_(joining) {}

  // The columns of both sides. `keys`: equalities in which NULLs match, of a lateral right side
  // with the left rows.
  Result<NodePtr> join(JoinSpec keys);

 private:
  using ExprPtr = expr::ExprPtr;
  struct PairSides {
    std::vector<uint32_t> left;   // columns that the condition needs
    std::vector<uint32_t> right;
    JoinSpec keys;
  };
  Result<ExprPtr> moved(const ExprPtr& e, const std::map<uint32_t, uint32_t>& places);
  Result<NodePtr> ask_sides();
  Result<NodePtr> join_flagged(const NodePtr& flagged);
  Result<NodePtr> matching_pairs(const PairSides& sides);
  PairSides sides_of(JoinSpec keys) const;

  Binder& binder_;
  Source& left_;
  Source& right_;
  Joining& joining_;
};

}  // namespace weir::plan
