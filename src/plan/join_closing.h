// Which columns of a join close its rows. A pair is final when neither side can bring another one
// for it: by a time of both sides where the join equates them, or by the later of two times where a
// condition says which that is. A side without event time holds nothing back: what comes of it
// later is late.
#pragma once
#include "plan/plan.h"

namespace weir::plan {

// What a condition says of two columns of time: earlier <= later + by.
struct TimeOrder {
  uint32_t earlier = 0;
  uint32_t later = 0;
  Micros by = 0;
};
// Of comparisons between columns, each plus or minus an interval without months.
std::vector<TimeOrder> time_orders(const expr::ExprPtr& condition);

bool has_event_time(const Node& node);  // anything below it

// Positions in the join's output.
std::vector<ClosingColumn> closing_columns_of_join(const Node& left, const Node& right,
                                                   const JoinSpec& spec);

}  // namespace weir::plan
