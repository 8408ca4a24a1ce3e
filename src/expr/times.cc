// Date and time functions. Views compute in UTC: timestamptz has the fields of UTC here.
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/calendar.h"
#include "expr/kernel.h"
#include "expr/time_arithmetic.h"

namespace weir::expr {

namespace {

using enum TypeId;

bool is_infinite(Micros v) { return v == INT64_MIN || v == INT64_MAX; }

// ISO weeks begin on Monday; 1970-01-01 was a Thursday.
int64_t monday_of(int64_t day) { return day - floor_mod(day + 3, 7); }

struct IsoWeek {
  int64_t year;
  int64_t week;
};
IsoWeek iso_week(int64_t day) {
  const int64_t thursday = monday_of(day) + 3;
  const int64_t year = civil_from_days(thursday).year;
  return {year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1};
}

std::optional<int64_t> truncated_day(std::string_view unit, int64_t day) {
  const CivilDate d = civil_from_days(day);
  const auto begin_of = [](int64_t year) { return days_from_civil(year, 1, 1); };
  if (unit == "day") return day;
  if (unit == "week") return monday_of(day);
  if (unit == "month") return days_from_civil(d.year, d.month, 1);
  if (unit == "quarter") return days_from_civil(d.year, (d.month - 1) / 3 * 3 + 1, 1);
  if (unit == "year") return begin_of(d.year);
  if (unit == "decade") return begin_of(floor_div(d.year, 10) * 10);
  if (unit == "century") return begin_of(floor_div(d.year - 1, 100) * 100 + 1);
  if (unit == "millennium") return begin_of(floor_div(d.year - 1, 1000) * 1000 + 1);
  return std::nullopt;
}

std::optional<Micros> unit_micros(std::string_view unit) {
  if (unit == "microseconds" || unit == "microsecond") return 1;
  if (unit == "milliseconds" || unit == "millisecond") return 1000;
  if (unit == "second") return kMicrosPerSecond;
  if (unit == "minute") return 60 * kMicrosPerSecond;
  if (unit == "hour") return 3600 * kMicrosPerSecond;
  return std::nullopt;
}

Micros truncate(std::string_view field, Micros v, const char* type, Row& row) {
  if (is_infinite(v)) return v;
  const std::string unit = lower(field);
  if (const auto micros = unit_micros(unit)) return floor_div(v, *micros) * *micros;
  if (const auto day = truncated_day(unit, floor_div(v, kMicrosPerDay)))
    return *day * kMicrosPerDay;
  row.fail("22023", fmt::format("unit \"{}\" not recognized for type {}", field, type));
  return 0;
}

ColumnPtr date_trunc(const KernelCall& c) {
  const std::string type = c.result.name();
  const Column& value = *c.args[1];
  return map<int64_t>(c, [&](uint32_t i, Row& row) {
    return truncate(c.args[0]->text(i), value.value<int64_t>(i), type.c_str(), row);
  });
}

std::optional<int32_t> fixed_zone(std::string_view zone) {
  const std::string z = lower(zone);
  if (z == "utc" || z == "gmt" || z == "z" || z == "etc/utc" || z == "zulu") return 0;
  return std::nullopt;
}

bool check_zone(std::string_view zone, Row& row) {
  if (fixed_zone(zone)) return true;
  row.fail("0A000", fmt::format("time zone \"{}\" is not supported yet, only UTC", zone));
  return false;
}

ColumnPtr date_trunc_zone(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    if (!check_zone(c.args[2]->text(i), row)) return 0;
    return truncate(c.args[0]->text(i), c.args[1]->value<int64_t>(i), "timestamp with time zone",
                    row);
  });
}

ColumnPtr date_trunc_interval(const KernelCall& c) {
  return map<Interval>(c, [&](uint32_t i, Row& row) -> Interval {
    const std::string unit = lower(c.args[0]->text(i));
    const Interval& v = c.args[1]->value<Interval>(i);
    if (const auto micros = unit_micros(unit))
      return {v.months, v.days, v.micros / *micros * *micros};
    if (unit == "day") return {v.months, v.days, 0};
    if (unit == "month") return {v.months, 0, 0};
    if (unit == "quarter") return {v.months / 3 * 3, 0, 0};
    if (unit == "year") return {v.months / 12 * 12, 0, 0};
    row.fail("22023", fmt::format("unit \"{}\" not recognized for type interval", unit));
    return {};
  });
}

// PostgreSQL takes "days" for "day"; milliseconds and microseconds have no other form here.
std::string singular(std::string unit) {
  for (const std::string_view plural :
       {"days", "hours", "minutes", "seconds", "months", "years", "weeks"}) {
    if (unit == plural) unit.pop_back();
  }
  return unit;
}

// Value and scale of a field: seconds carry microseconds.
std::optional<Decimal> clock_field(std::string_view unit, Micros of_day) {
  const Micros seconds = of_day / kMicrosPerSecond;
  if (unit == "hour") return Decimal(seconds / 3600, 0);
  if (unit == "minute") return Decimal(seconds / 60 % 60, 0);
  if (unit == "second") return Decimal(of_day % (60 * kMicrosPerSecond), 6);
  if (unit == "milliseconds") return Decimal(of_day % (60 * kMicrosPerSecond), 3);
  if (unit == "microseconds") return Decimal(of_day % (60 * kMicrosPerSecond), 0);
  return std::nullopt;
}

std::optional<Decimal> day_field(std::string_view unit, int64_t day) {
  const CivilDate d = civil_from_days(day);
  const auto number = [](int64_t v) { return Decimal(v, 0); };
  if (unit == "year") return number(d.year > 0 ? d.year : d.year - 1);
  if (unit == "month") return number(d.month);
  if (unit == "day") return number(d.day);
  if (unit == "quarter") return number((d.month - 1) / 3 + 1);
  if (unit == "dow") return number(floor_mod(day + 4, 7));
  if (unit == "isodow") return number(floor_mod(day + 3, 7) + 1);
  if (unit == "doy") return number(day - days_from_civil(d.year, 1, 1) + 1);
  if (unit == "week") return number(iso_week(day).week);
  if (unit == "isoyear") return number(iso_week(day).year);
  if (unit == "decade") return number(floor_div(d.year, 10));
  if (unit == "century")
    return number(d.year > 0 ? (d.year + 99) / 100 : -((99 - (d.year - 1)) / 100));
  if (unit == "millennium")
    return number(d.year > 0 ? (d.year + 999) / 1000 : -((999 - (d.year - 1)) / 1000));
  if (unit == "julian") return number(day + 2440588);
  return std::nullopt;
}

Decimal field_of_time(std::string_view field, Micros v, const char* type, Row& row) {
  const std::string unit = singular(lower(field));
  if (is_infinite(v)) {
    if (unit == "epoch" || unit == "year") return Decimal::infinity(v < 0);
    row.null();
    return {};
  }
  if (unit == "epoch") return Decimal(v, 6);
  if (const auto f = clock_field(unit, floor_mod(v, kMicrosPerDay))) return *f;
  if (const auto f = day_field(unit, floor_div(v, kMicrosPerDay))) return *f;
  if (unit == "timezone" || unit == "timezone_hour" || unit == "timezone_minute")
    return Decimal(0, 0);
  row.fail("22023", fmt::format("unit \"{}\" not recognized for type {}", field, type));
  return {};
}

Decimal field_of_interval(std::string_view field, const Interval& v, Row& row) {
  const std::string unit = singular(lower(field));
  const Micros seconds = v.micros / kMicrosPerSecond;
  if (unit == "epoch") {
    // A year has 365.25 days here.
    const Int128 micros = (Int128{v.months / 12} * 36525 * (kMicrosPerDay / 100)) +
                          (Int128{v.months % 12} * 30 + v.days) * kMicrosPerDay + v.micros;
    return Decimal(micros, 6);
  }
  if (unit == "hour") return Decimal(seconds / 3600, 0);
  if (unit == "minute") return Decimal(seconds / 60 % 60, 0);
  if (unit == "second") return Decimal(v.micros % (60 * kMicrosPerSecond), 6);
  if (unit == "milliseconds") return Decimal(v.micros % (60 * kMicrosPerSecond), 3);
  if (unit == "microseconds") return Decimal(v.micros % (60 * kMicrosPerSecond), 0);
  if (unit == "day") return Decimal(v.days, 0);
  if (unit == "month") return Decimal(v.months % 12, 0);
  if (unit == "quarter") return Decimal(v.months % 12 / 3 + 1, 0);
  if (unit == "year") return Decimal(v.months / 12, 0);
  if (unit == "decade") return Decimal(v.months / 120, 0);
  if (unit == "century") return Decimal(v.months / 1200, 0);
  row.fail("22023", fmt::format("unit \"{}\" not recognized for type interval", field));
  return {};
}

Decimal extract_at(const KernelCall& c, uint32_t i, Row& row) {
  const std::string_view field = c.args[0]->text(i);
  const Column& v = *c.args[1];
  switch (v.type().id) {
    case kInterval: return field_of_interval(field, v.value<Interval>(i), row);
    case kDate: {
      const int32_t day = v.value<int32_t>(i);
      const std::string unit = lower(field);
      if (unit == "epoch") return Decimal(int64_t{day} * 86400, 0);
      if (const auto f = day_field(unit, day)) return *f;
      row.fail("0A000", fmt::format("unit \"{}\" not supported for type date", field));
      return {};
    }
    case kTime: {
      if (lower(field) == "epoch") return Decimal(v.value<int64_t>(i), 6);
      if (const auto f = clock_field(lower(field), v.value<int64_t>(i))) return *f;
      row.fail("22023",
               fmt::format("unit \"{}\" not recognized for type time without time zone", field));
      return {};
    }
    default:
      return field_of_time(field, v.value<int64_t>(i), v.type().name().c_str(), row);
  }
}

ColumnPtr extract(const KernelCall& c) {
  return map<Decimal>(c, [&](uint32_t i, Row& row) { return extract_at(c, i, row); });
}
ColumnPtr date_part(const KernelCall& c) {
  return map<double>(c, [&](uint32_t i, Row& row) { return extract_at(c, i, row).to_double(); });
}

// Whole years and months between, then days, then time.
Interval age(Micros a, Micros b) {
  const bool negative = a < b;
  if (negative) std::swap(a, b);
  const CivilDate x = civil_from_days(floor_div(a, kMicrosPerDay));
  const CivilDate y = civil_from_days(floor_div(b, kMicrosPerDay));
  int64_t months = (x.year - y.year) * 12 + x.month - y.month;
  int64_t days = x.day - y.day;
  Micros micros = floor_mod(a, kMicrosPerDay) - floor_mod(b, kMicrosPerDay);
  if (micros < 0) micros += kMicrosPerDay, --days;
  if (days < 0) {
    --months;
    days += negative ? days_in_month(x.year, x.month) : days_in_month(y.year, y.month);
  }
  const int sign = negative ? -1 : 1;
  return {static_cast<int32_t>(sign * months), static_cast<int32_t>(sign * days), sign * micros};
}

ColumnPtr age_kernel(const KernelCall& c) {
  return binary<int64_t, int64_t, Interval>(c, [](int64_t a, int64_t b, Row& row) {
    if (is_infinite(a) || is_infinite(b)) row.fail("22008", "timestamp out of range");
    return age(a, b);
  });
}

ColumnPtr date_bin(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    const Interval& stride = c.args[0]->value<Interval>(i);
    const int64_t v = c.args[1]->value<int64_t>(i);
    const int64_t origin = c.args[2]->value<int64_t>(i);
    if (is_infinite(v)) return v;
    if (stride.months != 0) {
      return row.fail("0A000",
                      "timestamps cannot be binned into intervals containing months or years"),
             0;
    }
    const int64_t size = stride.days * kMicrosPerDay + stride.micros;
    if (size <= 0) return row.fail("22008", "stride must be greater than zero"), 0;
    return origin + floor_div(v - origin, size) * size;
  });
}

ColumnPtr from_epoch(const KernelCall& c) {
  return unary<double, int64_t>(c, [](double seconds, Row& row) -> int64_t {
    if (std::isnan(seconds)) return row.fail("22008", "timestamp cannot be NaN"), 0;
    if (std::isinf(seconds)) return seconds < 0 ? INT64_MIN : INT64_MAX;
    const double micros = std::rint(seconds * 1e6);
    if (!(std::abs(micros) < 9.2e18)) return row.fail("22008", "timestamp out of range"), 0;
    return static_cast<int64_t>(micros);
  });
}

std::optional<int64_t> valid_day(int64_t year, int32_t month, int32_t day, Row& row) {
  if (year < 0) ++year;
  const bool ok = year != 0 && month >= 1 && month <= 12 && day >= 1 && std::abs(year) < 290'000 &&
                  day <= days_in_month(year, month);
  if (ok) return days_from_civil(year, month, day);
  row.fail("22008", fmt::format("date field value out of range: {}-{:02}-{:02}", year, month, day));
  return std::nullopt;
}

ColumnPtr make_date(const KernelCall& c) {
  const auto arg = [&](size_t k, uint32_t i) { return c.args[k]->value<int32_t>(i); };
  return map<int32_t>(c, [&](uint32_t i, Row& row) {
    return static_cast<int32_t>(valid_day(arg(0, i), arg(1, i), arg(2, i), row).value_or(0));
  });
}

ColumnPtr make_timestamp(const KernelCall& c) {
  const auto arg = [&](size_t k, uint32_t i) { return c.args[k]->value<int32_t>(i); };
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    const double seconds = c.args[5]->value<double>(i);
    const auto day = valid_day(arg(0, i), arg(1, i), arg(2, i), row);
    if (!day) return 0;
    if (arg(3, i) < 0 || arg(3, i) > 23 || arg(4, i) < 0 || arg(4, i) > 59 ||
        !(seconds >= 0 && seconds <= 60)) {
      return row.fail("22008", "time field value out of range"), 0;
    }
    return *day * kMicrosPerDay + (int64_t{arg(3, i)} * 3600 + arg(4, i) * 60) * kMicrosPerSecond +
           static_cast<int64_t>(std::rint(seconds * 1e6));
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

// AT TIME ZONE 'UTC': between timestamp and timestamptz, the same instant.
ColumnPtr at_zone(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    return check_zone(c.args[0]->text(i), row) ? c.args[1]->value<int64_t>(i) : 0;
  });
}

void put_pattern(Micros v, std::string_view format, std::string& out) {
  const int64_t day = floor_div(v, kMicrosPerDay);
  const CivilDate d = civil_from_days(day);
  const Micros of_day = floor_mod(v, kMicrosPerDay);
  const int64_t seconds = of_day / kMicrosPerSecond;
  static constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                                 "May",       "June",     "July",     "August",
                                                 "September", "October",  "November", "December"};
  static constexpr std::string_view kDays[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
  const auto weekday = static_cast<size_t>(floor_mod(day + 4, 7));
  const auto month = static_cast<size_t>(d.month - 1);
  const auto hour12 = (seconds / 3600 + 11) % 12 + 1;
  const std::pair<std::string_view, std::string> fields[] = {
      {"YYYY", fmt::format("{:04}", d.year)},
      {"HH24", fmt::format("{:02}", seconds / 3600)},
      {"HH12", fmt::format("{:02}", hour12)},
      {"Month", fmt::format("{:<9}", kMonths[month])},
      {"Day", fmt::format("{:<9}", kDays[weekday])},
      {"Mon", std::string(kMonths[month].substr(0, 3))},
      {"DDD", fmt::format("{:03}", day - days_from_civil(d.year, 1, 1) + 1)},
      {"Dy", std::string(kDays[weekday].substr(0, 3))},
      {"MM", fmt::format("{:02}", d.month)},
      {"MI", fmt::format("{:02}", seconds / 60 % 60)},
      {"MS", fmt::format("{:03}", of_day % kMicrosPerSecond / 1000)},
      {"US", fmt::format("{:06}", of_day % kMicrosPerSecond)},
      {"DD", fmt::format("{:02}", d.day)},
      {"HH", fmt::format("{:02}", hour12)},
      {"SS", fmt::format("{:02}", seconds % 60)},
      {"AM", seconds < 43200 ? "AM" : "PM"},
      {"PM", seconds < 43200 ? "AM" : "PM"},
      {"IW", fmt::format("{:02}", iso_week(day).week)},
      {"IYYY", fmt::format("{:04}", iso_week(day).year)},
      {"YY", fmt::format("{:02}", floor_mod(d.year, 100))},
      {"Q", std::to_string((d.month - 1) / 3 + 1)},
      {"ID", std::to_string(floor_mod(day + 3, 7) + 1)},
      {"D", std::to_string(weekday + 1)}};
  for (size_t i = 0; i < format.size();) {
    if (format[i] == '"') {
      const size_t end = format.find('"', i + 1);
      out += format.substr(i + 1, end == std::string_view::npos ? end : end - i - 1);
      i = end == std::string_view::npos ? format.size() : end + 1;
      continue;
    }
    const auto* found = std::find_if(std::begin(fields), std::end(fields), [&](const auto& f) {
      return format.substr(i).starts_with(f.first);
    });
    if (found == std::end(fields)) {
      out.push_back(format[i++]);
    } else {
      out += found->second;
      i += found->first.size();
    }
  }
}

ColumnPtr to_char(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Micros v = c.args[0]->value<int64_t>(i);
    if (is_infinite(v)) return row.null();
    put_pattern(v, c.args[1]->text(i), out);
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
    add(out, "to_char", {type, kText}, kText, to_char, "formatted by a pattern");
  }
  add(out, "date_trunc", {kText, kTimestamptz, kText}, kTimestamptz, date_trunc_zone,
      "cut to a unit in a zone");
  add(out, "date_trunc", {kText, kInterval}, kInterval, date_trunc_interval, "cut to a unit");
  for (const Type type :
       {Type(kTimestamptz), Type(kTimestamp), Type(kDate), Type(kTime), Type(kInterval)}) {
    add(out, "extract", {kText, type}, kNumeric, extract, "a field, as numeric");
    add(out, "date_part", {kText, type}, kFloat8, date_part, "a field, as double precision");
  }
  add(out, "isfinite", {kDate}, kBool, is_finite<int32_t>, "not infinite");
  add(out, "to_timestamp", {kFloat8}, kTimestamptz, from_epoch, "from seconds since 1970");
  add(out, "make_date", {kInt4, kInt4, kInt4}, kDate, make_date, "from year, month, day");
  add(out, "make_timestamp", {kInt4, kInt4, kInt4, kInt4, kInt4, kFloat8}, kTimestamp,
      make_timestamp, "from year, month, day, hour, minute, second");
  add(out, "justify_hours", {kInterval}, kInterval, justify_hours, "24 hours as days");
  add(out, "justify_days", {kInterval}, kInterval, justify_days, "30 days as months");
  add(out, "timezone", {kText, kTimestamptz}, kTimestamp, at_zone, "AT TIME ZONE 'UTC'");
  add(out, "timezone", {kText, kTimestamp}, kTimestamptz, at_zone, "AT TIME ZONE 'UTC'");
}

}  // namespace weir::expr
