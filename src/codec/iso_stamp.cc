// Stamps as machines write them, in about 15 ns. Whatever is not exactly of this form (other orders
// of fields, more than 6 digits of a second, hour 24, BC, infinity) is left to the input function.
#include "codec/scalar.h"
#include "data/calendar.h"

namespace weir::codec {

namespace {

inline bool two_digits(const char* p, int* out) {
  const unsigned a = static_cast<unsigned char>(p[0]) - '0';
  const unsigned b = static_cast<unsigned char>(p[1]) - '0';
  *out = static_cast<int>(a * 10 + b);
  return a <= 9 && b <= 9;
}

bool parse_date(const char* p, int64_t* days) {
  int century, years, month, day;
  if (!two_digits(p, &century) || !two_digits(p + 2, &years) || p[4] != '-' ||
      !two_digits(p + 5, &month) || p[7] != '-' || !two_digits(p + 8, &day)) {
    return false;
  }
  const int year = century * 100 + years;
  if (year == 0 || month < 1 || month > 12) return false;
  if (day < 1 || day > days_in_month(year, month)) return false;
  *days = days_from_civil(year, month, day);
  return true;
}

// "Z", "+02", "+0200", "+02:00"; nothing: no zone.
bool parse_zone(std::string_view text, IsoStamp* out) {
  if (text.empty()) return true;
  out->has_zone = true;
  if (text == "Z" || text == "z") return true;
  if (text[0] != '+' && text[0] != '-') return false;
  int hours = 0;
  int minutes = 0;
  if (text.size() < 3 || !two_digits(text.data() + 1, &hours)) return false;
  if (text.size() == 5) {
    if (!two_digits(text.data() + 3, &minutes)) return false;
  } else if (text.size() == 6) {
    if (text[3] != ':' || !two_digits(text.data() + 4, &minutes)) return false;
  } else if (text.size() != 3) {
    return false;
  }
  if (hours > 15 || minutes > 59) return false;
  out->zone_seconds = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
  return true;
}

}  // namespace

bool parse_iso_stamp(std::string_view text, IsoStamp* out) {
  int64_t days;
  int hour, minute, second;
  const char* p = text.data();
  if (text.size() < 19 || !parse_date(p, &days) || (p[10] != 'T' && p[10] != ' ') ||
      !two_digits(p + 11, &hour) || p[13] != ':' || !two_digits(p + 14, &minute) || p[16] != ':' ||
      !two_digits(p + 17, &second) || hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  size_t at = 19;
  int64_t fraction = 0;
  if (at < text.size() && p[at] == '.') {
    ++at;
    int digits = 0;
    for (; at < text.size() && p[at] >= '0' && p[at] <= '9'; ++at, ++digits) {
      if (digits == 6) return false;
      fraction = fraction * 10 + (p[at] - '0');
    }
    for (; digits < 6; ++digits) fraction *= 10;
  }
  if (!parse_zone(text.substr(at), out)) return false;
  const int64_t seconds = days * 86400 + hour * 3600 + minute * 60 + second - out->zone_seconds;
  out->micros = seconds * 1000000 + fraction;
  return true;
}

}  // namespace weir::codec
