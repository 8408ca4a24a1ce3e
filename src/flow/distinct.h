// Distinct: each row once, by SQL equality, for as long as any equal row is there.
//
//   delta   +row: the first of its equals comes out; -row: the last of them takes it back.
//   state   key -> the rows in it with their weights (1.0 and 1.00 are equal and both remembered);
//           the representative is the one that was emitted, kept while it lives. Of append-only
//           input the keys alone: the row that comes first stays, and comes out at once.
//   cost    one probe a row; state grows with the number of different rows.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_distinct(const plan::Node& node, const OperatorOptions& options);

}  // namespace weir::flow
