#include "expr/time_fields.h"

#include <fmt/core.h>

#include "base/letter_case.h"

namespace weir::expr {

namespace {

using enum TypeId;

enum class Field : uint8_t {
  kUnknown,
  kMicroseconds,
  kMilliseconds,
  kSecond,
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
  kQuarter,
  kYear,
  kDecade,
  kCentury,
  kMillennium,
  kIsoYear,
  kDayOfWeek,
  kIsoDayOfWeek,
  kDayOfYear,
  kJulian,
  kEpoch,
  kTimezone,
  kTimezoneHour,
  kTimezoneMinute,
};

struct Name {
  std::string_view text;
  Field field;
};
// As in PostgreSQL only the first ten characters of a name count.
constexpr Name kNames[] = {
    {"us", Field::kMicroseconds},       {"usec", Field::kMicroseconds},
    {"usecs", Field::kMicroseconds},    {"usecond", Field::kMicroseconds},
    {"useconds", Field::kMicroseconds}, {"microsecon", Field::kMicroseconds},
    {"ms", Field::kMilliseconds},       {"msec", Field::kMilliseconds},
    {"msecs", Field::kMilliseconds},    {"msecond", Field::kMilliseconds},
    {"mseconds", Field::kMilliseconds}, {"millisecon", Field::kMilliseconds},
    {"s", Field::kSecond},              {"sec", Field::kSecond},
    {"secs", Field::kSecond},           {"second", Field::kSecond},
    {"seconds", Field::kSecond},        {"m", Field::kMinute},
    {"min", Field::kMinute},            {"mins", Field::kMinute},
    {"minute", Field::kMinute},         {"minutes", Field::kMinute},
    {"h", Field::kHour},                {"hr", Field::kHour},
    {"hrs", Field::kHour},              {"hour", Field::kHour},
    {"hours", Field::kHour},            {"d", Field::kDay},
    {"day", Field::kDay},               {"days", Field::kDay},
    {"w", Field::kWeek},                {"week", Field::kWeek},
    {"weeks", Field::kWeek},            {"mon", Field::kMonth},
    {"mons", Field::kMonth},            {"month", Field::kMonth},
    {"months", Field::kMonth},          {"qtr", Field::kQuarter},
    {"quarter", Field::kQuarter},       {"y", Field::kYear},
    {"yr", Field::kYear},               {"yrs", Field::kYear},
    {"year", Field::kYear},             {"years", Field::kYear},
    {"dec", Field::kDecade},            {"decs", Field::kDecade},
    {"decade", Field::kDecade},         {"decades", Field::kDecade},
    {"c", Field::kCentury},             {"cent", Field::kCentury},
    {"century", Field::kCentury},       {"centuries", Field::kCentury},
    {"mil", Field::kMillennium},        {"mils", Field::kMillennium},
    {"millennium", Field::kMillennium}, {"millennia", Field::kMillennium},
    {"isoyear", Field::kIsoYear},       {"dow", Field::kDayOfWeek},
    {"isodow", Field::kIsoDayOfWeek},   {"doy", Field::kDayOfYear},
    {"julian", Field::kJulian},         {"j", Field::kJulian},
    {"jd", Field::kJulian},             {"epoch", Field::kEpoch},
    {"timezone", Field::kTimezone},     {"timezone_h", Field::kTimezoneHour},
    {"timezone_m", Field::kTimezoneMinute},
};

Field field_of(std::string_view text) {
  const std::string name = lower(text.substr(0, 10));
  const auto* found = std::find_if(std::begin(kNames), std::end(kNames),
                                   [&](const Name& n) { return n.text == name; });
  return found == std::end(kNames) ? Field::kUnknown : found->field;
}

// A name that is a field, though not of this type, and one that is none.
void refuse(Field field, std::string_view text, std::string_view type, Row& row) {
  const bool known = field != Field::kUnknown;
  row.fail(known ? "0A000" : "22023",
           fmt::format("unit \"{}\" not {} for type {}", lower(text),
                       known ? "supported" : "recognized", type));
}

// ISO weeks begin on Monday; 1970-01-01 was a Thursday.
int64_t monday_of(int64_t day) { return day - floor_mod(day + 3, 7); }

std::optional<int64_t> truncated_day(Field field, int64_t day) {
  const CivilDate d = civil_from_days(day);
  const auto begin_of = [](int64_t year) { return days_from_civil(year, 1, 1); };
  switch (field) {
    case Field::kDay: return day;
    case Field::kWeek: return monday_of(day);
    case Field::kMonth: return days_from_civil(d.year, d.month, 1);
    case Field::kQuarter: return days_from_civil(d.year, (d.month - 1) / 3 * 3 + 1, 1);
    case Field::kYear: return begin_of(d.year);
    case Field::kDecade: return begin_of(floor_div(d.year, 10) * 10);
    case Field::kCentury: return begin_of(floor_div(d.year - 1, 100) * 100 + 1);
    case Field::kMillennium: return begin_of(floor_div(d.year - 1, 1000) * 1000 + 1);
    default: return std::nullopt;
  }
}

std::optional<Micros> clock_unit(Field field) {
  switch (field) {
    case Field::kMicroseconds: return 1;
    case Field::kMilliseconds: return 1000;
    case Field::kSecond: return kMicrosPerSecond;
    case Field::kMinute: return 60 * kMicrosPerSecond;
    case Field::kHour: return 3600 * kMicrosPerSecond;
    default: return std::nullopt;
  }
}

// Seconds carry microseconds. Of an interval the parts may be negative.
std::optional<Decimal> clock_field(Field field, Micros micros) {
  const Micros of_minute = micros % (60 * kMicrosPerSecond);
  switch (field) {
    case Field::kHour: return Decimal(micros / kMicrosPerSecond / 3600, 0);
    case Field::kMinute: return Decimal(micros / kMicrosPerSecond / 60 % 60, 0);
    case Field::kSecond: return Decimal(of_minute, 6);
    case Field::kMilliseconds: return Decimal(of_minute, 3);
    case Field::kMicroseconds: return Decimal(of_minute, 0);
    default: return std::nullopt;
  }
}

std::optional<Decimal> day_field(Field field, int64_t day) {
  const CivilDate d = civil_from_days(day);
  const auto number = [](int64_t v) { return Decimal(v, 0); };
  const auto without_zero = [&](int64_t year) { return number(year > 0 ? year : year - 1); };
  const auto counted = [&](int64_t years) {  // centuries and millennia have no zero either
    if (d.year > 0) return number((d.year + years - 1) / years);
    return number(-((years - 1 - (d.year - 1)) / years));
  };
  switch (field) {
    case Field::kYear: return without_zero(d.year);
    case Field::kMonth: return number(d.month);
    case Field::kDay: return number(d.day);
    case Field::kQuarter: return number((d.month - 1) / 3 + 1);
    case Field::kDayOfWeek: return number(floor_mod(day + 4, 7));
    case Field::kIsoDayOfWeek: return number(floor_mod(day + 3, 7) + 1);
    case Field::kDayOfYear: return number(day - days_from_civil(d.year, 1, 1) + 1);
    case Field::kWeek: return number(iso_week(day).week);
    case Field::kIsoYear: return without_zero(iso_week(day).year);
    case Field::kDecade: return number(floor_div(d.year, 10));
    case Field::kCentury: return counted(100);
    case Field::kMillennium: return counted(1000);
    case Field::kJulian: return number(day + 2440588);
    default: return std::nullopt;
  }
}

// Of an infinite time the fields that only grow are infinite, the others NULL.
Decimal infinite_field(Field field, bool negative, Row& row) {
  switch (field) {
    case Field::kYear:
    case Field::kDecade:
    case Field::kCentury:
    case Field::kMillennium:
    case Field::kIsoYear:
    case Field::kJulian:
    case Field::kEpoch: return Decimal::infinity(negative);
    default: row.null(); return {};
  }
}

Decimal field_of_time(std::string_view text, Micros v, TypeId type, Row& row) {
  const Field field = field_of(text);
  const bool is_zone = field == Field::kTimezone || field == Field::kTimezoneHour ||
                       field == Field::kTimezoneMinute;
  if (field == Field::kUnknown || (is_zone && type != kTimestamptz && !is_infinite(v))) {
    return refuse(field, text, Type(type).name(), row), Decimal();
  }
  if (is_infinite(v)) return infinite_field(field, v < 0, row);
  if (is_zone) return Decimal(0, 0);
  const Micros of_day = floor_mod(v, kMicrosPerDay);
  const int64_t day = floor_div(v, kMicrosPerDay);
  if (field == Field::kEpoch) return Decimal(v, 6);
  if (field == Field::kJulian) {
    const auto fraction = Decimal::div(Decimal(of_day, 0), Decimal(kMicrosPerDay, 0));
    const auto julian = fraction ? Decimal::add(*day_field(field, day), *fraction) : fraction;
    return julian.value_or(Decimal());
  }
  if (const auto f = clock_field(field, of_day)) return *f;
  return day_field(field, day).value_or(Decimal());
}

Decimal field_of_date(std::string_view text, int32_t day, Row& row) {
  const Field field = field_of(text);
  const bool infinite = day == INT32_MIN || day == INT32_MAX;
  if (field == Field::kEpoch && !infinite) return Decimal(int64_t{day} * 86400, 0);
  const auto f = day_field(field, infinite ? 0 : day);
  if (!f && field != Field::kEpoch) return refuse(field, text, "date", row), Decimal();
  return infinite ? infinite_field(field, day < 0, row) : *f;
}

Decimal field_of_clock(std::string_view text, Micros v, Row& row) {
  const Field field = field_of(text);
  if (field == Field::kEpoch) return Decimal(v, 6);
  if (const auto f = clock_field(field, v)) return *f;
  return refuse(field, text, "time without time zone", row), Decimal();
}

Decimal field_of_interval(std::string_view text, const Interval& v, Row& row) {
  const Field field = field_of(text);
  if (const auto f = clock_field(field, v.micros)) return *f;
  switch (field) {
    case Field::kEpoch: {  // a year has 365.25 days here
      const Int128 micros = (Int128{v.months / 12} * 36525 * (kMicrosPerDay / 100)) +
                            (Int128{v.months % 12} * 30 + v.days) * kMicrosPerDay + v.micros;
      return Decimal(micros, 6);
    }
    case Field::kDay: return Decimal(v.days, 0);
    case Field::kMonth: return Decimal(v.months % 12, 0);
    case Field::kQuarter: return Decimal(v.months % 12 / 3 + 1, 0);
    case Field::kYear: return Decimal(v.months / 12, 0);
    case Field::kDecade: return Decimal(v.months / 120, 0);
    case Field::kCentury: return Decimal(v.months / 1200, 0);
    case Field::kMillennium: return Decimal(v.months / 12000, 0);
    default: return refuse(field, text, "interval", row), Decimal();
  }
}

Decimal extract_at(const KernelCall& c, uint32_t i, Row& row) {
  const std::string_view field = c.args[0]->text(i);
  const Column& v = *c.args[1];
  switch (v.type().id) {
    case kInterval: return field_of_interval(field, v.value<Interval>(i), row);
    case kDate: return field_of_date(field, v.value<int32_t>(i), row);
    case kTime: return field_of_clock(field, v.value<int64_t>(i), row);
    default: return field_of_time(field, v.value<int64_t>(i), v.type().id, row);
  }
}

// PostgreSQL adds the parts of an interval as floats.
double interval_seconds(const Interval& v) {
  double seconds = static_cast<double>(v.micros) / 1e6;
  seconds += 365.25 * 86400 * (v.months / 12);
  seconds += 30.0 * 86400 * (v.months % 12);
  return seconds + 86400.0 * v.days;
}

}  // namespace

IsoWeek iso_week(int64_t day) {
  const int64_t thursday = monday_of(day) + 3;
  const int64_t year = civil_from_days(thursday).year;
  return {year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1};
}

Micros truncate_time(std::string_view text, Micros v, const char* type, Row& row) {
  if (is_infinite(v)) return v;
  const Field field = field_of(text);
  if (const auto unit = clock_unit(field)) return floor_div(v, *unit) * *unit;
  const auto day = truncated_day(field, floor_div(v, kMicrosPerDay));
  if (!day) return refuse(field, text, type, row), 0;
  if (*day < kMinDay) row.fail("22008", "timestamp out of range");
  return *day * kMicrosPerDay;
}

bool is_clock_field(std::string_view text) { return clock_unit(field_of(text)).has_value(); }

Interval truncate_interval(std::string_view text, const Interval& v, Row& row) {
  const Field field = field_of(text);
  if (const auto unit = clock_unit(field)) return {v.months, v.days, v.micros / *unit * *unit};
  const auto months = [&](int32_t unit) { return Interval{v.months / unit * unit, 0, 0}; };
  switch (field) {
    case Field::kDay: return {v.months, v.days, 0};
    case Field::kMonth: return months(1);
    case Field::kQuarter: return months(3);
    case Field::kYear: return months(12);
    case Field::kDecade: return months(120);
    case Field::kCentury: return months(1200);
    case Field::kMillennium: return months(12000);
    default: return refuse(field, text, "interval", row), Interval();
  }
}

ColumnPtr extract(const KernelCall& c) {
  return map<Decimal>(c, [&](uint32_t i, Row& row) { return extract_at(c, i, row); });
}

ColumnPtr date_part(const KernelCall& c) {
  const Column& v = *c.args[1];
  return map<double>(c, [&](uint32_t i, Row& row) {
    if (v.type().id == kInterval && field_of(c.args[0]->text(i)) == Field::kEpoch) {
      return interval_seconds(v.value<Interval>(i));
    }
    if (v.type().id != kDate) return extract_at(c, i, row).to_double();
    const int32_t day = v.value<int32_t>(i);  // as a timestamp: it has hours too
    const bool infinite = day == INT32_MIN || day == INT32_MAX;
    if (!infinite && day > kMaxTimestampDay) row.fail("22008", "date out of range for timestamp");
    const Micros micros = infinite ? (day < 0 ? INT64_MIN : INT64_MAX)
                                   : std::min<int64_t>(day, kMaxTimestampDay) * kMicrosPerDay;
    return field_of_time(c.args[0]->text(i), micros, kTimestamp, row).to_double();
  });
}

}  // namespace weir::expr
