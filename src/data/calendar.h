// The proleptic Gregorian calendar on days since 1970-01-01 and microseconds.
#pragma once
#include <cstdint>

#include "base/ids.h"

namespace weir {

constexpr Micros kMicrosPerSecond = 1'000'000;
constexpr Micros kMicrosPerDay = 86'400 * kMicrosPerSecond;

struct CivilDate {
  int64_t year = 1970;  // astronomical: 0 is 1 BC
  int month = 1;
  int day = 1;
};

// Algorithms after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
constexpr int64_t days_from_civil(int64_t year, int month, int day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
  return era * 146097 + day_of_era - 719468;
}

constexpr CivilDate civil_from_days(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t of_era = days - era * 146097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  CivilDate date;
  date.day = static_cast<int>(of_year - (153 * shifted + 2) / 5 + 1);
  date.month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  date.year = year + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

constexpr bool is_leap_year(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr int days_in_month(int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month - 1];
}

// Rounds towards minus infinity, as windows and date parts of times before 1970 need.
constexpr int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}
constexpr int64_t floor_mod(int64_t a, int64_t b) { return a - floor_div(a, b) * b; }

// Bounds: both begin with the first Julian day and dates reach 5874897-12-31, as in PostgreSQL.
// Microseconds since 1970 leave 64 bits in January 294247 (it counts from 2000: 294276).
constexpr int64_t kMinDay = days_from_civil(-4713, 11, 24);
constexpr int64_t kMaxDay = days_from_civil(5874897, 12, 31);
constexpr int64_t kMaxTimestampDay = days_from_civil(294247, 1, 9);

constexpr Micros kMinTimestamp = kMinDay * kMicrosPerDay;
constexpr Micros kEndTimestamp = (kMaxTimestampDay + 1) * kMicrosPerDay;

// The midnight at which a date begins; those behind the last timestamp are the end of time.
constexpr Micros micros_of_date(int32_t days) {
  if (days == INT32_MIN) return INT64_MIN;
  return days > kMaxTimestampDay ? INT64_MAX : int64_t{days} * kMicrosPerDay;
}

}  // namespace weir
