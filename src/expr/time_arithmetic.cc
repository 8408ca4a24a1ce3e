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

double to_micros(double v) { return std::rint(v * 1e6) / 1e6; }

// Fractions flow down: of a month into 30-day days, of a day into time. Months and days are each
// cut towards zero before their fractions are added up, so the parts may differ in sign.
template <class Scale>
Interval scaled(const Interval& v, Scale scale, Row& row) {
  constexpr double kSecondsPerDay = 86'400;
  const double all_months = scale(v.months);
  const double all_days = scale(v.days);
  const double months = std::trunc(all_months);
  const double from_months = to_micros((all_months - months) * 30);
  double days = std::trunc(all_days);
  double seconds = to_micros(
      (all_days - days + from_months - std::trunc(from_months)) * kSecondsPerDay);
  if (std::abs(seconds) >= kSecondsPerDay) {
    const double carried = std::trunc(seconds / kSecondsPerDay);
    days += carried;
    seconds -= carried * kSecondsPerDay;
  }
  days += std::trunc(from_months);
  const double micros = std::rint(scale(static_cast<double>(v.micros)) + seconds * 1e6);
  if (!(std::abs(months) < 2147483647.0 && std::abs(days) < 2147483647.0 &&
        std::abs(micros) < 9.2e18)) {
    row.fail("22008", "interval out of range");
    return {};
  }
  return {static_cast<int32_t>(months), static_cast<int32_t>(days), static_cast<int64_t>(micros)};
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
        if (d > kMaxTimestampDay && d != INT32_MAX) {
          row.fail("22008", "date out of range for timestamp");
        }
        return shifted(micros_of_date(d), v, kSign, row);
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
      c, [](const Interval& v, double f, Row& row) {
        return scaled(v, [f](double part) { return part * f; }, row);
      });
}

ColumnPtr interval_divided(const KernelCall& c) {
  return binary<Interval, double, Interval>(c, [](const Interval& v, double f, Row& row) {
    if (f == 0) return row.fail("22012", "division by zero"), Interval();
    return scaled(v, [f](double part) { return part / f; }, row);
  });
}

ColumnPtr interval_negated(const KernelCall& c) {
  return unary<Interval, Interval>(
      c, [](const Interval& v, Row& row) { return sum({}, v, -1, row); });
}

}  // namespace

std::optional<Micros> add_interval(Micros time, const Interval& interval, int sign) {
  if (is_infinite(time)) return time;
  if (interval.months != 0) {
    const int64_t day = floor_div(time, kMicrosPerDay);
    CivilDate date = civil_from_days(day);
    const int64_t months = date.year * 12 + (date.month - 1) + int64_t{sign} * interval.months;
    date.year = floor_div(months, 12);
    date.month = static_cast<int>(floor_mod(months, 12)) + 1;
    if (date.year < -4713 || date.year > 294'246) return std::nullopt;
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
