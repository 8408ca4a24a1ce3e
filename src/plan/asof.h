// "The version valid at that time" in PostgreSQL's own words:
//
//   from trades t left join lateral (
//     select * from quotes q where q.symbol = t.symbol and q.ts <= t.ts
//     order by q.ts desc limit 1) q on true
//
// A lateral join of this form is an asof join (flow/asof_join.h), which keeps both sides by key and
// time. Any other is decorrelated, which is right as well and dearer.
#pragma once
#include "plan/plan.h"

namespace weir::plan {

// The left columns, then those of `sub`, a sub-query that names columns of `level`, which are the
// left ones. Null: not of this form. `outer`: a left row without a version stays.
NodePtr as_asof_join(const NodePtr& left, const NodePtr& sub, uint32_t level, bool outer);

}  // namespace weir::plan
