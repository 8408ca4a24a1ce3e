// Dates and times as PostgreSQL reads them with DateStyle ISO, MDY: ISO 8601 in its usual shapes,
// month names, BC, infinity, epoch. The layout that nearly all data has, "YYYY-MM-DD[T
// ]HH:MM:SS[.f][zone]", is read by fixed positions; everything else by a small scanner.
#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/calendar.h"
#include "data/text_input_internal.h"
#include "data/time_zone.h"

namespace weir {

namespace {

bool fail_as(ParseError* error, const char* sqlstate, const char* what, const Type& type,
             std::string_view text) {
  std::memcpy(error->sqlstate, sqlstate, 6);
  const std::string name = type.name();
  error->message = fmt::format("{}: \"{}\"", fmt::vformat(what, fmt::make_format_args(name)),
                               text.substr(0, 200));
  return false;
}

bool bad_syntax(ParseError* error, const Type& type, std::string_view text) {
  return fail_as(error, "22007", "invalid input syntax for type {}", type, text);
}
bool out_of_field(ParseError* error, const Type& type, std::string_view text) {
  return fail_as(error, "22008", "date/time field value out of range", type, text);
}
bool out_of_range(ParseError* error, const Type& type, std::string_view text) {
  return fail_as(error, "22008", type.id == TypeId::kDate ? "date out of range"
                                                          : "timestamp out of range", type, text);
}

struct Moment {
  int64_t year = 0;
  int month = 0;
  int day = 0;
  int64_t time = 0;  // micros of the day
  std::optional<int32_t> offset_seconds;
  std::optional<TimeZone> zone;
  std::string unknown_zone;
  bool has_date = false;
  bool has_time = false;
  bool time_only = false;  // what is read may do without a date
  bool before_christ = false;
  bool bad_field = false;
  bool counted_day = false;  // the year may be 0 or less
};

// A cursor over the text; numbers and words.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
  bool take(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n') rest_.remove_prefix(1);
  }
  // Digits; answers how many.
  int number(int64_t* out) {
    int digits = 0;
    int64_t v = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9' && digits < 15) {
      v = v * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
      ++digits;
    }
    *out = v;
    return digits;
  }
  // ".25" as micros, rounded to even digits beyond six.
  bool fraction(int64_t* micros) {
    *micros = 0;
    if (!take('.')) return true;
    double scale = 0.1;
    double value = 0;
    int digits = 0;
    int64_t exact = 0;
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      value += scale * (rest_[0] - '0');
      scale /= 10;
      if (digits < 6) exact = exact * 10 + (rest_[0] - '0');
      ++digits;
      rest_.remove_prefix(1);
    }
    for (int i = digits; i < 6; ++i) exact *= 10;
    *micros = digits <= 6 ? exact : static_cast<int64_t>(std::rint(value * 1e6));
    return true;
  }
  std::string word() {
    std::string w;
    while (!rest_.empty() && ((rest_[0] | 32) >= 'a' && (rest_[0] | 32) <= 'z')) {
      w.push_back(static_cast<char>(rest_[0] | 32));
      rest_.remove_prefix(1);
    }
    return w;
  }
  // "Europe/Berlin", "PST", "UTC+3": up to the next blank.
  std::string_view zone_name() {
    const size_t end = std::min(rest_.find_first_of(" \t\n,"), rest_.size());
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return name;
  }

 private:
  std::string_view rest_;
};

int month_by_name(std::string_view word) {
  constexpr std::string_view kMonths[] = {"january", "february", "march",     "april",
                                          "may",     "june",     "july",      "august",
                                          "september", "october", "november", "december"};
  if (word.size() < 3) return 0;
  for (int i = 0; i < 12; ++i) {
    if (kMonths[i].starts_with(word) || (word == "sept" && i == 8)) return i + 1;
  }
  return 0;
}

struct Clock {
  int64_t hour = 0;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t micros = 0;
  bool checked = true;  // digits behind a date are not: 2000-01-01 999999 is some days later
};

// With what may stand behind: AM or PM.
void take_clock(Scanner& s, Moment& m, const Clock& clock) {
  auto [hour, minute, second, micros, checked] = clock;
  s.blanks();
  Scanner ahead = s;
  const std::string word = ahead.word();
  if (word == "am" || word == "pm") {
    if (hour < 1 || hour > 12) m.bad_field = true;
    hour = hour % 12 + (word == "pm" ? 12 : 0);
    s = ahead;
  }
  if (!checked) {
    // Six digits at most.
  } else if (hour > 24 || minute > 59 || second > 60 ||
             (hour == 24 && minute + second + micros > 0)) {
    m.bad_field = true;
    hour = minute = second = 0;  // of any size: not to be calculated with
  }
  m.time = ((hour * 60 + minute) * 60 + second) * kMicrosPerSecond + micros;
  m.has_time = true;
}

bool scan_time(Scanner& s, Moment& m) {
  Clock clock;
  if (s.number(&clock.hour) == 0 || !s.take(':') || s.number(&clock.minute) == 0) return false;
  if (s.take(':')) {
    if (s.number(&clock.second) == 0) return false;
    s.fraction(&clock.micros);
  }
  take_clock(s, m, clock);
  return true;
}

// 0405, 040506, 040506.789
bool scan_clock_digits(Scanner& s, Moment& m, int64_t v, int digits) {
  if (m.has_time || (digits != 4 && digits != 6)) return false;
  Clock clock;
  clock.checked = m.time_only;
  s.fraction(&clock.micros);
  if (digits == 6) {
    clock.second = v % 100;
    v /= 100;
  }
  clock.hour = v / 100;
  clock.minute = v % 100;
  take_clock(s, m, clock);
  return true;
}

bool scan_zone_offset(Scanner& s, Moment& m) {
  const bool negative = s.peek() == '-';
  if (!s.take('+') && !s.take('-')) return false;
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t seconds = 0;
  const int digits = s.number(&hours);
  if (digits == 0) return false;
  if (digits > 2) {
    minutes = hours % 100;
    hours /= 100;
  } else if (s.take(':')) {
    if (s.number(&minutes) == 0) return false;
    if (s.take(':') && s.number(&seconds) == 0) return false;
  }
  if (hours > 15 || minutes > 59 || seconds > 59) {
    m.bad_field = true;
    hours = minutes = seconds = 0;
  }
  const int64_t offset = hours * 3600 + minutes * 60 + seconds;
  m.offset_seconds = static_cast<int32_t>(negative ? -offset : offset);
  return true;
}

// Numbers joined by '-', '/' or '.': y-m-d where the year is first, else m/d/y.
bool scan_numeric_date(Scanner& s, Moment& m, int64_t first, int digits) {
  const char separator = s.peek();
  if (separator != '-' && separator != '/' && separator != '.') return false;
  s.take(separator);
  int64_t second = 0;
  int64_t third = 0;
  int second_digits = s.number(&second);
  if (second_digits == 0) {
    second = month_by_name(s.word());
    if (second == 0) return false;
    if (!s.take(separator)) return false;
    const int third_digits = s.number(&third);
    if (third_digits == 0) return false;
    if (third_digits > 2) std::swap(first, third);  // 08-Jan-1999
    m.year = first, m.month = static_cast<int>(second), m.day = static_cast<int>(third);
    return true;
  }
  if (!s.take(separator)) {
    if (digits < 3 && second_digits != 3) return false;
    if (second_digits != 3) return false;
    if (second < 1 || second > (is_leap_year(first) ? 366 : 365)) return m.bad_field = true, true;
    const CivilDate date = civil_from_days(days_from_civil(first, 1, 1) + second - 1);
    m.year = date.year, m.month = date.month, m.day = date.day;  // 1999-008: day of the year
    return true;
  }
  const int third_digits = s.number(&third);
  if (third_digits == 0) return false;
  if (digits > 2) {
    m.year = first, m.month = static_cast<int>(second), m.day = static_cast<int>(third);
  } else {
    m.month = static_cast<int>(first), m.day = static_cast<int>(second), m.year = third;
    if (third_digits <= 2) m.year += third < 70 ? 2000 : 1900;
  }
  return true;
}

// "15 Jun 2024": the day was read.
bool scan_month_and_year(Scanner& s, Moment& m, int64_t day) {
  Scanner ahead = s;
  ahead.blanks();
  const int month = month_by_name(ahead.word());
  ahead.take(',');
  ahead.blanks();
  int64_t year = 0;
  const int digits = month == 0 || day > 31 ? 0 : ahead.number(&year);
  if (digits == 0 || ahead.peek() == ':') return false;
  if (digits <= 2) year += year < 70 ? 2000 : 1900;
  m.year = year, m.month = month, m.day = static_cast<int>(day);
  s = ahead;
  return true;
}

// "2024 Jun 15": the year was read.
bool scan_month_and_day(Scanner& s, Moment& m, int64_t year) {
  Scanner ahead = s;
  ahead.blanks();
  const int month = month_by_name(ahead.word());
  ahead.blanks();
  int64_t day = 0;
  const int digits = month == 0 ? 0 : ahead.number(&day);
  if (digits == 0 || digits > 2 || ahead.peek() == ':') return false;
  m.year = year, m.month = month, m.day = static_cast<int>(day);
  s = ahead;
  return true;
}

bool is_weekday(std::string_view word) {
  constexpr std::string_view kDays[] = {"sunday",   "monday", "tuesday", "wednesday",
                                        "thursday", "friday", "saturday"};
  return std::any_of(std::begin(kDays), std::end(kDays), [&](std::string_view day) {
    return word == day || (word.size() == 3 && day.starts_with(word));
  });
}

bool scan_number(Scanner& s, Moment& m) {
  Scanner begin = s;
  int64_t v = 0;
  const int digits = s.number(&v);
  if (s.peek() == ':') {
    s = begin;
    return !m.has_time && scan_time(s, m);
  }
  if (m.has_date) return scan_clock_digits(s, m, v, digits);
  if (m.time_only && s.peek() != '-' && s.peek() != '/' && scan_clock_digits(s, m, v, digits))
    return true;
  m.has_date = true;
  if (digits == 8) {  // 19990108
    m.year = v / 10000, m.month = static_cast<int>(v / 100 % 100),
    m.day = static_cast<int>(v % 100);
    return true;
  }
  if (digits <= 2 && scan_month_and_year(s, m, v)) return true;
  if (digits > 2 && scan_month_and_day(s, m, v)) return true;
  return scan_numeric_date(s, m, v, digits);
}

// "J2451187": days since the beginning of 4714 BC.
bool scan_julian(Scanner& s, Moment& m) {
  int64_t number = 0;
  if (m.has_date || s.number(&number) == 0) return false;
  constexpr int64_t kEpoch = 2440588;
  const CivilDate date = civil_from_days(number - kEpoch);
  m.year = date.year, m.month = date.month, m.day = date.day;
  m.has_date = m.counted_day = true;
  return true;
}

bool scan_zone(Scanner& s, Moment& m) {
  const std::string_view name = s.zone_name();
  if (m.offset_seconds || m.zone) return false;
  m.offset_seconds = zone_abbreviation(name);
  if (m.offset_seconds) return true;
  m.zone = TimeZone::named(name);
  if (!m.zone && name.find('/') != std::string_view::npos) m.unknown_zone = name;
  return m.zone || !m.unknown_zone.empty();
}

// "January 8, 1999"
bool scan_word(Scanner& s, Moment& m) {
  const Scanner begin = s;
  const std::string word = s.word();
  if (word == "bc" || word == "ad") return m.before_christ = word == "bc", m.has_date;
  if (word == "t" && m.has_date && !m.has_time) return true;
  if (word == "j" && scan_julian(s, m)) return true;
  if (is_weekday(word)) return true;
  const int month = month_by_name(word);
  if (month == 0 || m.has_date) {
    s = begin;
    return scan_zone(s, m);
  }
  if (!s.take('-')) s.blanks();
  int64_t day = 0;
  int64_t year = 0;
  if (s.number(&day) == 0) return false;
  if (!s.take('-')) s.take(',');
  s.blanks();
  if (s.number(&year) == 0) return false;
  m.year = year, m.month = month, m.day = static_cast<int>(day), m.has_date = true;
  return true;
}

bool scan_moment(std::string_view text, Moment& m) {
  Scanner s(text);
  while (true) {
    const bool apart = !s.done() && s.peek() == ' ';
    s.blanks();
    if (s.done()) return true;
    const char c = s.peek();
    bool understood = false;
    if (c >= '0' && c <= '9') {
      understood = scan_number(s, m);
    } else if (c == '+' || c == '-') {
      // Right behind a date a minus would be one of the date's own.
      const bool behind_date = m.has_date && (apart || c == '+');
      understood = (m.has_time || behind_date) && scan_zone_offset(s, m);
    } else if (c == ',') {
      understood = s.take(',');
    } else {
      understood = scan_word(s, m);
    }
    if (!understood) return false;
  }
}

inline int two(const char* p) {
  const unsigned a = static_cast<unsigned>(p[0] - '0');
  const unsigned b = static_cast<unsigned>(p[1] - '0');
  return a > 9 || b > 9 ? -1 : static_cast<int>(a * 10 + b);
}

// The usual layout by fixed positions; false: not that layout (nothing is said about errors).
bool quick_moment(std::string_view t, Moment& m) {
  if (t.size() < 10 || t[4] != '-' || t[7] != '-') return false;
  const int century = two(t.data());
  const int year = two(t.data() + 2);
  m.month = two(t.data() + 5);
  m.day = two(t.data() + 8);
  if (century < 0 || year < 0 || m.month < 0 || m.day < 0) return false;
  m.year = century * 100 + year;
  m.has_date = true;
  if (t.size() == 10) return true;
  if (t.size() < 19 || (t[10] != 'T' && t[10] != ' ') || t[13] != ':' || t[16] != ':') return false;
  const int hour = two(t.data() + 11);
  const int minute = two(t.data() + 14);
  const int second = two(t.data() + 17);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  int64_t micros = 0;
  size_t at = 19;
  if (at < t.size() && t[at] == '.') {
    int64_t unit = 100'000;
    for (++at; at < t.size() && t[at] >= '0' && t[at] <= '9'; ++at, unit /= 10) {
      if (unit == 0) return false;  // more than six digits: rounding, on the slow path
      micros += (t[at] - '0') * unit;
    }
  }
  m.time = ((int64_t{hour} * 60 + minute) * 60 + second) * kMicrosPerSecond + micros;
  m.has_time = true;
  if (at == t.size()) return true;
  if (t[at] == 'Z' && at + 1 == t.size()) {
    m.offset_seconds = 0;
    return true;
  }
  if ((t[at] != '+' && t[at] != '-') || (t.size() != at + 3 && t.size() != at + 6)) return false;
  const int hours = two(t.data() + at + 1);
  const int minutes = t.size() == at + 6 ? two(t.data() + at + 4) : 0;
  if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59) return false;
  if (t.size() == at + 6 && t[at + 3] != ':') return false;
  const int offset = hours * 3600 + minutes * 60;
  m.offset_seconds = t[at] == '-' ? -offset : offset;
  return true;
}

enum class Special : uint8_t { kNone, kEpoch, kInfinity, kNegativeInfinity };
Special special_word(std::string_view t) {
  if (t.empty() || (t[0] >= '0' && t[0] <= '9')) return Special::kNone;
  const std::string word = lower(t);
  if (word == "epoch") return Special::kEpoch;
  if (word == "infinity") return Special::kInfinity;
  return word == "-infinity" ? Special::kNegativeInfinity : Special::kNone;
}

bool read_moment(std::string_view text, const Type& type, ParseError* error, Moment* m) {
  if (!quick_moment(text, *m)) {
    *m = Moment();
    m->time_only = type.id == TypeId::kTime;
    if (!scan_moment(text, *m)) return bad_syntax(error, type, text);
  }
  if (type.id != TypeId::kTime && !m->has_date) return bad_syntax(error, type, text);
  if (!m->unknown_zone.empty()) {
    std::memcpy(error->sqlstate, "22023", 6);
    error->message = fmt::format("time zone \"{}\" not recognized", lower(m->unknown_zone));
    return false;
  }
  if (m->bad_field) return out_of_field(error, type, text);
  if (!m->has_date) return true;
  if (m->before_christ) m->year = 1 - m->year;
  const bool zero_year = m->year == 0 && !m->before_christ && !m->counted_day;
  if (zero_year || m->month < 1 || m->month > 12 || m->day < 1) {
    return out_of_field(error, type, text);
  }
  if (m->day > days_in_month(m->year, m->month)) return out_of_field(error, type, text);
  return true;
}

}  // namespace

bool parse_date(std::string_view text, const Type& type, ParseError* error, int32_t* out) {
  const std::string_view t = trim_blanks(text);
  switch (special_word(t)) {
    case Special::kEpoch: return *out = 0, true;
    case Special::kInfinity: return *out = INT32_MAX, true;
    case Special::kNegativeInfinity: return *out = INT32_MIN, true;
    case Special::kNone: break;
  }
  Moment m;
  if (!read_moment(t, type, error, &m)) return false;
  if (m.year > 6'000'000) return out_of_range(error, type, text);
  const int64_t days = days_from_civil(m.year, m.month, m.day);
  if (days < kMinDay || days > kMaxDay) return out_of_range(error, type, text);
  *out = static_cast<int32_t>(days);
  return true;
}

bool parse_time(std::string_view text, const Type& type, ParseError* error, int64_t* out) {
  Moment m;
  if (!read_moment(trim_blanks(text), type, error, &m)) return false;
  if (!m.has_time) return bad_syntax(error, type, text);
  *out = round_fraction(m.time, type);
  return true;
}

bool parse_timestamp(std::string_view text, const Type& type, ParseError* error, int64_t* out) {
  const std::string_view t = trim_blanks(text);
  switch (special_word(t)) {
    case Special::kEpoch: return *out = 0, true;
    case Special::kInfinity: return *out = INT64_MAX, true;
    case Special::kNegativeInfinity: return *out = INT64_MIN, true;
    case Special::kNone: break;
  }
  Moment m;
  if (!read_moment(t, type, error, &m)) return false;
  if (m.year > 300'000) return out_of_range(error, type, text);
  const int64_t days = days_from_civil(m.year, m.month, m.day);
  if (days < kMinDay || days > kMaxTimestampDay) return out_of_range(error, type, text);
  *out = round_fraction(days * kMicrosPerDay + m.time, type);
  if (type.id == TypeId::kTimestamptz && m.offset_seconds) {
    *out -= int64_t{*m.offset_seconds} * kMicrosPerSecond;
  }
  if (type.id == TypeId::kTimestamptz && m.zone) *out = m.zone->to_utc(*out);
  if (*out < kMinTimestamp || *out >= kEndTimestamp) return out_of_range(error, type, text);
  return true;
}

}  // namespace weir
