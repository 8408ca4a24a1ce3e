// to_timestamp and to_date: a text read by a pattern. The pattern's parts go through the text from
// left to right and fill fields; then the fields become a day and a time of day. Blanks before a
// field and behind it are skipped; a blank or separator of the pattern takes one of the text, where
// there is one, and other text of the pattern takes a character, unless more blanks were skipped
// than the pattern has. FX ends that: then every part takes exactly its characters.
#include <charconv>
#include <cstring>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/calendar.h"
#include "expr/kernel.h"
#include "expr/time_fields.h"
#include "expr/time_pattern.h"
#include "expr/times_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

constexpr int64_t kJulianOfEpoch = 2440588;

struct Fields {
  int64_t year = 0, year_digits = 0, century = 0, month = 0, day = 0, of_year = 0, weekday = 0;
  int64_t week = 0, week_of_month = 0, julian = 0, bc = 0;
  int64_t hour = 0, minute = 0, second = 0, of_day = 0, millis = 0, micros = 0, pm = 0;
  int64_t zone_hour = 0, zone_minute = 0;
  int fraction_digits = 0;  // of FF1 to FF6: what is read is rounded to them
  int zone_sign = 0;  // 0: no zone was read
  bool twelve_hours = false;
  char calendar = 0;  // 'I': ISO weeks, 'G': days of months
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// What is written in digits, so that it must know where it ends when the next one stands behind it.
bool is_numeric(std::string_view keyword) {
  constexpr std::string_view kWords[] = {"A.D.", "A.M.", "AD",  "AM", "B.C.", "BC",  "DAY", "DY",
                                         "FX",   "MONTH", "MON", "OF", "P.M.", "PM", "RM",  "TZH",
                                         "TZ"};
  return std::find(std::begin(kWords), std::end(kWords), keyword) == std::end(kWords);
}

char calendar_of(std::string_view keyword) {
  if (keyword[0] == 'I') return 'I';
  constexpr std::string_view kMonths[] = {"DDD",   "DD",   "D",   "MM", "MONTH", "MON", "RM", "WW",
                                          "W", "Y,YYY", "YYYY", "YYY", "YY", "Y"};
  return std::find(std::begin(kMonths), std::end(kMonths), keyword) == std::end(kMonths) ? 0 : 'G';
}

// Two and three digits of a year mean the one nearest to 2020.
int64_t nearest_year(int64_t year) {
  if (year < 70) return year + 2000;
  if (year < 100) return year + 1900;
  if (year < 520) return year + 2000;
  return year < 1000 ? year + 1000 : year;
}

class TimeReader {
 public:
  TimeReader(std::string_view text, const std::vector<TimePart>& parts, Row& row)
      : rest_(text), begin_(text.data()), parts_(parts), row_(row) {}

  bool read(Fields& fields) {
    fields_ = &fields;
    for (at_ = 0; at_ < parts_.size() && !rest_.empty(); ++at_) {
      const TimePart& part = parts_[at_];
      if (!exact_ && (part.kind != TimePartKind::kText || at_ == 0)) skip_blanks();
      if (part.kind != TimePartKind::kKeyword) {
        pass(part.kind);
        continue;
      }
      if (!enter(calendar_of(part.text))) return false;
      read_keyword(part);
      if (row_.failed()) return false;
      if (exact_) continue;
      skipped_ = 0;
      skip_blanks();
    }
    return true;
  }

 private:
  void skip_blanks() {
    for (; !rest_.empty() && is_space(rest_[0]); ++skipped_) rest_.remove_prefix(1);
  }
  void skip_character() {
    size_t size = rest_.empty() ? 0 : 1;
    while (size < rest_.size() && (static_cast<uint8_t>(rest_[size]) & 0xc0) == 0x80) ++size;
    rest_.remove_prefix(size);
  }

  void pass(TimePartKind kind) {
    if (exact_) return skip_character();
    if (kind == TimePartKind::kText) {
      if (skipped_ > 0) return void(--skipped_);
      return skip_character();
    }
    --skipped_;
    const bool takes = !rest_.empty() && (is_space(rest_[0]) || is_time_separator(rest_[0]));
    if (takes) rest_.remove_prefix(1), ++skipped_;
  }

  bool enter(char calendar) {
    if (calendar == 0) return true;
    if (fields_->calendar != 0 && fields_->calendar != calendar) {
      row_.fail("22007", "invalid combination of date conventions");
      return false;
    }
    fields_->calendar = calendar;
    return true;
  }

  void set(int64_t& field, int64_t value) {
    if (field != 0 && field != value) {
      return row_.fail("22007", fmt::format("conflicting values for \"{}\" field in formatting "
                                            "string", parts_[at_].written));
    }
    field = value;
  }

  // Whether the field may take all digits that stand there: none can be the next field's.
  bool takes_all_digits() const {
    const TimePart& part = parts_[at_];
    if (!part.fill || part.ordinal || at_ + 1 == parts_.size()) return true;
    const TimePart& next = parts_[at_ + 1];
    if (next.kind == TimePartKind::kKeyword) return !is_numeric(next.text);
    return !(next.text.size() == 1 && is_digit(next.text[0]));
  }

  // Digits with a sign; the number of characters read, blanks before them too.
  size_t number(int64_t& out, size_t width) {
    const std::string_view written = parts_[at_].written;
    const size_t before = rest_.size();
    std::string_view from = rest_;
    while (!from.empty() && is_space(from[0])) from.remove_prefix(1);
    const bool all = takes_all_digits();
    if (!all && from.size() < width) {
      row_.fail("22007", fmt::format("source string too short for \"{}\" formatting field",
                                     written));
      return 0;
    }
    std::string_view digits = all ? from : from.substr(0, width);
    if (!all) while (!digits.empty() && is_space(digits[0])) digits.remove_prefix(1);
    if (digits.starts_with('+') && digits.size() > 1 && is_digit(digits[1])) {
      digits.remove_prefix(1);
    }
    int64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const size_t used = static_cast<size_t>(parsed.ptr - from.data());
    const bool none = parsed.ec == std::errc::invalid_argument;
    if (none || (!all && used < width)) {
      row_.fail("22007", fmt::format("invalid value \"{}\" for \"{}\"", from.substr(0, width),
                                     written));
      return 0;
    }
    const bool big = parsed.ec != std::errc() || value < INT32_MIN || value > INT32_MAX;
    if (big) {
      row_.fail("22008", fmt::format("value for \"{}\" in source string is out of range",
                                     written));
      return 0;
    }
    rest_ = from.substr(used);
    out = value;
    return before - rest_.size();
  }

  size_t field(int64_t& out, size_t width = 0, bool skips_ordinal = true) {
    int64_t value = 0;
    const size_t read = number(value, width ? width : parts_[at_].text.size());
    if (read > 0) set(out, value);
    if (read > 0 && skips_ordinal && parts_[at_].ordinal) skip_character(), skip_character();
    return read;
  }

  // The place of the word that stands there, whatever its case.
  std::optional<int64_t> word(std::span<const std::string_view> words, size_t length = 0) {
    for (size_t i = 0; i < words.size(); ++i) {
      const std::string_view one = length ? words[i].substr(0, length) : words[i];
      if (lower(rest_.substr(0, one.size())) != lower(one)) continue;
      rest_.remove_prefix(one.size());
      return static_cast<int64_t>(i);
    }
    row_.fail("22007", fmt::format("invalid value \"{}\" for \"{}\"",
                                   rest_.substr(0, rest_.find(' ')), parts_[at_].written));
    return std::nullopt;
  }

  void read_keyword(const TimePart& part) {
    if (read_year(part.text) || read_day(part.text) || read_clock(part.text)) return;
    read_word(part);
  }

  bool read_year(std::string_view t) {
    Fields& f = *fields_;
    if (t == "Y,YYY") return read_thousands(), true;
    if (t == "CC") return field(f.century), true;
    const bool iso = t[0] == 'I' && (t == "I" || t[1] == 'Y');
    if (t[0] != 'Y' && !iso) return false;
    const size_t read = field(f.year);
    if (read == 0) return true;
    if (t.size() < 4 && read < 4) f.year = nearest_year(f.year);
    f.year_digits = static_cast<int64_t>(t.size());
    return true;
  }

  void read_thousands() {
    const size_t comma = rest_.find(',');
    int64_t thousands = 0, years = 0;
    const char* end = rest_.data() + rest_.size();
    std::from_chars_result first{}, second{};
    if (comma != std::string_view::npos) {
      first = std::from_chars(rest_.data(), rest_.data() + comma, thousands);
      const std::string_view tail = rest_.substr(comma + 1, 3);
      second = std::from_chars(tail.data(), tail.data() + tail.size(), years);
    }
    const bool good = comma != std::string_view::npos && first.ec == std::errc() &&
                      first.ptr == rest_.data() + comma && second.ec == std::errc();
    if (!good) return row_.fail("22007", "invalid input string for \"Y,YYY\"");
    set(fields_->year, thousands * 1000 + years);
    fields_->year_digits = 4;
    rest_ = {second.ptr, static_cast<size_t>(end - second.ptr)};
    if (parts_[at_].ordinal) skip_character(), skip_character();
  }

  bool read_day(std::string_view t) {
    Fields& f = *fields_;
    int64_t ignored = 0;
    if (t == "MM") return field(f.month), true;
    if (t == "DD") return field(f.day), true;
    if (t == "DDD") return field(f.of_year), true;
    if (t == "IDDD") return field(f.of_year, 3), true;
    if (t == "D") return field(f.weekday), true;
    if (t == "ID") {
      if (field(f.weekday, 1) > 0 && ++f.weekday > 7) f.weekday = 1;
      return true;
    }
    if (t == "WW" || t == "IW") return field(f.week), true;
    if (t == "W") return field(f.week_of_month), true;
    if (t == "Q") return field(ignored), true;
    if (t == "J") return field(f.julian), true;
    return false;
  }

  bool read_clock(std::string_view t) {
    Fields& f = *fields_;
    if (t == "HH24") return field(f.hour, 2), true;
    if (t == "HH12" || t == "HH") return field(f.hour, 2), f.twelve_hours = true, true;
    if (t == "MI") return field(f.minute), true;
    if (t == "SS") return field(f.second), true;
    if (t == "SSSS" || t == "SSSSS") return field(f.of_day), true;
    if (t == "MS") return read_fraction(f.millis, 3), true;
    if (t == "US") return read_fraction(f.micros, 6), true;
    if (t.starts_with("FF")) {
      f.fraction_digits = t[2] - '0';
      return read_fraction(f.micros, f.fraction_digits, 6), true;
    }
    if (t == "TZH") return read_zone_hour(), true;
    if (t == "TZM") {
      if (f.zone_sign == 0) f.zone_sign = 1;
      return field(f.zone_minute, 2, false), true;
    }
    return false;
  }

  void read_fraction(int64_t& out, int width, int digits = 0) {
    size_t read = field(out, static_cast<size_t>(width));
    if (read == 0) return;
    if (parts_[at_].ordinal) read = std::max<size_t>(read, 1);
    for (size_t i = read; i < static_cast<size_t>(digits ? digits : width); ++i) out *= 10;
  }

  // A minus that was passed as a separator is the zone's sign.
  void read_zone_hour() {
    Fields& f = *fields_;
    if (rest_[0] == '+' || rest_[0] == '-' || rest_[0] == ' ') {
      f.zone_sign = rest_[0] == '-' ? -1 : 1;
      rest_.remove_prefix(1);
    } else {
      const bool minus = skipped_ > 0 && rest_.data() > begin_ && rest_.data()[-1] == '-';
      f.zone_sign = minus ? -1 : 1;
    }
    field(f.zone_hour, 2, false);
  }

  void read_word(const TimePart& part) {
    static constexpr std::string_view kHalves[] = {"am", "pm"}, kLongHalves[] = {"a.m.", "p.m."};
    static constexpr std::string_view kEras[] = {"ad", "bc"}, kLongEras[] = {"a.d.", "b.c."};
    Fields& f = *fields_;
    const std::string_view t = part.text;
    const bool dots = t.find('.') != std::string_view::npos;
    if (t == "FX") {
      exact_ = true;
    } else if (t == "TZ" || t == "OF") {
      row_.fail("0A000", fmt::format("formatting field \"{}\" is only supported in to_char",
                                     part.written));
    } else if (t == "MONTH" || t == "MON") {
      if (const auto month = word(kMonthNames, t == "MON" ? 3 : 0)) set(f.month, *month + 1);
    } else if (t == "DAY" || t == "DY") {
      // Compared as it is read, from 0: a second one is in conflict with the first.
      if (const auto day = word(kDayNames, t == "DY" ? 3 : 0)) set(f.weekday, *day), ++f.weekday;
    } else if (t == "RM") {
      read_roman();
    } else if (t.back() == 'M' || t.ends_with("M.")) {
      f.twelve_hours = true;
      const auto half = word(dots ? std::span(kLongHalves) : std::span(kHalves));
      if (half) set(f.pm, *half);
    } else {
      const auto era = word(dots ? std::span(kLongEras) : std::span(kEras));
      if (era) set(f.bc, *era);
    }
  }

  // From the last month on, so that VIII is not taken for V.
  void read_roman() {
    std::vector<std::string_view> backwards(std::rbegin(kRomanNames), std::rend(kRomanNames));
    if (const auto month = word(backwards)) set(fields_->month, 12 - *month);
  }

  std::string_view rest_;
  const char* begin_;
  const std::vector<TimePart>& parts_;
  Row& row_;
  Fields* fields_ = nullptr;
  size_t at_ = 0;
  int skipped_ = 0;     // blanks of the text more than the pattern has
  bool exact_ = false;  // FX
};

struct Day {
  int64_t year = 0, month = 1, day = 1;
  bool has_year = false, has_month = false, has_day = false;

  void set_days(int64_t days) {
    const CivilDate date = civil_from_days(days);
    year = date.year, month = date.month, day = date.day;
    has_year = has_month = has_day = true;
  }
};

int64_t monday_of_week(int64_t year, int64_t week) {
  const int64_t fourth = days_from_civil(year, 1, 4);
  return (week - 1) * 7 + fourth - floor_mod(fourth + 3, 7);
}

void set_year(Fields& f, Day& out) {
  if (f.year == 0 && f.century == 0) return;
  out.has_year = true;
  const int64_t century = f.bc ? -f.century : f.century;
  if (f.year == 0) {
    out.year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
  } else if (f.century != 0 && f.year_digits <= 2) {
    const int64_t rest = f.year % 100;
    if (rest == 0) {
      out.year = century * 100 + (century >= 0 ? 0 : 1);
    } else {
      out.year = century >= 0 ? rest + (century - 1) * 100 : (century + 1) * 100 - rest + 1;
    }
  } else {
    out.year = f.bc ? -f.year : f.year;
    if (out.year < 0) ++out.year;
  }
}

// A day of the year stands for the month and the day where these are not there.
bool set_day_of_year(const Fields& f, Day& out, Row& row) {
  if (f.of_year == 0 || (out.month > 1 && out.day > 1)) return true;
  if (out.year == 0 && !f.bc) {
    row.fail("22007", "cannot calculate day of year without year information");
    return false;
  }
  if (f.calendar == 'I') {
    out.set_days(monday_of_week(out.year, 1) + f.of_year - 1);
    return true;
  }
  int64_t before = 0;
  int month = 1;
  for (; month <= 12 && f.of_year > before + days_in_month(out.year, month); ++month) {
    before += days_in_month(out.year, month);
  }
  if (out.month <= 1) out.month = month;
  if (out.day <= 1) out.day = f.of_year - before;
  out.has_month = out.has_day = true;
  return true;
}

bool is_valid(const Day& d) {
  if (d.has_month && (d.month < 1 || d.month > 12)) return false;
  if (d.has_day && (d.day < 1 || d.day > 31)) return false;
  if (!d.has_year || !d.has_month || !d.has_day) return true;
  return d.day <= days_in_month(d.year, static_cast<int>(d.month));
}

std::optional<int64_t> day_of(Fields& f, Row& row) {
  Day out;
  set_year(f, out);
  if (f.julian) out.set_days(f.julian - kJulianOfEpoch);
  if (f.week && f.calendar == 'I') {
    const int64_t from_monday = f.weekday == 0 ? 0 : f.weekday > 1 ? f.weekday - 2 : 6;
    out.set_days(monday_of_week(out.year, f.week) + from_monday);
  } else if (f.week) {
    f.of_year = (f.week - 1) * 7 + 1;
  }
  if (f.week_of_month) f.day = (f.week_of_month - 1) * 7 + 1;
  if (f.day) out.day = f.day, out.has_day = true;
  if (f.month) out.month = f.month, out.has_month = true;
  if (!set_day_of_year(f, out, row)) return std::nullopt;
  if (!is_valid(out)) {
    row.fail("22008", "date/time field value out of range");
    return std::nullopt;
  }
  return days_from_civil(out.year, static_cast<int>(out.month), static_cast<int>(out.day));
}

bool has_valid_zone(const Fields& f, Row& row) {
  const bool near = f.zone_hour >= 0 && f.zone_hour <= 15 && f.zone_minute >= 0 &&
                    f.zone_minute < 60;
  if (f.zone_sign != 0 && !near) row.fail("22009", "time zone displacement out of range");
  return f.zone_sign == 0 || near;
}

std::optional<int64_t> micros_of(const Fields& f, Row& row) {
  int64_t hour = f.of_day / 3600, minute = f.of_day / 60 % 60, second = f.of_day % 60;
  if (f.of_day < 0) hour = -1;
  if (f.second) second = f.second;
  if (f.minute) minute = f.minute;
  if (f.hour) hour = f.hour;
  if (f.twelve_hours) {
    if (hour < 1 || hour > 12) {
      row.fail("22007", fmt::format("hour \"{}\" is invalid for the 12-hour clock", hour));
      return std::nullopt;
    }
    hour = hour % 12 + (f.pm ? 12 : 0);
  }
  const int64_t micros = f.millis * 1000 + f.micros;
  const bool good = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 &&
                    second < 60 && micros >= 0 && micros < kMicrosPerSecond;
  if (!good) {
    row.fail("22008", "date/time field value out of range");
    return std::nullopt;
  }
  return ((hour * 60 + minute) * 60 + second) * kMicrosPerSecond + micros;
}

std::optional<Fields> read_fields(std::string_view text, std::string_view pattern, Row& row) {
  Fields fields;
  const std::vector<TimePart> parts = read_time_pattern(pattern);
  if (!TimeReader(text, parts, row).read(fields)) return std::nullopt;
  return fields;
}

// Halves go away from the year 2000.
Micros rounded(Micros v, int digits) {
  if (digits == 0) return v;
  Micros unit = 1;
  for (int i = digits; i < 6; ++i) unit *= 10;
  constexpr Micros k2000 = days_from_civil(2000, 1, 1) * kMicrosPerDay;
  const Micros from = v - k2000;
  const Micros half = unit / 2;
  return k2000 + (from + (from < 0 ? -half : half)) / unit * unit;
}

ColumnPtr to_timestamp(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    std::optional<Fields> f = read_fields(c.args[0]->text(i), c.args[1]->text(i), row);
    if (!f) return 0;
    const auto day = day_of(*f, row);
    if (!day) return 0;
    const auto micros = micros_of(*f, row);
    if (!micros || !has_valid_zone(*f, row)) return 0;
    if (*day < kMinDay || *day > INT64_MAX / kMicrosPerDay - 1) {
      return row.fail("22008", "timestamp out of range"), 0;
    }
    const int64_t offset = (f->zone_hour * 60 + f->zone_minute) * 60 * f->zone_sign;
    const Micros read = *day * kMicrosPerDay + *micros - offset * kMicrosPerSecond;
    return rounded(read, f->fraction_digits);
  });
}

ColumnPtr to_date(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
    std::optional<Fields> f = read_fields(c.args[0]->text(i), c.args[1]->text(i), row);
    if (!f) return 0;
    const auto day = day_of(*f, row);
    if (!day || !micros_of(*f, row) || !has_valid_zone(*f, row)) return 0;
    if (*day < kMinDay || *day > kMaxDay) return row.fail("22008", "date out of range"), 0;
    return static_cast<int32_t>(*day);
  });
}

}  // namespace

void add_readings(FunctionList& out) {
  TimeFunctions add(out);
  add("to_timestamp", {kText, kText}, kTimestamptz, to_timestamp, "a text read by a pattern");
  add("to_date", {kText, kText}, kDate, to_date, "a text read by a pattern");
}

}  // namespace weir::expr
