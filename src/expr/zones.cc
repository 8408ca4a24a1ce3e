// Time zones in functions: AT TIME ZONE, date_trunc in a zone, and times made from their fields.
// timestamptz is an instant; a zone tells which local time it is there (data/time_zone.h).
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/time_zone.h"
#include "expr/time_fields.h"
#include "expr/times_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

const TimeZone* zone_of(ZoneCache& zones, std::string_view text, Row& row) {
  const TimeZone* zone = zones.spelled(text);
  if (!zone) row.fail("22023", fmt::format("time zone \"{}\" not recognized", text));
  return zone;
}

Micros in_range(Micros v, Row& row) {
  if (v < kMinTimestamp || v >= kEndTimestamp) row.fail("22008", "timestamp out of range");
  return v;
}

template <bool kToUtc>
ColumnPtr at_zone(const KernelCall& c) {
  ZoneCache zones;
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    const auto v = c.args[1]->value<int64_t>(i);
    if (is_infinite(v)) return v;  // whatever the zone is called
    const TimeZone* zone = zone_of(zones, c.args[0]->text(i), row);
    if (!zone) return v;
    return in_range(kToUtc ? zone->to_utc(v) : zone->to_local(v), row);
  });
}

// AT TIME ZONE INTERVAL '-08:00'
template <bool kToUtc>
ColumnPtr at_offset(const KernelCall& c) {
  return binary<Interval, int64_t, int64_t>(c, [](const Interval& zone, int64_t v, Row& row) {
    if (is_infinite(v)) return v;
    if (zone.months != 0 || zone.days != 0) {
      row.fail("22023", "interval time zone must not include months or days");
      return v;
    }
    const int64_t offset = zone.micros / kMicrosPerSecond * kMicrosPerSecond;
    return in_range(kToUtc ? v - offset : v + offset, row);
  });
}

// Units below a day are cut with the offset that holds at the time, days and longer ones begin as
// the zone's clocks show it.
ColumnPtr date_trunc_zone(const KernelCall& c) {
  ZoneCache zones;
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    const auto v = c.args[1]->value<int64_t>(i);
    if (is_infinite(v)) return v;
    const TimeZone* zone = zone_of(zones, c.args[2]->text(i), row);
    if (!zone) return v;
    const std::string_view unit = c.args[0]->text(i);
    const Micros local = zone->to_local(v);
    const Micros cut = truncate_time(unit, local, "timestamp with time zone", row);
    return is_clock_field(unit) ? cut - (local - v) : zone->to_utc(cut);
  });
}

}  // namespace

std::optional<int64_t> valid_day(int64_t year, int32_t month, int32_t day, Row& row) {
  const bool zero = year == 0;  // there was none
  if (year < 0) ++year;
  const bool ok = !zero && month >= 1 && month <= 12 && day >= 1 && std::abs(year) < 5'900'000 &&
                  day <= days_in_month(year, month);
  const int64_t days = ok ? days_from_civil(year, month, day) : 0;
  if (ok && days >= kMinDay && days <= kMaxDay) return days;
  row.fail("22008", fmt::format("date field value out of range: {}-{:02}-{:02}", year, month, day));
  return std::nullopt;
}

namespace {

int32_t integer_at(const KernelCall& c, size_t k, uint32_t i) {
  return c.args[k]->value<int32_t>(i);
}

// Hours, minutes and seconds from argument `first` on, as micros of a day.
int64_t clock_at(const KernelCall& c, size_t first, uint32_t i, Row& row) {
  const int32_t hour = integer_at(c, first, i);
  const int32_t minute = integer_at(c, first + 1, i);
  const double seconds = c.args[first + 2]->value<double>(i);
  const bool end_of_day = hour == 24 && minute == 0 && seconds == 0;
  const bool good = hour >= 0 && hour <= 23 && minute >= 0 && minute <= 59 && seconds >= 0 &&
                    seconds <= 60;
  if (!good && !end_of_day) {
    row.fail("22008", fmt::format("time field value out of range: {}:{:02}:{}", hour, minute,
                                  seconds));
    return 0;
  }
  return (int64_t{hour} * 3600 + int64_t{minute} * 60) * kMicrosPerSecond +
         static_cast<int64_t>(std::rint(seconds * 1e6));
}

Micros timestamp_at(const KernelCall& c, uint32_t i, Row& row) {
  const auto day = valid_day(integer_at(c, 0, i), integer_at(c, 1, i), integer_at(c, 2, i), row);
  const int64_t clock = day ? clock_at(c, 3, i, row) : 0;
  if (row.failed()) return 0;
  if (*day > kMaxTimestampDay) return row.fail("22008", "timestamp out of range"), 0;
  return in_range(*day * kMicrosPerDay + clock, row);
}

ColumnPtr make_timestamp(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) { return timestamp_at(c, i, row); });
}

// An offset with its sign is to the east here, as in the text of a time.
ColumnPtr make_timestamptz_zone(const KernelCall& c) {
  ZoneCache zones;
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    const Micros local = timestamp_at(c, i, row);
    const std::string_view text = c.args[6]->text(i);
    if (!text.empty() && text[0] >= '0' && text[0] <= '9') {
      row.fail("22023", "invalid input syntax for type numeric time zone: \"" +
                            std::string(text) + "\"");
    }
    if (row.failed()) return 0;
    const TimeZone* zone = zone_of(zones, text, row);
    if (!zone) return 0;
    const bool is_offset = text.starts_with('+') || text.starts_with('-');
    return is_offset ? local + int64_t{zone->offset_at(0)} * kMicrosPerSecond
                     : zone->to_utc(local);
  });
}

ColumnPtr make_time(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) { return clock_at(c, 0, i, row); });
}

// years, months, weeks, days, hours, minutes, seconds; those that are left away are 0.
ColumnPtr make_interval(const KernelCall& c) {
  return map<Interval>(c, [&](uint32_t i, Row& row) {
    const auto part = [&](size_t k) -> int64_t {
      return k < c.args.size() ? integer_at(c, k, i) : 0;
    };
    const double seconds = c.args.size() > 6 ? std::rint(c.args[6]->value<double>(i) * 1e6) : 0;
    const int64_t months = part(0) * 12 + part(1);
    const int64_t days = part(2) * 7 + part(3);
    const bool fits = months == static_cast<int32_t>(months) &&
                      days == static_cast<int32_t>(days) && std::fabs(seconds) < 9.0e18;
    if (!fits) return row.fail("22008", "interval out of range"), Interval();
    const int64_t clock = (part(4) * 3600 + part(5) * 60) * kMicrosPerSecond;
    return Interval{static_cast<int32_t>(months), static_cast<int32_t>(days),
                    clock + static_cast<int64_t>(seconds)};
  });
}

}  // namespace

void add_zones(FunctionList& out) {
  TimeFunctions add(out);
  const std::string_view at = "AT TIME ZONE: the local time of an instant, and back";
  add("timezone", {kText, kTimestamptz}, kTimestamp, at_zone<false>, at);
  add("timezone", {kText, kTimestamp}, kTimestamptz, at_zone<true>, at);
  add("timezone", {kInterval, kTimestamptz}, kTimestamp, at_offset<false>, at);
  add("timezone", {kInterval, kTimestamp}, kTimestamptz, at_offset<true>, at);
  add("date_trunc", {kText, kTimestamptz, kText}, kTimestamptz, date_trunc_zone,
      "cut to a unit in a zone");
  std::vector<Type> fields{kInt4, kInt4, kInt4, kInt4, kInt4, kFloat8};
  const std::string_view made = "from year, month, day, hour, minute, second";
  add("make_timestamp", fields, kTimestamp, make_timestamp, made);
  add("make_timestamptz", fields, kTimestamptz, make_timestamp, made);
  fields.emplace_back(kText);
  add("make_timestamptz", fields, kTimestamptz, make_timestamptz_zone, "the same in a zone");
  add("make_time", {kInt4, kInt4, kFloat8}, kTime, make_time, "from hour, minute, second");
  std::vector<Type> parts;
  for (size_t k = 0; k <= 7; ++k) {
    add("make_interval", parts, kInterval, make_interval,
        "from years, months, weeks, days, hours, minutes, seconds");
    parts.emplace_back(k == 6 ? kFloat8 : kInt4);
  }
}

}  // namespace weir::expr
