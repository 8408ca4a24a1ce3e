// Date and time functions. Views compute in UTC: timestamptz has the fields of UTC here. Zones
// by name are in zones.cc.
#include <cmath>

#include <fmt/core.h>

#include "data/calendar.h"
#include "expr/kernel.h"
#include "expr/time_arithmetic.h"
#include "expr/time_fields.h"
#include "expr/times_internal.h"
#include "expr/to_char.h"

namespace weir::expr {

namespace {

using enum TypeId;

ColumnPtr date_trunc(const KernelCall& c) {
  const std::string type = c.result.name();
  const Column& value = *c.args[1];
  return map<int64_t>(c, [&](uint32_t i, Row& row) {
    return truncate_time(c.args[0]->text(i), value.value<int64_t>(i), type.c_str(), row);
  });
}

ColumnPtr date_trunc_interval(const KernelCall& c) {
  return map<Interval>(c, [&](uint32_t i, Row& row) {
    return truncate_interval(c.args[0]->text(i), c.args[1]->value<Interval>(i), row);
  });
}

}  // namespace

Interval age_between(Micros a, Micros b) {
  const bool negative = a < b;
  if (negative) std::swap(a, b);
  const CivilDate x = civil_from_days(floor_div(a, kMicrosPerDay));
  const CivilDate y = civil_from_days(floor_div(b, kMicrosPerDay));
  int64_t months = (x.year - y.year) * 12 + x.month - y.month;
  int64_t days = x.day - y.day;
  Micros micros = floor_mod(a, kMicrosPerDay) - floor_mod(b, kMicrosPerDay);
  if (micros < 0) micros += kMicrosPerDay, --days;
  if (days < 0) {  // a month is borrowed: it has the days of the earlier date's month
    --months;
    days += days_in_month(y.year, y.month);
  }
  const int sign = negative ? -1 : 1;
  return {static_cast<int32_t>(sign * months), static_cast<int32_t>(sign * days), sign * micros};
}

namespace {

ColumnPtr age_kernel(const KernelCall& c) {
  return binary<int64_t, int64_t, Interval>(c, [](int64_t a, int64_t b, Row& row) {
    if (is_infinite(a) || is_infinite(b)) row.fail("22008", "timestamp out of range");
    return age_between(a, b);
  });
}

ColumnPtr date_bin(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    const Interval& stride = c.args[0]->value<Interval>(i);
    const int64_t v = c.args[1]->value<int64_t>(i);
    const int64_t origin = c.args[2]->value<int64_t>(i);
    if (is_infinite(v)) return v;
    if (is_infinite(origin)) return row.fail("22008", "origin out of range"), 0;
    if (stride.months != 0) {
      return row.fail("0A000",
                      "timestamps cannot be binned into intervals containing months or years"),
             0;
    }
    int64_t size = 0, distance = 0, begin = 0;
    if (__builtin_mul_overflow(int64_t{stride.days}, kMicrosPerDay, &size) ||
        __builtin_add_overflow(size, stride.micros, &size))
      return row.fail("22008", "interval out of range"), 0;
    if (size <= 0) return row.fail("22008", "stride must be greater than zero"), 0;
    if (__builtin_sub_overflow(v, origin, &distance))
      return row.fail("22008", "interval out of range"), 0;
    const int64_t into = distance % size;
    if (__builtin_sub_overflow(v - into, into < 0 ? size : 0, &begin) || begin < kMinTimestamp)
      return row.fail("22008", "timestamp out of range"), 0;
    return begin;
  });
}

ColumnPtr from_epoch(const KernelCall& c) {
  return unary<double, int64_t>(c, [](double seconds, Row& row) -> int64_t {
    if (std::isnan(seconds)) return row.fail("22008", "timestamp cannot be NaN"), 0;
    if (std::isinf(seconds)) return seconds < 0 ? INT64_MIN : INT64_MAX;
    const double micros = std::rint(seconds * 1e6);
    if (!(micros >= static_cast<double>(kMinDay) * static_cast<double>(kMicrosPerDay) &&
          micros < 9.2e18)) return row.fail("22008", "timestamp out of range"), 0;
    return static_cast<int64_t>(micros);
  });
}

ColumnPtr make_date(const KernelCall& c) {
  const auto arg = [&](size_t k, uint32_t i) { return c.args[k]->value<int32_t>(i); };
  return map<int32_t>(c, [&](uint32_t i, Row& row) {
    return static_cast<int32_t>(valid_day(arg(0, i), arg(1, i), arg(2, i), row).value_or(0));
  });
}

ColumnPtr justify_hours(const KernelCall& c) {
  return unary<Interval, Interval>(c, [](const Interval& v, Row&) {
    Interval out{v.months, v.days + static_cast<int32_t>(v.micros / kMicrosPerDay),
                 v.micros % kMicrosPerDay};
    if (out.days > 0 && out.micros < 0) --out.days, out.micros += kMicrosPerDay;
    if (out.days < 0 && out.micros > 0) ++out.days, out.micros -= kMicrosPerDay;
    return out;
  });
}

ColumnPtr justify_days(const KernelCall& c) {
  return unary<Interval, Interval>(c, [](const Interval& v, Row&) {
    Interval out{v.months + v.days / 30, v.days % 30, v.micros};
    if (out.months > 0 && out.days < 0) --out.months, out.days += 30;
    if (out.months < 0 && out.days > 0) ++out.months, out.days -= 30;
    return out;
  });
}

template <class T>
ColumnPtr is_finite(const KernelCall& c) {
  return unary<T, uint8_t>(c, [](T v, Row&) -> uint8_t {
    return v != std::numeric_limits<T>::min() && v != std::numeric_limits<T>::max();
  });
}

void add(FunctionList& out, std::string_view name, std::vector<Type> args, Type result,
         Kernel kernel, std::string_view summary) {
  out.push_back({.name = name, .args = std::move(args), .result = result, .kernel = kernel,
                 .summary = summary, .group = "date and time"});
}

}  // namespace

void add_times(FunctionList& out) {
  for (const Type type : {Type(kTimestamptz), Type(kTimestamp)}) {
    add(out, "date_trunc", {kText, type}, type, date_trunc, "cut to a unit");
    add(out, "age", {type, type}, kInterval, age_kernel, "years, months and days between");
    add(out, "date_bin", {kInterval, type, type}, type, date_bin, "start of the bin of a stride");
    add(out, "isfinite", {type}, kBool, is_finite<int64_t>, "not infinite");
    add(out, "to_char", {type, kText}, kText, timestamp_to_char, "formatted by a pattern");
  }
  add(out, "date_trunc", {kText, kInterval}, kInterval, date_trunc_interval, "cut to a unit");
  for (const Type type :
       {Type(kTimestamptz), Type(kTimestamp), Type(kDate), Type(kTime), Type(kInterval)}) {
    add(out, "extract", {kText, type}, kNumeric, extract, "a field, as numeric");
    add(out, "date_part", {kText, type}, kFloat8, date_part, "a field, as double precision");
  }
  add(out, "isfinite", {kInterval}, kBool, [](const KernelCall& c) {
    return unary<Interval, uint8_t>(c, [](const Interval&, Row&) -> uint8_t { return 1; });
  }, "not infinite");
  add(out, "isfinite", {kDate}, kBool, is_finite<int32_t>, "not infinite");
  add(out, "to_timestamp", {kFloat8}, kTimestamptz, from_epoch, "from seconds since 1970");
  add(out, "make_date", {kInt4, kInt4, kInt4}, kDate, make_date, "from year, month, day");
  add(out, "justify_hours", {kInterval}, kInterval, justify_hours, "24 hours as days");
  add(out, "justify_days", {kInterval}, kInterval, justify_days, "30 days as months");
  add(out, "to_char", {kInterval, kText}, kText, interval_to_char, "formatted by a pattern");
  add_readings(out);
  add_zones(out);
  add_spans(out);
}

}  // namespace weir::expr
