// The keys of a join: equalities between its sides. Columns are keys as they are; an expression
// over one side becomes a column of it first, so that `a.id = b.id::bigint` finds its matches by
// key and does not compare every pair.
#pragma once
#include "plan/plan.h"

namespace weir::plan {

class JoinKeys {
 public:
  JoinKeys(NodePtr left, NodePtr right);
  // True: the conjunct (over left columns ++ right columns) was an equality and is a key now.
  bool take(const expr::ExprPtr& conjunct);
  // `spec` has the kind, keys of its own and the residual. Answers the columns of both sides, as a
  // join of them does.
  NodePtr join(JoinSpec spec);

 private:
  struct Key {
    expr::ExprPtr left;
    expr::ExprPtr right;  // over the right side's columns
  };
  NodePtr left_;
  NodePtr right_;
  std::vector<Key> keys_;
};

}  // namespace weir::plan
