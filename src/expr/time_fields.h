// Fields of dates, times and intervals: extract, date_part and date_trunc, with every name that
// PostgreSQL has for a field ("hour", "hrs", "h").
#pragma once
#include "data/calendar.h"
#include "expr/kernel.h"

namespace weir::expr {

inline bool is_infinite(Micros v) { return v == INT64_MIN || v == INT64_MAX; }

struct IsoWeek {
  int64_t year;  // astronomical: 0 is 1 BC
  int64_t week;
};
IsoWeek iso_week(int64_t day);

// date_trunc on timestamp and timestamptz; `type` is named in errors.
Micros truncate_time(std::string_view field, Micros v, const char* type, Row& row);
bool is_clock_field(std::string_view field);  // an hour and below
Interval truncate_interval(std::string_view field, const Interval& v, Row& row);

ColumnPtr extract(const KernelCall& call);    // (text, any time), as numeric
ColumnPtr date_part(const KernelCall& call);  // the same, as double precision

}  // namespace weir::expr
