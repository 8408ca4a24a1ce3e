// Intervals: "1 year 2 mons 3 days 04:05:06.7", "1.5 hours", "-1 day +02:03", "@ 1 minute ago", ISO
// 8601 "P1Y2M3DT4H5M6S". Fractions flow down as in PostgreSQL: of a month into 30-day days, of a
// day into time.
#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/calendar.h"
#include "data/text_input_internal.h"

namespace weir {

namespace {

struct Sum {
  double months = 0;  // whole after add()
  double days = 0;
  long double micros = 0;  // its 64 bits hold each microsecond, which a double's do for 285 years
  bool bad = false;

  void add_micros(long double v) { micros += std::rint(v); }
  void add_days(double v) {
    const double whole = std::trunc(v);
    days += whole;
    add_micros((v - whole) * static_cast<double>(kMicrosPerDay));
  }
  void add_months(double v) {
    const double whole = std::trunc(v);
    months += whole;
    add_days((v - whole) * 30);
  }
  void add_years(double v) {  // fractions of a year are whole months
    months += std::rint(v * 12);
  }
};

bool add_unit(Sum& sum, double v, std::string_view unit) {
  std::string u(unit);
  if (u.size() > 1 && u.back() == 's' && u != "ms" && u != "us") u.pop_back();
  const auto any = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), u) != names.end();
  };
  if (any({"us", "usec", "microsecond", "microsec", "usecond"})) return sum.add_micros(v), true;
  if (any({"ms", "msec", "millisecond", "millisec", "msecond"}))
    return sum.add_micros(v * 1e3L), true;
  if (any({"s", "sec", "second"}) || unit == "s") return sum.add_micros(v * 1e6L), true;
  if (any({"m", "min", "minute"})) return sum.add_micros(v * 60e6L), true;
  if (any({"h", "hr", "hour"})) return sum.add_micros(v * 3600e6L), true;
  if (any({"d", "day"})) return sum.add_days(v), true;
  if (any({"w", "week"})) return sum.add_days(v * 7), true;
  if (any({"mon", "month"})) return sum.add_months(v), true;
  if (any({"y", "yr", "year"})) return sum.add_years(v), true;
  if (any({"dec", "decade"})) return sum.add_years(v * 10), true;
  if (any({"c", "cent", "century", "centurie"})) return sum.add_years(v * 100), true;
  if (any({"mil", "mill", "millennium", "millennia"})) return sum.add_years(v * 1000), true;
  return false;
}

bool number_at(std::string_view& t, double* out) {
  const char* begin = t.data();
  const char* end = begin + t.size();
  const char* at = begin;
  const bool negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) ++at;
  if (at == end || !((*at >= '0' && *at <= '9') || *at == '.')) return false;
  const char* stop = at;
  while (stop < end && ((*stop >= '0' && *stop <= '9') || *stop == '.')) ++stop;
  const auto parsed = std::from_chars(at, stop, *out, std::chars_format::fixed);
  if (parsed.ec != std::errc() || parsed.ptr != stop) return false;
  if (negative) *out = -*out;
  t.remove_prefix(static_cast<size_t>(stop - begin));
  return true;
}

// "04:05:06.7", "4:05", with its sign.
bool clock_at(std::string_view& t, Sum& sum) {
  size_t length = 0;
  while (length < t.size() && (std::isdigit(static_cast<unsigned char>(t[length])) ||
                               t[length] == ':' || t[length] == '.' ||
                               (length == 0 && (t[0] == '-' || t[0] == '+')))) {
    ++length;
  }
  std::string_view clock = t.substr(0, length);
  if (clock.find(':') == std::string_view::npos) return false;
  const bool negative = clock[0] == '-';
  if (clock[0] == '-' || clock[0] == '+') clock.remove_prefix(1);
  double parts[3] = {0, 0, 0};
  int count = 0;
  while (count < 3 && number_at(clock, &parts[count])) {
    ++count;
    if (clock.empty()) break;
    if (clock[0] != ':') return false;
    clock.remove_prefix(1);
  }
  if (count < 2 || !clock.empty()) return false;
  if (parts[1] >= 60 || parts[2] >= 61) sum.bad = true;
  const long double micros =
      parts[0] * 3600e6L + parts[1] * 60e6L + std::rint(parts[2] * 1e6L);
  sum.add_micros(negative ? -micros : micros);
  t.remove_prefix(length);
  return true;
}

bool iso_interval(std::string_view t, Sum& sum) {
  t.remove_prefix(1);
  bool time = false;
  bool any = false;
  while (!t.empty()) {
    if (t[0] == 'T') {
      time = true;
      t.remove_prefix(1);
      continue;
    }
    double v = 0;
    if (!number_at(t, &v) || t.empty()) return false;
    const char unit = t[0];
    t.remove_prefix(1);
    any = true;
    if (time) {
      if (unit == 'H') sum.add_micros(v * 3600e6L);
      else if (unit == 'M') sum.add_micros(v * 60e6L);
      else if (unit == 'S') sum.add_micros(v * 1e6L);
      else return false;
    } else {
      if (unit == 'Y') sum.add_years(v);
      else if (unit == 'M') sum.add_months(v);
      else if (unit == 'W') sum.add_days(v * 7);
      else if (unit == 'D') sum.add_days(v);
      else return false;
    }
  }
  return any;
}

std::string_view word_at(std::string_view& t) {
  size_t length = 0;
  while (length < t.size() && std::isalpha(static_cast<unsigned char>(t[length]))) ++length;
  const std::string_view word = t.substr(0, length);
  t.remove_prefix(length);
  return word;
}

void skip_blanks(std::string_view& t) {
  while (!t.empty() && (t[0] == ' ' || t[0] == '\t' || t[0] == '\n')) t.remove_prefix(1);
}

// "1-2" is a year and two months, "-1-2" as much ago; `t` stands behind the years.
bool months_at(std::string_view& t, double years, Sum& sum) {
  t.remove_prefix(1);
  double months = 0;
  if (t.empty() || !std::isdigit(static_cast<unsigned char>(t[0])) || !number_at(t, &months)) {
    return false;
  }
  if (years != std::trunc(years) || months != std::trunc(months)) return false;
  if (months >= 12) sum.bad = true;
  sum.add_years(years);
  sum.add_months(std::signbit(years) ? -months : months);
  return true;
}

bool verbose_interval(std::string_view t, Sum& sum) {
  bool any = false;
  if (!t.empty() && t[0] == '@') t.remove_prefix(1);
  while (true) {
    skip_blanks(t);
    if (t.empty()) return any;
    if (clock_at(t, sum)) {
      any = true;
      continue;
    }
    double v = 0;
    if (!number_at(t, &v)) {
      if (any && word_at(t) == "ago" && t.empty()) {
        sum.months = -sum.months, sum.days = -sum.days, sum.micros = -sum.micros;
        return true;
      }
      return false;
    }
    any = true;
    if (t.starts_with('-')) {
      if (!months_at(t, v, sum)) return false;
      continue;
    }
    skip_blanks(t);
    const std::string_view unit = word_at(t);
    if (!unit.empty()) {
      if (!add_unit(sum, v, unit)) return false;
    } else if (t.empty()) {
      sum.add_micros(v * 1e6L);  // a bare number: seconds
    } else {
      sum.add_days(v);  // "1 12:00": days before a time
      if (!clock_at(t, sum)) return false;
    }
  }
}

}  // namespace

bool parse_interval(std::string_view text, const Type& type, ParseError* error, Interval* out) {
  const std::string_view bare = trim_blanks(text);
  Sum sum;
  const bool ok = bare.starts_with('P') ? iso_interval(bare, sum)
                                        : verbose_interval(lower(bare), sum);
  const auto fail = [&](const char* sqlstate, const char* what) {
    std::memcpy(error->sqlstate, sqlstate, 6);
    error->message = fmt::format("{}: \"{}\"", what, text.substr(0, 200));
    return false;
  };
  if (!ok) return fail("22007", "invalid input syntax for type interval");
  const bool fits = std::abs(sum.months) <= INT32_MAX && std::abs(sum.days) <= INT32_MAX &&
                    std::abs(sum.micros) < 9.2e18 && !sum.bad;
  if (!fits) return fail("22008", "interval field value out of range");
  *out = {static_cast<int32_t>(sum.months), static_cast<int32_t>(sum.days),
          static_cast<int64_t>(sum.micros)};
  return true;
}

}  // namespace weir
