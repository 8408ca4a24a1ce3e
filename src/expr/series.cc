// generate_series: from a start by steps as long as the stop is not passed. A series that leaves
// the range of its type ends there.
#include <fmt/core.h>

#include "data/compare.h"
#include "expr/table_function_internal.h"
#include "expr/time_arithmetic.h"

namespace weir::expr {

namespace {

using enum TypeId;

// Appends `value`, `next(value)`, ... while `within(value)`.
template <class T, class Within, class Next>
void put_series(const TableFunctionCall& call, T value, Within within, Next next) {
  for (uint32_t rows = 0; within(value); ++rows) {
    if (rows == kMaxRowsOfCall) {
      return call.fail("54000", fmt::format("generate_series() answers more than {} rows",
                                            kMaxRowsOfCall));
    }
    call.out.column(0).append<T>(value);
    call.out.end_row();
    const std::optional<T> stepped = next(value);
    if (!stepped) return;
    value = *stepped;
  }
}

void zero_step(const TableFunctionCall& call) {
  call.fail("22023", "step size cannot equal zero");
}

template <class Int>
void integers(const TableFunctionCall& call) {
  const auto argument = [&](size_t i) { return call.args[i]->value<Int>(call.row); };
  const Int stop = argument(1);
  const Int step = call.args.size() > 2 ? argument(2) : Int{1};
  if (step == 0) return zero_step(call);
  put_series<Int>(
      call, argument(0), [&](Int v) { return step > 0 ? v <= stop : v >= stop; },
      [&](Int v) -> std::optional<Int> {
        Int sum;
        return __builtin_add_overflow(v, step, &sum) ? std::nullopt : std::optional<Int>(sum);
      });
}

bool refuse_special(const TableFunctionCall& call, const Decimal& value, const char* what) {
  if (value.is_finite()) return false;
  const bool nan = value.kind() == Decimal::Kind::kNan;
  call.fail("22023", fmt::format("{} cannot be {}", what, nan ? "NaN" : "infinity"));
  return true;
}

void numerics(const TableFunctionCall& call) {
  const auto argument = [&](size_t i) { return call.args[i]->value<Decimal>(call.row); };
  const Decimal start = argument(0);
  const Decimal stop = argument(1);
  const Decimal step = call.args.size() > 2 ? argument(2) : Decimal::from_int(1);
  if (refuse_special(call, start, "start value") || refuse_special(call, stop, "stop value") ||
      refuse_special(call, step, "step size")) {
    return;
  }
  if (step.is_zero()) return zero_step(call);
  put_series<Decimal>(
      call, start,
      [&](const Decimal& v) {
        const auto order = Decimal::compare(v, stop);
        return step.is_negative() ? order >= 0 : order <= 0;
      },
      [&](const Decimal& v) { return Decimal::add(v, step); });
}

void times(const TableFunctionCall& call) {
  const auto stop = call.args[1]->value<Micros>(call.row);
  const auto step = call.args[2]->value<Interval>(call.row);
  const auto direction = interval_length(step);
  if (direction == 0) return zero_step(call);
  put_series<Micros>(
      call, call.args[0]->value<Micros>(call.row),
      [&](Micros v) { return direction > 0 ? v <= stop : v >= stop; },
      [&](Micros v) -> std::optional<Micros> {
        const std::optional<Micros> moved = add_interval(v, step, 1);
        if (!moved) call.fail("22008", "timestamp out of range");
        return moved;
      });
}

void add(TableFunctionList& out, std::vector<Type> args, Schema (*columns)(std::span<const Type>),
         void (*rows)(const TableFunctionCall&)) {
  out.push_back({.name = "generate_series", .args = std::move(args),
                 .summary = "start, start + step, ... to stop", .columns = columns, .rows = rows});
}

}  // namespace

void add_series(TableFunctionList& out) {
  for (const bool with_step : {false, true}) {
    const size_t count = with_step ? 3 : 2;
    add(out, std::vector<Type>(count, kInt4), one_column<kInt4>, integers<int32_t>);
    add(out, std::vector<Type>(count, kInt8), one_column<kInt8>, integers<int64_t>);
    add(out, std::vector<Type>(count, kNumeric), one_column<kNumeric>, numerics);
  }
  add(out, {kTimestamp, kTimestamp, kInterval}, one_column<kTimestamp>, times);
  add(out, {kTimestamptz, kTimestamptz, kInterval}, one_column<kTimestamptz>, times);
}

}  // namespace weir::expr
