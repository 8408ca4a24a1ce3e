#include "expr/time_arithmetic.h"

#include <cmath>

#include "data/calendar.h"
#include "expr/kernel.h"

namespace weir::expr {

namespace {

bool is_infinite(Micros v) { return v == INT64_MIN || v == INT64_MAX; }

Micros shifted(Micros time, const Interval& interval, int sign, Row& row) {
  const std::optional<Micros> moved = add_interval(time, interval, sign);
  if (!moved) row.fail("22008", "timestamp out of range");
  return moved.value_or(0);
}

Micros of_date(int32_t days, Row& row) {
  if (days == INT32_MIN) return INT64_MIN;
  if (days == INT32_MAX) return INT64_MAX;
  if (days > kMaxTimestampDay) return row.fail("22008", "date out of range for timestamp"), 0;
  return int64_t{days} * kMicrosPerDay;
}

// Days carry whole 24 hours, as PostgreSQL's timestamp subtraction gives them.
Interval difference(Micros a, Micros b, Row& row) {
  if (is_infinite(a) || is_infinite(b)) {
    row.fail("22008", "cannot subtract infinite timestamps");
    return {};
  }
  const Micros micros = a - b;
  return {0, static_cast<int32_t>(micros / kMicrosPerDay), micros % kMicrosPerDay};
}

Interval sum(const Interval& a, const Interval& b, int sign, Row& row) {
  Interval out;
  const bool bad = __builtin_add_overflow(a.months, sign * b.months, &out.months) ||
                   __builtin_add_overflow(a.days, sign * b.days, &out.days) ||
                   __builtin_add_overflow(a.micros, sign * b.micros, &out.micros);
  if (bad) row.fail("22008", "interval out of range");
  return out;
}

Interval or_fail(const std::optional<Interval>& v, Row& row) {
  if (!v) row.fail("22008", "interval out of range");
  return v.value_or(Interval());
}

double rounded_to_micros(double v) { return std::rint(v * 1e6) / 1e6; }

// `scaled` is applied to each field. What is left of a month becomes days, and what is left of both
// time; each is rounded on its way, as PostgreSQL does.
template <class Scaled>
std::optional<Interval> scale_fields(const Interval& v, Scaled scaled) {
  const double months = scaled(v.months);
  const double month_days = rounded_to_micros((months - std::trunc(months)) * 30);
  const double own_days = scaled(v.days);
  double seconds = rounded_to_micros(
      (own_days - std::trunc(own_days) + month_days - std::trunc(month_days)) * 86400);
  const double carried = std::trunc(seconds / 86400);
  seconds -= carried * 86400;
  const double days = std::trunc(own_days) + std::trunc(month_days) + carried;
  const double micros = std::rint(scaled(static_cast<double>(v.micros)) + seconds * 1e6);
  if (!(std::abs(std::trunc(months)) < 2147483647.0 && std::abs(days) < 2147483647.0 &&
        std::abs(micros) < 9.2e18)) {
    return std::nullopt;
  }
  return Interval{static_cast<int32_t>(months), static_cast<int32_t>(days),
                  static_cast<int64_t>(micros)};
}

template <int kSign>
ColumnPtr time_and_interval(const KernelCall& c) {
  return binary<int64_t, Interval, int64_t>(
      c, [](int64_t t, const Interval& v, Row& row) { return shifted(t, v, kSign, row); });
}

template <int kSign>
ColumnPtr date_and_interval(const KernelCall& c) {
  return binary<int32_t, Interval, int64_t>(
      c, [](int32_t d, const Interval& v, Row& row) {
        return shifted(of_date(d, row), v, kSign, row);
      });
}

template <int kSign>
ColumnPtr date_and_days(const KernelCall& c) {
  return binary<int32_t, int32_t, int32_t>(c, [](int32_t d, int32_t n, Row& row) -> int32_t {
    if (d == INT32_MIN || d == INT32_MAX) return d;
    const int64_t moved = int64_t{d} + kSign * int64_t{n};
    if (moved < kMinDay || moved > kMaxDay) row.fail("22008", "date out of range");
    return static_cast<int32_t>(moved);
  });
}

template <int kSign>
ColumnPtr clock_and_interval(const KernelCall& c) {
  return binary<int64_t, Interval, int64_t>(c, [](int64_t t, const Interval& v, Row&) {
    return floor_mod(t + kSign * v.micros % kMicrosPerDay, kMicrosPerDay);
  });
}

template <int kSign>
ColumnPtr intervals(const KernelCall& c) {
  return binary<Interval, Interval, Interval>(
      c, [](const Interval& a, const Interval& b, Row& row) { return sum(a, b, kSign, row); });
}

// The arguments the other way round: interval + timestamp.
template <Kernel kKernel>
ColumnPtr swapped(const KernelCall& c) {
  const ColumnPtr args[] = {c.args[1], c.args[0]};
  return kKernel({args, c.rows, c.result, c.null_rows, c.context, c.errors});
}

ColumnPtr timestamps_minus(const KernelCall& c) {
  return binary<int64_t, int64_t, Interval>(
      c, [](int64_t a, int64_t b, Row& row) { return difference(a, b, row); });
}

ColumnPtr clocks_minus(const KernelCall& c) {
  return binary<int64_t, int64_t, Interval>(
      c, [](int64_t a, int64_t b, Row&) { return Interval{0, 0, a - b}; });
}

ColumnPtr dates_minus(const KernelCall& c) {
  return binary<int32_t, int32_t, int32_t>(c, [](int32_t a, int32_t b, Row& row) -> int32_t {
    if (a == INT32_MIN || a == INT32_MAX || b == INT32_MIN || b == INT32_MAX) {
      row.fail("22008", "cannot subtract infinite dates");
    }
    return static_cast<int32_t>(int64_t{a} - b);
  });
}

ColumnPtr interval_times(const KernelCall& c) {
  return binary<Interval, double, Interval>(
      c, [](const Interval& v, double f, Row& row) { return or_fail(scale_interval(v, f), row); });
}

ColumnPtr interval_divided(const KernelCall& c) {
  return binary<Interval, double, Interval>(c, [](const Interval& v, double f, Row& row) {
    if (f == 0) return row.fail("22012", "division by zero"), Interval();
    return or_fail(divide_interval(v, f), row);
  });
}

ColumnPtr interval_negated(const KernelCall& c) {
  return unary<Interval, Interval>(
      c, [](const Interval& v, Row& row) { return sum({}, v, -1, row); });
}

}  // namespace

std::optional<Interval> scale_interval(const Interval& v, double factor) {
  return scale_fields(v, [factor](double field) { return field * factor; });
}

std::optional<Interval> divide_interval(const Interval& v, double divisor) {
  return scale_fields(v, [divisor](double field) { return field / divisor; });
}

std::optional<Micros> add_interval(Micros time, const Interval& interval, int sign) {
  if (is_infinite(time)) return time;
  if (interval.months != 0) {
    const int64_t day = floor_div(time, kMicrosPerDay);
    CivilDate date = civil_from_days(day);
    const int64_t months = date.year * 12 + (date.month - 1) + int64_t{sign} * interval.months;
    date.year = floor_div(months, 12);
    date.month = static_cast<int>(floor_mod(months, 12)) + 1;
    if (date.year < -4713 || date.year > 294'247) return std::nullopt;
    date.day = std::min(date.day, days_in_month(date.year, date.month));
    time = days_from_civil(date.year, date.month, date.day) * kMicrosPerDay +
           floor_mod(time, kMicrosPerDay);
  }
  const Int128 moved = Int128{time} + sign * (Int128{interval.days} * kMicrosPerDay +
                                              interval.micros);
  if (moved < kMinTimestamp || moved >= kEndTimestamp) return std::nullopt;
  return static_cast<Micros>(moved);
}

void add_time_arithmetic(std::vector<Function>& out) {
  using enum TypeId;
  const auto add = [&](std::string_view name, Type a, Type b, Type result, Kernel kernel) {
    out.push_back({.name = name, .args = {a, b}, .result = result, .kernel = kernel,
                   .summary = "arithmetic on times", .group = "date and time"});
  };
  for (const Type type : {Type(kTimestamp), Type(kTimestamptz)}) {
    add("+", type, kInterval, type, time_and_interval<1>);
    add("+", kInterval, type, type, swapped<time_and_interval<1>>);
    add("-", type, kInterval, type, time_and_interval<-1>);
    add("-", type, type, kInterval, timestamps_minus);
  }
  add("+", kDate, kInterval, kTimestamp, date_and_interval<1>);
  add("+", kInterval, kDate, kTimestamp, swapped<date_and_interval<1>>);
  add("-", kDate, kInterval, kTimestamp, date_and_interval<-1>);
  add("+", kDate, kInt4, kDate, date_and_days<1>);
  add("+", kInt4, kDate, kDate, swapped<date_and_days<1>>);
  add("-", kDate, kInt4, kDate, date_and_days<-1>);
  add("-", kDate, kDate, kInt4, dates_minus);
  add("+", kTime, kInterval, kTime, clock_and_interval<1>);
  add("+", kInterval, kTime, kTime, swapped<clock_and_interval<1>>);
  add("-", kTime, kInterval, kTime, clock_and_interval<-1>);
  add("-", kTime, kTime, kInterval, clocks_minus);
  add("+", kInterval, kInterval, kInterval, intervals<1>);
  add("-", kInterval, kInterval, kInterval, intervals<-1>);
  add("*", kInterval, kFloat8, kInterval, interval_times);
  add("*", kFloat8, kInterval, kInterval, swapped<interval_times>);
  add("/", kInterval, kFloat8, kInterval, interval_divided);
  out.push_back({.name = "-", .args = {kInterval}, .result = kInterval, .kernel = interval_negated,
                 .summary = "sign", .group = "date and time"});
}

}  // namespace weir::expr
