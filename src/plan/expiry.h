// What the state of a view that closes (on_close, retain) need not hold: rows all of whose results
// have a time that is closed. Found from the view's closing column downwards, wherever it is a
// column of an operator's input too, or bounded by one: of `b.ts between a.ts and a.ts + '10 min'`
// that closes by b.ts, a row of a is done ten minutes after its own time.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "plan/plan.h"

namespace weir::plan {

// Of one input of an operator, by its value in a column.
struct Expiry {
  uint32_t column = 0;
  Ending ending = {};  // of its value
  Micros late = 0;     // a row that comes when the watermark is at its end + late is late
  Micros keep = 0;     // a row leaves the state when the watermark is at its end + keep
  bool operator==(const Expiry&) const = default;
};
using InputExpiries = std::vector<std::optional<Expiry>>;  // by input

// By node, of inner joins, of left, semi and anti joins without a residual, of top-N, window
// functions and DISTINCT. `delay`: a row of the root is done that much behind its column's end.
std::map<const Node*, InputExpiries> find_expiries(const Node& root, const ClosingColumn& column,
                                                   Micros delay);

}  // namespace weir::plan
