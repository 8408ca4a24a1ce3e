#include "expr/time_pattern.h"

#include "base/letter_case.h"
#include "expr/utf8_text.h"

namespace weir::expr {

namespace {

// Where one begins with another the longer comes first.
constexpr std::string_view kKeywords[] = {
    "A.D.", "A.M.", "AD",    "AM",   "B.C.", "BC",  "CC",   "DAY", "DDD", "DD",    "DY",
    "D",    "FF1",  "FF2",   "FF3",  "FF4",  "FF5", "FF6",  "FX",  "HH24", "HH12", "HH",
    "IDDD", "ID",   "IW",    "IYYY", "IYY",  "IY",  "I",    "J",   "MI",  "MM",    "MONTH",
    "MON",  "MS",   "OF",    "P.M.", "PM",   "Q",   "RM",   "SSSSS", "SSSS", "SS", "TZH",
    "TZM",  "TZ",   "US",    "WW",   "W",    "Y,YYY", "YYYY", "YYY", "YY", "Y"};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

size_t character_size(std::string_view text) {
  size_t size = 1;
  while (size < text.size() && (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) ++size;
  return size;
}

class PatternReader {
 public:
  explicit PatternReader(std::string_view pattern) : rest_(pattern) {}

  std::vector<TimePart> read() {
    while (!rest_.empty()) {
      if (read_keyword()) continue;
      if (rest_.empty()) break;
      if (rest_[0] == '"') {
        read_quoted();
        continue;
      }
      if (rest_.starts_with("\\\"")) rest_.remove_prefix(1);
      const char c = rest_[0];
      put_character(is_time_separator(c) ? TimePartKind::kSeparator
                    : is_space(c)        ? TimePartKind::kSpace
                                         : TimePartKind::kText);
    }
    return std::move(parts_);
  }

 private:
  bool read_keyword() {
    TimePart part;
    part.kind = TimePartKind::kKeyword;
    const std::string_view prefix = rest_.substr(0, 2);
    const bool fill_mode = prefix == "FM" || prefix == "fm";
    if (fill_mode || prefix == "TM" || prefix == "tm") rest_.remove_prefix(2);
    part.fill = !fill_mode;
    part.text = time_keyword_at(rest_, &part.written);
    if (part.text.empty()) return false;
    rest_.remove_prefix(part.written.size());
    const std::string_view suffix = rest_.substr(0, 2);
    part.small_ordinal = suffix == "th";
    part.ordinal = suffix == "TH" || part.small_ordinal;
    if (part.ordinal || suffix == "SP" || suffix == "sp") rest_.remove_prefix(2);
    parts_.push_back(part);
    return true;
  }

  void read_quoted() {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_[0] != '"') {
      if (rest_[0] == '\\' && rest_.size() > 1) rest_.remove_prefix(1);
      put_character(TimePartKind::kText);
    }
    rest_.remove_prefix(std::min<size_t>(1, rest_.size()));
  }

  void put_character(TimePartKind kind) {
    const std::string_view c = rest_.substr(0, character_size(rest_));
    parts_.push_back({kind, c, c});
    rest_.remove_prefix(c.size());
  }

  std::string_view rest_;
  std::vector<TimePart> parts_;
};

}  // namespace

std::string_view time_keyword_at(std::string_view text, std::string_view* written) {
  for (const std::string_view keyword : kKeywords) {
    *written = text.substr(0, keyword.size());
    if (*written == keyword || *written == lower(keyword)) return keyword;
    const bool word = keyword == "MONTH" || keyword == "MON" || keyword == "DAY" || keyword == "DY";
    if (word && *written == keyword.substr(0, 1)[0] + lower(keyword.substr(1))) return keyword;
  }
  return {};
}

bool is_time_separator(char c) {
  const char letter = static_cast<char>(c | 32);
  return c > 0x20 && c < 0x7f && !(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9');
}

std::vector<TimePart> read_time_pattern(std::string_view pattern) {
  return PatternReader(pattern).read();
}

}  // namespace weir::expr
