// A pattern is read from left to right: FM and TM before a keyword, the longest keyword that stands
// there, TH, th or SP behind it; text in double quotes and all else is copied. Keywords are known
// in upper and in lower case (and Month, Day, Mon, Dy); which of them says how words are written.
#include "expr/to_char.h"

#include <fmt/core.h>

#include "base/letter_case.h"
#include "expr/time_fields.h"
#include "expr/time_pattern.h"

namespace weir::expr {

namespace {

struct Moment {
  int64_t day = 0;
  CivilDate date;
  int64_t year = 0;    // without a year 0; before Christ it counts backwards
  int64_t seconds = 0;  // of the day
  int64_t micros = 0;   // of the second
  bool has_zone = false;
};

struct Keyword {
  std::string_view text;
  bool fill = true;     // not FM
  bool lower_case = false;
};

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

// A number filled with zeros to a width that leaves room for its sign.
void put_number(std::string& out, const Keyword& k, int64_t v, int width) {
  out += fmt::format("{:0{}}", v, k.fill ? width + (v < 0 ? 1 : 0) : 0);
}

void put_word(std::string& out, const Keyword& k, std::string_view written, std::string_view word,
              size_t width) {
  const bool all_upper = written[1] >= 'A' && written[1] <= 'Z';
  std::string text = k.lower_case ? lower(word) : all_upper ? upper_case(word) : std::string(word);
  if (k.fill && text.size() < width) text.resize(width, ' ');
  out += text;
}

int64_t century_of(int64_t astronomical) {
  return astronomical > 0 ? (astronomical + 99) / 100 : (astronomical - 1) / 100 - 1;
}

bool put_date_number(std::string& out, const Keyword& k, const Moment& m) {
  const std::string_view t = k.text;
  const int64_t of_year = m.day - days_from_civil(m.date.year, 1, 1);
  const IsoWeek iso = iso_week(m.day);
  const int64_t iso_year = iso.year > 0 ? iso.year : 1 - iso.year;
  const int64_t iso_weekday = floor_mod(m.day + 3, 7) + 1;
  const bool is_iso = t[0] == 'I';
  const int64_t year = is_iso ? iso_year : m.year;
  if (t == "Y,YYY") {
    out += fmt::format("{},{:03}", m.year / 1000, m.year % 1000);
    return true;
  }
  if (t == "YYYY" || t == "IYYY") return put_number(out, k, year, 4), true;
  if (t == "YYY" || t == "IYY") return put_number(out, k, year % 1000, 3), true;
  if (t == "YY" || t == "IY") return put_number(out, k, year % 100, 2), true;
  if (t == "Y" || t == "I") return put_number(out, k, year % 10, 1), true;
  if (t == "MM") return put_number(out, k, m.date.month, 2), true;
  if (t == "DDD") return put_number(out, k, of_year + 1, 3), true;
  if (t == "IDDD") return put_number(out, k, (iso.week - 1) * 7 + iso_weekday, 3), true;
  if (t == "DD") return put_number(out, k, m.date.day, 2), true;
  if (t == "D") return put_number(out, k, floor_mod(m.day + 4, 7) + 1, 1), true;
  if (t == "ID") return put_number(out, k, iso_weekday, 1), true;
  if (t == "WW") return put_number(out, k, of_year / 7 + 1, 2), true;
  if (t == "IW") return put_number(out, k, iso.week, 2), true;
  if (t == "W") return put_number(out, k, (m.date.day - 1) / 7 + 1, 1), true;
  if (t == "Q") return put_number(out, k, (m.date.month - 1) / 3 + 1, 1), true;
  if (t == "CC") return put_number(out, k, century_of(m.date.year), 2), true;
  if (t == "J") return put_number(out, k, m.day + 2440588, 1), true;
  return false;
}

bool put_clock_number(std::string& out, const Keyword& k, const Moment& m) {
  const std::string_view t = k.text;
  const int64_t hour = m.seconds / 3600;
  if (t == "HH24") return put_number(out, k, hour, 2), true;
  if (t == "HH12" || t == "HH") return put_number(out, k, (hour + 11) % 12 + 1, 2), true;
  if (t == "MI") return put_number(out, k, m.seconds / 60 % 60, 2), true;
  if (t == "SS") return put_number(out, k, m.seconds % 60, 2), true;
  if (t == "SSSS" || t == "SSSSS") return put_number(out, k, m.seconds, 1), true;
  const Keyword filled{k.text};  // digits of a fraction keep their zeros
  if (t == "MS") return put_number(out, filled, m.micros / 1000, 3), true;
  if (t == "US") return put_number(out, filled, m.micros, 6), true;
  if (t.starts_with("FF")) {
    int64_t unit = 1;
    const int digits = t[2] - '0';
    for (int i = digits; i < 6; ++i) unit *= 10;
    return put_number(out, filled, m.micros / unit, digits), true;
  }
  return false;
}

void put_text_keyword(std::string& out, const Keyword& k, std::string_view written,
                      const Moment& m) {
  const std::string_view t = k.text;
  const auto put = [&](std::string_view text) { out += k.lower_case ? lower(text) : text; };
  const std::string_view month = kMonthNames[m.date.month - 1];
  const std::string_view weekday = kDayNames[floor_mod(m.day + 4, 7)];
  if (t == "MONTH") return put_word(out, k, written, month, 9);
  if (t == "MON") return put_word(out, k, written, month.substr(0, 3), 3);
  if (t == "DAY") return put_word(out, k, written, weekday, 9);
  if (t == "DY") return put_word(out, k, written, weekday.substr(0, 3), 3);
  if (t == "AM" || t == "PM") return put(m.seconds < 43200 ? "AM" : "PM");
  if (t == "A.M." || t == "P.M.") return put(m.seconds < 43200 ? "A.M." : "P.M.");
  if (t == "AD" || t == "BC") return put(m.date.year > 0 ? "AD" : "BC");
  if (t == "A.D." || t == "B.C.") return put(m.date.year > 0 ? "A.D." : "B.C.");
  if (t == "RM") return put(fmt::format("{:<{}}", kRomanNames[m.date.month - 1], k.fill ? 4 : 0));
  if (t == "TZ") return put(m.has_zone ? "UTC" : "");
  if (t == "TZH" || t == "OF") out += "+00";
  if (t == "TZM") out += "00";
}

// The keyword at `i`, with what belongs to it; answers the bytes read, 0: no keyword there.
size_t put_keyword(std::string_view format, size_t i, const Moment& m, std::string& out) {
  Keyword k;
  const size_t begin = i;
  while (true) {
    const std::string_view two = format.substr(i, 2);
    const bool prefix = two == "FM" || two == "fm" || two == "TM" || two == "tm";
    if (!prefix) break;
    k.fill = false;
    i += 2;
  }
  std::string_view written;
  k.text = time_keyword_at(format.substr(i), &written);
  if (k.text.empty()) return i - begin;
  k.lower_case = written[0] >= 'a' && written[0] <= 'z';
  i += written.size();
  const size_t at = out.size();
  const bool number = put_date_number(out, k, m) || put_clock_number(out, k, m);
  if (!number) put_text_keyword(out, k, written, m);
  const std::string_view suffix = format.substr(i, 2);
  const bool th = suffix == "TH" || suffix == "th";
  if (th && number) {
    const std::string_view end = ordinal_suffix(std::string_view(out).substr(at));
    out += suffix == "th" ? lower(end) : std::string(end);
  }
  return i - begin + (th || suffix == "SP" || suffix == "sp" ? 2 : 0);
}

void put_pattern(const Moment& m, std::string_view format, std::string& out) {
  bool quoted = false;
  for (size_t i = 0; i < format.size();) {
    const bool escape = format[i] == '\\' && i + 1 < format.size() &&
                        (quoted || format[i + 1] == '"');
    if (escape) {
      out.push_back(format[i + 1]);
      i += 2;
      continue;
    }
    if (format[i] == '"') {
      quoted = !quoted;
      ++i;
      continue;
    }
    const size_t read = quoted ? 0 : put_keyword(format, i, m, out);
    i += read;
    if (read == 0) out.push_back(format[i++]);
  }
}

}  // namespace

std::string_view ordinal_suffix(std::string_view number) {
  const char last = number.back();
  const bool teen = number.size() > 1 && number[number.size() - 2] == '1';
  if (teen || last < '1' || last > '3') return "TH";
  return last == '1' ? "ST" : last == '2' ? "ND" : "RD";
}

ColumnPtr timestamp_to_char(const KernelCall& c) {
  const bool has_zone = c.args[0]->type().id == TypeId::kTimestamptz;
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const Micros v = c.args[0]->value<int64_t>(i);
    const std::string_view format = c.args[1]->text(i);
    if (is_infinite(v) || format.empty()) return row.null();
    Moment m;
    m.day = floor_div(v, kMicrosPerDay);
    m.date = civil_from_days(m.day);
    m.year = m.date.year > 0 ? m.date.year : 1 - m.date.year;
    m.seconds = floor_mod(v, kMicrosPerDay) / kMicrosPerSecond;
    m.micros = floor_mod(v, kMicrosPerSecond);
    m.has_zone = has_zone;
    put_pattern(m, format, out);
  });
}

}  // namespace weir::expr
