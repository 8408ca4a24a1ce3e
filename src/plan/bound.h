// What the binder hands from one of its steps to the next.
#pragma once
#include "plan/pending.h"

namespace weir::plan {

struct BoundQuery {
  NodePtr node;
  std::vector<SortColumn> order;     // ORDER BY of the outermost query
  size_t visible = 0;                // columns behind these are there to order by
};

struct BoundSource {  // of a FROM item
  NodePtr node;
  Scope scope;
};

struct SelectedItem {  // of the select list
  expr::ExprPtr expr;
  std::string name;
  int32_t location;
};
struct SelectList {
  const Scope& scope;
  Grouping* grouping;
  std::vector<SelectedItem> items;  // those behind `visible` are there to order by
  size_t visible = 0;
};

struct Joining {
  JoinKind kind = JoinKind::kInner;
  const sql::From* join = nullptr;   // its ON, USING or NATURAL; null: a comma
  bool swapped = false;              // a right join is a left join of the other side
  uint32_t level = 0;                // by which the right side names columns of the left one
  int32_t location = -1;
  std::vector<expr::ExprPtr> conjuncts;
  std::vector<uint32_t> merged;      // of each column of USING, the right side's in the join
};

// A sub-query that is bound; what it is asked for is still open.
struct Asked {
  Pending pending;
  BoundQuery bound;
};
// The rows that ask, and their columns that the sub-query depends on.
struct Asking {
  NodePtr rows;
  std::vector<uint32_t> columns;
  bool strict = false;  // what may fail is computed for these rows alone
};

// Rows to order and to limit: columns to show, and perhaps more to order by.
struct OrderedRows {
  NodePtr node;
  size_t visible = 0;
  std::vector<SortColumn> order;
};
struct RowCounts {  // null: there is none
  expr::ExprPtr limit;
  expr::ExprPtr offset;
  bool with_ties = false;
};

}  // namespace weir::plan
