#include "plan/ending.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/letter_case.h"
#include "data/calendar.h"
#include "expr/function.h"

namespace weir::plan {

namespace {

using expr::Expr;
using expr::ExprKind;
using Kind = EndStep::Kind;

constexpr Micros kHour = 3600 * kMicrosPerSecond;
constexpr Micros kMonday = 4 * kMicrosPerDay;  // 1970-01-05
// More than the offset of any zone has ever changed by.
constexpr Micros kZones = 2 * kMicrosPerDay;

Micros saturating(Micros a, Micros b) {
  Micros sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return a < 0 ? INT64_MIN : INT64_MAX;
}

Micros next_multiple(Micros value, int64_t size, Micros origin) {
  Micros behind = 0;
  if (__builtin_sub_overflow(value, origin, &behind)) return value < 0 ? INT64_MIN : INT64_MAX;
  const int64_t past = floor_mod(behind, size);
  return past == 0 ? value : saturating(value, size - past);
}

Micros next_month(Micros value, int64_t months) {
  const CivilDate date = civil_from_days(floor_div(value, kMicrosPerDay));
  const int64_t first = floor_div(date.year * 12 + date.month - 1, months) * months;
  for (const int64_t month : {first, first + months}) {
    const int64_t day =
        days_from_civil(floor_div(month, 12), static_cast<int>(floor_mod(month, 12)) + 1, 1);
    Micros at = 0;
    if (__builtin_mul_overflow(day, int64_t{kMicrosPerDay}, &at)) break;
    if (at >= value) return at;
  }
  return value < 0 ? value : INT64_MAX;
}

Micros undone(const EndStep& step, Micros value) {
  switch (step.kind) {
    case Kind::kShift: return saturating(value, step.size);
    case Kind::kNext: return next_multiple(value, step.size, step.origin);
    case Kind::kNextMonths: return next_month(value, step.size);
    case Kind::kLength: return saturating(value, step.size - 1);
    case Kind::kToUtc: return step.zone->to_utc(value);
    case Kind::kToLocal: return step.zone->to_local(value);
  }
  return value;
}

bool is_cut(const EndStep& step) {
  return step.kind == Kind::kNext || step.kind == Kind::kNextMonths || step.kind == Kind::kLength;
}

const std::string* text_of(const Expr& e) {
  return e.kind == ExprKind::kLiteral ? std::get_if<std::string>(&e.literal.data) : nullptr;
}

std::shared_ptr<const TimeZone> zone_of(const Expr& e) {
  const std::string* text = text_of(e);
  std::optional<TimeZone> zone = text ? TimeZone::spelled(*text) : std::nullopt;
  return zone ? std::make_shared<const TimeZone>(std::move(*zone)) : nullptr;
}

std::optional<EndStep> step_of_unit(const Expr& e) {
  const std::string* text = text_of(e);
  if (!text) return std::nullopt;
  const std::string unit = lower(*text);
  if (unit == "microseconds") return EndStep{Kind::kNext, 1};
  if (unit == "milliseconds") return EndStep{Kind::kNext, 1000};
  if (unit == "second") return EndStep{Kind::kNext, kMicrosPerSecond};
  if (unit == "minute") return EndStep{Kind::kNext, 60 * kMicrosPerSecond};
  if (unit == "hour") return EndStep{Kind::kNext, kHour};
  if (unit == "day") return EndStep{Kind::kNext, kMicrosPerDay};
  if (unit == "week") return EndStep{Kind::kNext, 7 * kMicrosPerDay, kMonday};
  if (unit == "month") return EndStep{Kind::kNextMonths, 1};
  if (unit == "quarter") return EndStep{Kind::kNextMonths, 3};
  if (unit == "year") return EndStep{Kind::kNextMonths, 12};
  return std::nullopt;
}

// Undoes an expression from the outside inwards until it meets a column.
class Chain {
 public:
  std::optional<CutTime> find(const Expr& e) {
    const Expr* at = &e;
    while (at && at->kind != ExprKind::kColumn) at = step(*at);
    if (!at) return std::nullopt;
    return CutTime{at->column, std::move(ending_)};
  }

 private:
  // What the step is made of; null: not such a step.
  const Expr* step(const Expr& e) {
    if (!e.type.is_time()) return nullptr;
    if (e.kind == ExprKind::kCast) return cast(e);
    if (e.kind != ExprKind::kCall) return nullptr;
    const std::string_view name = e.function->name;
    if (name == "date_trunc") return trunc(e);
    if (name == "date_bin") return bin(e);
    if (name == "timezone") return zone(e);
    if (name == "+" || name == "-") return shift(e, name == "+");
    return nullptr;
  }

  const Expr* cast(const Expr& e) {
    const Expr& inner = *e.args[0];
    if (!inner.type.is_time() || e.type.name() != e.type.plain().name()) return nullptr;
    if (e.type.id == TypeId::kDate && inner.type.id != TypeId::kDate)
      ending_.add({Kind::kNext, kMicrosPerDay});
    return &inner;
  }

  // Below a day a zone cuts with the offset that holds at the time.
  const Expr* trunc(const Expr& e) {
    const std::optional<EndStep> unit = step_of_unit(*e.args[0]);
    if (!unit) return nullptr;
    if (e.args.size() == 2) {
      ending_.add(*unit);
      return e.args[1].get();
    }
    const auto zone = zone_of(*e.args[2]);
    if (!zone) return nullptr;
    if (unit->kind == Kind::kNext && unit->size < kMicrosPerDay) {
      if (ending_.cuts()) return nullptr;
      ending_.add({Kind::kLength, unit->size});
      return e.args[1].get();
    }
    ending_.add({Kind::kToLocal, 0, 0, zone});
    ending_.add(*unit);
    ending_.add({Kind::kToUtc, 0, 0, zone});
    return e.args[1].get();
  }

  const Expr* bin(const Expr& e) {
    const std::optional<Micros> size = fixed_interval(*e.args[0]);
    const Expr& from = *e.args[2];
    const auto* origin =
        from.kind == ExprKind::kLiteral ? std::get_if<Micros>(&from.literal.data) : nullptr;
    if (!size || *size <= 0 || !origin) return nullptr;
    if (*origin == INT64_MIN || *origin == INT64_MAX) return nullptr;
    ending_.add({Kind::kNext, *size, floor_mod(*origin, *size)});
    return e.args[1].get();
  }

  // A local time of an instant. The other way there is no order: of the hour that a zone leaves
  // out, times come behind those of the next.
  const Expr* zone(const Expr& e) {
    const auto zone = zone_of(*e.args[0]);
    if (!zone || e.type.id != TypeId::kTimestamp) return nullptr;
    ending_.add({Kind::kToUtc, 0, 0, zone});
    return e.args[1].get();
  }

  const Expr* shift(const Expr& e, bool plus) {
    if (e.args.size() != 2) return nullptr;
    const bool swapped = plus && !e.args[0]->type.is_time();
    const Expr& by = *e.args[swapped ? 0 : 1];
    const std::optional<Micros> size = fixed_interval(by);
    if (!size) return nullptr;
    ending_.add({Kind::kShift, plus ? -*size : *size});
    return e.args[swapped ? 1 : 0].get();
  }

  Ending ending_;
};

}  // namespace

bool EndStep::operator==(const EndStep& other) const {
  const bool same_zone =
      zone && other.zone ? zone->name() == other.zone->name() : !zone && !other.zone;
  return kind == other.kind && size == other.size && origin == other.origin && same_zone;
}

bool Ending::cuts() const { return std::any_of(steps_.begin(), steps_.end(), is_cut); }

Micros Ending::of(Micros value) const {
  if (value == INT64_MIN || value == INT64_MAX) return value;
  if (cuts()) value = saturating(value, 1);  // the least that is greater
  for (const EndStep& step : steps_) {
    if (value == INT64_MIN || value == INT64_MAX) return value;
    value = undone(step, value);
  }
  return value;
}

Micros Ending::longest() const {
  Micros sum = 0;
  for (const EndStep& step : steps_) {
    if (step.kind == Kind::kNext || step.kind == Kind::kLength) sum = saturating(sum, step.size);
    if (step.kind == Kind::kNextMonths) sum = saturating(sum, step.size * 31 * kMicrosPerDay);
    if (step.kind == Kind::kToUtc) sum = saturating(sum, kZones);
  }
  return sum;
}

std::string Ending::text() const {
  std::string text;
  for (const EndStep& step : steps_) {
    text += fmt::format("{}:{}:{}:{};", static_cast<int>(step.kind), step.size, step.origin,
                        step.zone ? step.zone->name() : "");
  }
  return text;
}

bool Ending::only_shifts() const {
  return std::all_of(steps_.begin(), steps_.end(),
                     [](const EndStep& step) { return step.kind == Kind::kShift; });
}

void Ending::add(EndStep step) {
  const bool repeats = !steps_.empty() && steps_.back() == step && is_cut(step);
  if (!repeats) steps_.push_back(std::move(step));
}

Ending Ending::then(const Ending& inner) const {
  Ending both = *this;
  for (const EndStep& step : inner.steps_) both.add(step);
  return both;
}

std::optional<CutTime> cut_time(const expr::Expr& e) { return Chain().find(e); }

std::optional<Micros> fixed_interval(const Expr& e) {
  if (e.kind != ExprKind::kLiteral) return std::nullopt;
  const auto* interval = std::get_if<Interval>(&e.literal.data);
  if (!interval || interval->months != 0) return std::nullopt;
  Micros days = 0;
  Micros sum = 0;
  if (__builtin_mul_overflow(Micros{interval->days}, kMicrosPerDay, &days) ||
      __builtin_add_overflow(days, interval->micros, &sum) || sum == INT64_MIN) {
    return std::nullopt;
  }
  return sum;
}

}  // namespace weir::plan
