// to_char of intervals: years and months, days, and the time stand apart, each with its sign. What
// says something of a date (names of months and days, eras, zones) is an error.
#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/calendar.h"
#include "expr/kernel.h"
#include "expr/time_pattern.h"
#include "expr/to_char.h"

namespace weir::expr {

namespace {

constexpr const char* kNoInterval = "invalid format specification for an interval value";

struct Span {
  int64_t year, month, day, hour, minute, second, micros;
  int64_t days;  // with months of 30 days

  explicit Span(const Interval& v)
      : year(v.months / 12),
        month(v.months % 12),
        day(v.days),
        hour(v.micros / (3600 * kMicrosPerSecond)),
        minute(v.micros / (60 * kMicrosPerSecond) % 60),
        second(v.micros / kMicrosPerSecond % 60),
        micros(v.micros % kMicrosPerSecond),
        days(int64_t{v.months} * 30 + v.days) {}
};

class SpanWriter {
 public:
  SpanWriter(const Span& span, Row& row, std::string& out) : span_(span), row_(row), out_(out) {}

  void put(const TimePart& part) {
    if (part.kind != TimePartKind::kKeyword) return void(out_ += part.text);
    part_ = &part;
    const size_t at = out_.size();
    const bool number = put_date() || put_clock();
    if (!number) return put_word();
    if (!part.ordinal || out_.size() == at) return;
    const std::string_view end = ordinal_suffix(std::string_view(out_).substr(at));
    out_ += part.small_ordinal ? lower(end) : std::string(end);
  }

 private:
  // `width` without a sign; one that is cut off counts it.
  bool number(int64_t v, int width, bool signs_apart = true) {
    const int wide = width + (v < 0 && signs_apart ? 1 : 0);
    out_ += fmt::format("{:0{}}", v, part_->fill ? wide : 0);
    return true;
  }
  bool fraction(int64_t v, int width) {
    out_ += fmt::format("{:0{}}", v, width);
    return true;
  }

  bool put_date() {
    const std::string_view t = part_->text;
    if (t == "YYYY") return number(span_.year, 4);
    if (t == "YYY") return number(span_.year % 1000, 3);
    if (t == "YY") return number(span_.year % 100, 2);
    if (t == "Y") return number(span_.year % 10, 1);
    if (t == "Y,YYY") {
      out_ += fmt::format("{},{:03}", span_.year / 1000, span_.year % 1000);
      return true;
    }
    if (t == "CC") return number(span_.year / 100, 2);
    if (t == "MM") return number(span_.month, 2);
    if (t == "DD") return number(span_.day, 2, false);
    if (t == "DDD") return number(span_.days, 3, false);
    if (t == "WW") return number((span_.days - 1) / 7 + 1, 2, false);
    if (t == "W") return number((span_.day - 1) / 7 + 1, 1, false);
    if (t == "Q") return span_.month == 0 || number((span_.month - 1) / 3 + 1, 1, false);
    return false;
  }

  bool put_clock() {
    const std::string_view t = part_->text;
    if (t == "HH24") return number(span_.hour, 2);
    if (t == "HH12" || t == "HH") return number(span_.hour % 12 ? span_.hour % 12 : 12, 2);
    if (t == "MI") return number(span_.minute, 2);
    if (t == "SS") return number(span_.second, 2);
    if (t == "SSSS" || t == "SSSSS") {
      return number(span_.hour * 3600 + span_.minute * 60 + span_.second, 1, false);
    }
    if (t == "MS") return fraction(span_.micros / 1000, 3);
    if (t == "US") return fraction(span_.micros, 6);
    if (!t.starts_with("FF")) return false;
    const int digits = t[2] - '0';
    int64_t unit = 1;
    for (int i = digits; i < 6; ++i) unit *= 10;
    return fraction(span_.micros / unit, digits);
  }

  void put_word() {
    const std::string_view t = part_->text;
    const bool small = part_->written[0] >= 'a';
    const auto put = [&](std::string_view word) { out_ += small ? lower(word) : word; };
    const bool noon = span_.hour % 24 >= 12;
    if (t == "FX") return;
    if (t == "AM" || t == "PM") return put(noon ? "PM" : "AM");
    if (t == "A.M." || t == "P.M.") return put(noon ? "P.M." : "A.M.");
    if (t == "RM") return put_roman(put);
    if (t[0] == 'I' || t == "J") {
      if (t != "ID") {
        return row_.fail("0A000", fmt::format("\"{}\" of an interval is not supported", t));
      }
    }
    row_.fail("22007", kNoInterval);
  }

  // Months that are negative count from the end of the year.
  template <class Put>
  void put_roman(Put put) {
    if (span_.month == 0 && span_.year == 0) return;
    const int64_t month = span_.month > 0   ? span_.month
                          : span_.month < 0 ? 12 + span_.month + 1
                          : span_.year >= 0 ? 12
                                            : 1;
    put(fmt::format("{:<{}}", kRomanNames[month - 1], part_->fill ? 4 : 0));
  }

  const Span& span_;
  Row& row_;
  std::string& out_;
  const TimePart* part_ = nullptr;
};

}  // namespace

ColumnPtr interval_to_char(const KernelCall& c) {
  return map_text(c, [&](uint32_t i, Row& row, std::string& out) {
    const std::string_view pattern = c.args[1]->text(i);
    if (pattern.empty()) return row.null();
    const Span span(c.args[0]->value<Interval>(i));
    SpanWriter writer(span, row, out);
    for (const TimePart& part : read_time_pattern(pattern)) writer.put(part);
  });
}

}  // namespace weir::expr
