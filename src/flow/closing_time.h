// When a row's time column says that it is: what windows and closing go by. Infinite and NULL
// times, and dates beyond the range of microseconds, are the ends of the scale: kNever closes only
// at the end of time.
#pragma once
#include "base/ids.h"
#include "data/calendar.h"
#include "data/column.h"

namespace weir::flow {

constexpr Micros kNever = INT64_MAX;

inline Micros saturating_add(Micros a, Micros b) {
  Micros sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? INT64_MIN : INT64_MAX;
}

inline Micros time_at(const Column& column, uint32_t row) {
  if (column.is_null(row)) return kNever;
  if (column.type().id != TypeId::kDate) return column.value<int64_t>(row);
  const int64_t day = column.value<int32_t>(row);
  Micros at = 0;
  if (!__builtin_mul_overflow(day, int64_t{kMicrosPerDay}, &at)) return at;
  return day < 0 ? INT64_MIN : kNever;
}

}  // namespace weir::flow
