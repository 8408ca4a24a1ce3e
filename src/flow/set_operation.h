// INTERSECT and EXCEPT, of sets or (ALL) of multisets, by SQL equality: rows that are equal and
// look different (1.0 and 1.00) are one, shown as the earliest of them that is left on the left
// side, however often it stands.
//
//   delta   with n equal rows on the left and m on the right: INTERSECT 1 where both are there, ALL
//           min(n, m); EXCEPT 1 where n > 0 and m = 0, ALL max(n - m, 0). finish() compares this
//           and the representative with what they were, for each row that the epoch touched.
//   state   key -> the left rows in it with their weights, and how many there are on the right.
//   cost    one probe a row; state grows with the number of different rows of both sides.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_set_operation(const plan::Node& node);

}  // namespace weir::flow
