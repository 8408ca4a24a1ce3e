// Arithmetic on dates, timestamps and intervals, shared by operators and date functions.
#pragma once
#include <optional>
#include <vector>

#include "base/ids.h"
#include "data/type.h"

namespace weir::expr {

struct Function;

// Months first (the day is cut to the month's end), then days, then time. nullopt: out of range.
std::optional<Micros> add_interval(Micros time, const Interval& interval, int sign);
// Fractions flow down: of a month into 30-day days, of a day into time. nullopt: out of range.
std::optional<Interval> scale_interval(const Interval& interval, double factor);
std::optional<Interval> divide_interval(const Interval& interval, double divisor);
void add_time_arithmetic(std::vector<Function>& out);

}  // namespace weir::expr
