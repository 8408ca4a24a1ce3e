// Sessions: rows of one key whose times are less than `gap` apart, one after the other, are a
// session from the first time to the last one + gap; each row is answered with these two behind its
// columns. A row without a time, or at an infinite one, is in none.
//
//   delta   a row may begin a session, grow one, or join two; one that goes may shorten a session
//           or split it. The times before and after an epoch together fall into runs that are less
//           than `gap` apart: within a run that the epoch touched finish() tells the sessions of
//           both, and says what differs. No other run is looked at.
//   state   every row by key and time. Where the view closes sessions, those of open ones only: a
//           row that comes later begins one of its own, which is late where it has closed too.
//   cost    O(log n) a row; the rows of the sessions that are touched, an epoch.
#pragma once
#include "flow/operator.h"

namespace weir::flow {

std::unique_ptr<Operator> make_session(const plan::Node& node,
                                       const OperatorOptions& options);

}  // namespace weir::flow
