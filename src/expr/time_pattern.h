// The language of to_char, to_date and to_timestamp patterns: its keywords, and a pattern taken
// apart. PostgreSQL 15's documentation, "Data Type Formatting Functions".
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace weir::expr {

inline constexpr std::string_view kMonthNames[] = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
inline constexpr std::string_view kDayNames[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                 "Thursday", "Friday", "Saturday"};
inline constexpr std::string_view kRomanNames[] = {"I",   "II",   "III", "IV", "V",  "VI",
                                                   "VII", "VIII", "IX",  "X",  "XI", "XII"};

// The keyword at the start of `text` in upper case, and as it is written there; empty: none.
std::string_view time_keyword_at(std::string_view text, std::string_view* written);

enum class TimePartKind { kKeyword, kSpace, kSeparator, kText };
struct TimePart {
  TimePartKind kind = TimePartKind::kText;
  std::string_view text;      // the keyword in upper case; else one character
  std::string_view written;   // the keyword as it stands there
  bool fill = true;           // not FM
  bool ordinal = false;       // TH or th behind it
  bool small_ordinal = false;  // th
};
// Separators are printable and neither letters nor digits; what stands in double quotes is text.
std::vector<TimePart> read_time_pattern(std::string_view pattern);
bool is_time_separator(char c);

}  // namespace weir::expr
