// Spans of time: OVERLAPS, ages up to today, intervals with their fields in order; and the clock.
#include <chrono>

#include "expr/time_arithmetic.h"
#include "expr/time_fields.h"
#include "expr/times_internal.h"

namespace weir::expr {

namespace {

using enum TypeId;

struct Span {
  std::optional<Micros> begin;
  std::optional<Micros> end;
};

// From arguments k and k + 1: two ends in any order, or a begin and a length.
Span span_at(const KernelCall& c, size_t k, uint32_t i, Row& row) {
  Span span;
  if (!c.args[k]->is_null(i)) span.begin = c.args[k]->value<int64_t>(i);
  if (c.args[k + 1]->is_null(i)) return span;
  if (c.args[k + 1]->type().id != kInterval) {
    span.end = c.args[k + 1]->value<int64_t>(i);
  } else if (span.begin && c.args[k]->type().id == kTime) {
    const Micros length = c.args[k + 1]->value<Interval>(i).micros;
    span.end = floor_mod(*span.begin + floor_mod(length, kMicrosPerDay), kMicrosPerDay);
  } else if (span.begin) {
    span.end = add_interval(*span.begin, c.args[k + 1]->value<Interval>(i), 1);
    if (!span.end) row.fail("22008", "timestamp out of range");
  }
  if (!span.begin || (span.end && *span.end < *span.begin)) std::swap(span.begin, span.end);
  return span;
}

// Spans that touch do not overlap; one without length is a point. nullopt: an end that is not known
// would decide.
std::optional<bool> overlap(const Span& a, const Span& b) {
  if (!a.begin || !b.begin) return std::nullopt;
  if (*a.begin == *b.begin) return a.end && b.end ? std::optional<bool>(true) : std::nullopt;
  const Span& first = *a.begin < *b.begin ? a : b;
  const Span& second = *a.begin < *b.begin ? b : a;
  if (!first.end) return std::nullopt;
  if (*second.begin < *first.end) return true;
  return second.end ? std::optional<bool>(false) : std::nullopt;
}

ColumnPtr overlaps(const KernelCall& c) {
  return map<uint8_t>(c, [&](uint32_t i, Row& row) -> uint8_t {
    const Span a = span_at(c, 0, i, row);
    const Span b = span_at(c, 2, i, row);
    const std::optional<bool> answer = overlap(a, b);
    if (!answer) row.null();
    return answer.value_or(false);
  });
}

// From midnight of today.
ColumnPtr age_of(const KernelCall& c) {
  const Micros today = floor_div(c.context.now, kMicrosPerDay) * kMicrosPerDay;
  return unary<int64_t, Interval>(c, [&](int64_t v, Row& row) {
    if (is_infinite(v)) return row.fail("22008", "timestamp out of range"), Interval();
    return age_between(today, v);
  });
}

// Hours below a day, days below a month, all of one sign.
ColumnPtr justify_interval(const KernelCall& c) {
  return unary<Interval, Interval>(c, [](const Interval& v, Row& row) {
    int64_t months = v.months + v.days / 30;
    int64_t days = v.days % 30 + v.micros / kMicrosPerDay;
    int64_t micros = v.micros % kMicrosPerDay;
    months += days / 30;
    days %= 30;
    if (months > 0 && (days < 0 || (days == 0 && micros < 0))) days += 30, --months;
    if (months < 0 && (days > 0 || (days == 0 && micros > 0))) days -= 30, ++months;
    if (days > 0 && micros < 0) micros += kMicrosPerDay, --days;
    if (days < 0 && micros > 0) micros -= kMicrosPerDay, ++days;
    if (months != static_cast<int32_t>(months)) row.fail("22008", "interval out of range");
    return Interval{static_cast<int32_t>(months), static_cast<int32_t>(days), micros};
  });
}

template <size_t kDate>
ColumnPtr date_and_clock(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    const int32_t day = c.args[kDate]->value<int32_t>(i);
    if (day == INT32_MIN) return INT64_MIN;
    if (day == INT32_MAX) return INT64_MAX;
    if (day > kMaxTimestampDay) return row.fail("22008", "date out of range for timestamp"), 0;
    return day * kMicrosPerDay + c.args[1 - kDate]->value<int64_t>(i);
  });
}

ColumnPtr now(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t, Row&) -> int64_t { return c.context.now; });
}

ColumnPtr clock_now(const KernelCall& c) {
  return map<int64_t>(c, [](uint32_t, Row&) -> int64_t {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  });
}

}  // namespace

void add_spans(FunctionList& out) {
  TimeFunctions add(out);
  for (const Type type : {Type(kTimestamptz), Type(kTimestamp), Type(kTime)}) {
    for (const Type a : {type, Type(kInterval)}) {
      for (const Type b : {type, Type(kInterval)}) {
        add("overlaps", {type, a, type, b}, kBool, overlaps,
            "whether two spans have time in common").strict = false;
      }
    }
  }
  for (const Type type : {Type(kTimestamptz), Type(kTimestamp)}) {
    add("age", {type}, kInterval, age_of, "up to midnight of today").volatility =
        Volatility::kVolatile;
  }
  add("justify_interval", {kInterval}, kInterval, justify_interval,
      "24 hours as days, 30 days as months, of one sign");
  add("+", {kDate, kTime}, kTimestamp, date_and_clock<0>, "arithmetic on times");
  add("+", {kTime, kDate}, kTimestamp, date_and_clock<1>, "arithmetic on times");
  add("timestamp", {kDate, kTime}, kTimestamp, date_and_clock<0>, "a day and a time of day");
  add("timestamptz", {kDate, kTime}, kTimestamptz, date_and_clock<0>, "a day and a time of day");
  for (const std::string_view name : {"now", "statement_timestamp", "transaction_timestamp"}) {
    add(name, {}, kTimestamptz, now, "the instant of the query").volatility = Volatility::kVolatile;
  }
  add("clock_timestamp", {}, kTimestamptz, clock_now, "the time of the clock").volatility =
      Volatility::kVolatile;
}

}  // namespace weir::expr
