// Intervals: "1 year 2 mons 3 days 04:05:06.7", "1.5 hours", "-1 day +02:03", "@ 1 minute ago", ISO
// 8601 "P1Y2M3DT4H5M6S", SQL's "1-2 3 4:05:06". Fractions flow down as in PostgreSQL: of a month
// into 30-day days, of a day into time. The fields of a type, as in INTERVAL '5' DAY, give a bare
// number its unit and cut what is below them.
#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/calendar.h"
#include "data/interval_fields.h"
#include "data/text_input_internal.h"

namespace weir {

namespace {

struct Sum {
  double months = 0;  // whole after add()
  double days = 0;
  long double micros = 0;  // its 64 bits hold each microsecond, which a double does not
  bool bad = false;
  std::vector<std::string> seen;  // units: none may come twice

  bool first(std::string_view unit) {
    if (std::find(seen.begin(), seen.end(), unit) != seen.end()) return false;
    seen.emplace_back(unit);
    return true;
  }
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

bool add_named(Sum& sum, double v, std::string_view unit) {
  std::string u(unit);
  if (u.size() > 1 && u.back() == 's' && u != "ms" && u != "us") u.pop_back();
  const auto any = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), u) != names.end();
  };
  if (any({"us", "usec", "microsecond", "microsec", "usecond"})) return sum.add_micros(v), true;
  if (any({"ms", "msec", "millisecond", "millisec", "msecond"}))
    return sum.add_micros(v * 1e3), true;
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

bool add_unit(Sum& sum, double v, std::string_view unit) {
  constexpr std::pair<std::string_view, std::string_view> kKinds[] = {
      {"us", "us"}, {"mic", "us"},  {"ms", "ms"},  {"mil", "mil"}, {"mo", "mon"},
      {"mi", "min"}, {"m", "min"},  {"s", "s"},    {"h", "h"},     {"de", "dec"},
      {"d", "d"},   {"w", "w"},     {"y", "y"},    {"c", "c"}};
  std::string_view kind = unit;
  for (const auto& [start, name] : kKinds) {
    if (unit.starts_with(start)) {
      kind = unit.starts_with("millis") ? std::string_view("ms") : name;
      break;
    }
  }
  return sum.first(kind) && add_named(sum, v, unit);
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
bool clock_at(std::string_view& t, Sum& sum, int fields) {
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
  if (fields == (kMinuteField | kSecondField) && std::count(clock.begin(), clock.end(), ':') == 1)
    ++count;
  while (count < 3 && number_at(clock, &parts[count])) {
    ++count;
    if (clock.empty()) break;
    if (clock[0] != ':') return false;
    clock.remove_prefix(1);
    if (clock.empty() && count >= 1) {  // "12:"
      count = std::max(count, 2);
      break;
    }
  }
  if (count < 2 || !clock.empty()) return false;
  for (const std::string_view unit : {"h", "min", "s"}) {
    if (!sum.first(unit)) return false;
  }
  if (parts[1] >= 60 || parts[2] >= 61) sum.bad = true;
  const long double micros =
      parts[0] * 3600e6L + parts[1] * 60e6L + std::rint(parts[2] * 1e6L);
  sum.add_micros(negative ? -micros : micros);
  t.remove_prefix(length);
  return true;
}

// "1-2": years and months, with one sign.
bool years_and_months_at(std::string_view& t, Sum& sum) {
  size_t at = !t.empty() && (t[0] == '-' || t[0] == '+') ? 1 : 0;
  const auto whole = [&](int64_t* out) {
    const auto parsed = std::from_chars(t.data() + at, t.data() + t.size(), *out);
    const bool ok = parsed.ec == std::errc() && t[at] != '-';
    if (ok) at = static_cast<size_t>(parsed.ptr - t.data());
    return ok;
  };
  int64_t years = 0;
  int64_t months = 0;
  if (at >= t.size() || !whole(&years) || at + 1 >= t.size() || t[at] != '-') return false;
  ++at;
  if (!whole(&months)) return false;
  if (at < t.size() && (t[at] == '-' || t[at] == '.')) return false;
  if (!sum.first("y") || !sum.first("mon")) return false;
  if (months >= 12) sum.bad = true;
  const auto all = static_cast<double>(years) * 12 + static_cast<double>(months);
  sum.months += t[0] == '-' ? -all : all;
  t.remove_prefix(at);
  return true;
}

// "P0001-02-03T04:05:06", behind the P.
bool iso_fields(std::string_view t, Sum& sum) {
  int years = 0;
  int months = 0;
  int days = 0;
  int read = 0;
  const std::string date(t.substr(0, t.find('T')));
  if (std::sscanf(date.c_str(), "%4d-%2d-%2d%n", &years, &months, &days, &read) != 3) return false;
  if (static_cast<size_t>(read) != date.size()) return false;
  sum.months = years * 12 + months;
  sum.days = days;
  if (date.size() == t.size()) return true;
  t.remove_prefix(date.size() + 1);
  return clock_at(t, sum, kAllFields) && t.empty();
}

bool iso_interval(std::string_view t, Sum& sum) {
  t.remove_prefix(1);
  if (t.find('-', 1) != std::string_view::npos && iso_fields(t, sum)) return true;
  sum = Sum();
  bool time = false;
  bool any = t == "T";
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

// The unit of a bare number at the end: the least field of the type.
std::string_view least_unit(int fields) {
  if (fields & kSecondField) return "s";
  if (fields & kMinuteField) return "min";
  if (fields & kHourField) return "h";
  if (fields & kDayField) return "d";
  return fields & kMonthField ? "mon" : "y";
}

bool verbose_interval(std::string_view t, Sum& sum, int fields) {
  bool any = false;
  if (!t.empty() && t[0] == '@') t.remove_prefix(1);
  while (true) {
    skip_blanks(t);
    if (t.empty()) return any;
    if (clock_at(t, sum, fields) || years_and_months_at(t, sum)) {
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
    skip_blanks(t);
    const std::string_view unit = word_at(t);
    if (unit.empty()) {
      if (!t.empty() && t[0] != '-' && t[0] != '+' &&
          !std::isdigit(static_cast<unsigned char>(t[0]))) {
        return false;
      }
      const bool before_time = t.substr(0, t.find(' ')).find(':') != std::string_view::npos;
      if (!t.empty() && !before_time) return false;
      if (!add_unit(sum, v, t.empty() ? least_unit(fields) : "d")) return false;
      continue;
    }
    if (!add_unit(sum, v, unit)) return false;
  }
}

}  // namespace

Interval cut_interval(Interval v, const Type& type) {
  const int fields = interval_fields(type);
  const int least = fields & -fields;
  if (least >= kYearField) v.months = v.months / 12 * 12;
  if (least >= kMonthField) v.days = 0;
  const int64_t unit = least >= kDayField      ? INT64_MAX
                       : least == kHourField   ? 3600 * kMicrosPerSecond
                       : least == kMinuteField ? 60 * kMicrosPerSecond
                                               : 1;
  v.micros = v.micros / unit * unit;
  v.micros = round_fraction(v.micros, type);
  return v;
}

int64_t round_fraction(int64_t micros, const Type& type) {
  const int digits = type.precision < 0 ? 6 : type.precision;
  int64_t unit = 1;
  for (int i = digits; i < 6; ++i) unit *= 10;
  if (unit == 1 || micros == INT64_MIN || micros == INT64_MAX) return micros;
  const int64_t half = micros < 0 ? -unit / 2 : unit / 2;
  return (micros + half) / unit * unit;
}

bool parse_interval(std::string_view text, const Type& type, ParseError* error, Interval* out) {
  const std::string_view bare = trim_blanks(text);
  Sum sum;
  const bool ok = bare.starts_with('P') ? iso_interval(bare, sum)
                                        : verbose_interval(lower(bare), sum, interval_fields(type));
  const auto fail = [&](const char* sqlstate, const char* what) {
    std::memcpy(error->sqlstate, sqlstate, 6);
    error->message = fmt::format("{}: \"{}\"", what, text.substr(0, 200));
    return false;
  };
  if (!ok) return fail("22007", "invalid input syntax for type interval");
  const auto fits_int = [](double v) { return v >= INT32_MIN && v <= INT32_MAX; };
  if (sum.bad) return fail("22015", "interval field value out of range");
  if (!fits_int(sum.months) || !fits_int(sum.days) || !(std::abs(sum.micros) < 0x1p63L))
    return fail("22008", "interval out of range");
  *out = cut_interval({static_cast<int32_t>(sum.months), static_cast<int32_t>(sum.days),
                       static_cast<int64_t>(sum.micros)},
                      type);
  return true;
}

}  // namespace weir
