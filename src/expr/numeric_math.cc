// Roots, exponentials, logarithms and powers of numeric, with the number of digits that PostgreSQL
// gives them: about 16 significant ones, and never fewer decimals than the arguments have. How many
// decimals that is follows from an estimate of the size of the result.
#include <cmath>

#include "expr/kernel.h"
#include "expr/wide_real.h"

namespace weir::expr {

namespace {

using enum TypeId;

constexpr int kSignificant = 16;
constexpr int kMostDecimals = 1000;
constexpr double kLog10OfE = 0.434294481903252;

int bounded_scale(int scale, const Decimal& a, const Decimal& b) {
  return std::min(std::max({scale, a.scale(), b.scale(), 0}), kMostDecimals);
}

Decimal required(const std::optional<Decimal>& v, Row& row) {
  if (!v) row.fail("22003", "value overflows numeric format");
  return v.value_or(Decimal());
}

bool is_nan(const Decimal& v) { return v.kind() == Decimal::Kind::kNan; }

Decimal square_root(const Decimal& a, Row& row) {
  if (a.is_negative()) {
    row.fail("2201F", "cannot take square root of a negative number");
    return {};
  }
  if (!a.is_finite()) return a;
  // PostgreSQL counts in groups of four digits: the group in which the first digit stands.
  const int leading = WideReal(a).leading_exponent();
  const int group = leading >= 0 ? leading / 4 : -((3 - leading) / 4);
  const int scale = bounded_scale(kSignificant - ((group + 1) * 2 - 1), a, a);
  // The root of coefficient * 10^-s at `scale` is that of coefficient * 10^(2 scale - s).
  WideInteger square(a.coefficient());
  square = square * WideInteger::power_of_ten(2 * scale - a.scale());
  return required(WideReal(square.square_root(), -scale).to_decimal(scale), row);
}

Decimal exponential_of(const Decimal& a, Row& row) {
  if (a.kind() == Decimal::Kind::kNegativeInfinity) return Decimal(0, 0);
  if (!a.is_finite()) return a;
  const double size = std::clamp(a.to_double() * kLog10OfE, -2000.0, 2000.0);
  const int scale = bounded_scale(kSignificant - static_cast<int>(size), a, a);
  if (size > Decimal::kMaxDigits + 1) return required(std::nullopt, row);
  if (size < -kMostDecimals - 10) return Decimal(0, scale);
  return required(exponential(WideReal(a)).to_decimal(scale), row);
}

// The exponent of the first digit of ln(a), about.
int logarithm_size(const Decimal& a) {
  const WideReal distance = WideReal(a) - WideReal::of_int(1);
  const double v = a.to_double();
  if (v >= 0.9 && v <= 1.1) return distance.leading_exponent();
  return static_cast<int>(std::log10(std::fabs(std::log(v))));
}

bool has_logarithm(const Decimal& a, Row& row) {
  if (a.is_negative()) row.fail("2201E", "cannot take logarithm of a negative number");
  if (a.is_zero()) row.fail("2201E", "cannot take logarithm of zero");
  return !row.failed();
}

Decimal natural(const Decimal& a, Row& row) {
  if (is_nan(a) || !has_logarithm(a, row) || !a.is_finite()) return a;
  const int scale = bounded_scale(kSignificant - logarithm_size(a), a, a);
  return required(natural_logarithm(WideReal(a)).to_decimal(scale), row);
}

Decimal to_base(const Decimal& base, const Decimal& a, Row& row) {
  if (is_nan(base) || is_nan(a)) return Decimal::nan();
  if (base.is_negative() || a.is_negative()) {
    row.fail("2201E", "cannot take logarithm of a negative number");
  }
  if (!has_logarithm(base, row) || !has_logarithm(a, row)) return {};
  if (!base.is_finite()) return a.is_finite() ? Decimal(0, 0) : Decimal::nan();
  if (!a.is_finite()) return a;
  const WideReal divisor = natural_logarithm(WideReal(base));
  if (divisor.is_zero()) return row.fail("22012", "division by zero"), Decimal();
  const int size = logarithm_size(a) - logarithm_size(base);
  const int scale = bounded_scale(kSignificant - size, base, a);
  return required((natural_logarithm(WideReal(a)) / divisor).to_decimal(scale), row);
}

std::optional<int64_t> as_integer(const Decimal& v) {
  if (!v.is_finite()) return std::nullopt;
  const std::optional<Decimal> cut = v.trunc_to(0);
  if (!cut || Decimal::compare(*cut, v) != 0) return std::nullopt;
  return v.to_int64();
}

bool is_whole(const Decimal& v) {
  const std::optional<Decimal> cut = v.trunc_to(0);
  return cut && Decimal::compare(*cut, v) == 0;
}

bool is_odd(const Decimal& v) {
  const std::optional<Decimal> rest = Decimal::mod(v, Decimal::from_int(2));
  return rest && !rest->is_zero();
}

// One of them is NaN or infinite.
Decimal special_power(const Decimal& base, const Decimal& exponent, Row& row) {
  const Decimal one = Decimal::from_int(1);
  if (exponent.is_zero() || Decimal::compare(base, one) == 0) return one;
  if (is_nan(base) || is_nan(exponent)) return Decimal::nan();
  if (base.is_zero()) {
    if (exponent.is_negative()) {
      row.fail("2201F", "zero raised to a negative power is undefined");
    }
    return Decimal(0, 0);
  }
  if (!exponent.is_finite()) {
    const auto order = Decimal::compare(base.is_negative() ? base.negate() : base, one);
    if (order == 0) return one;
    return (order > 0) != exponent.is_negative() ? Decimal::infinity(false) : Decimal(0, 0);
  }
  if (base.is_negative() && !is_whole(exponent)) {
    row.fail("2201F", "a negative number raised to a non-integer power yields a complex result");
    return {};
  }
  if (exponent.is_negative()) return Decimal(0, 0);
  return Decimal::infinity(base.is_negative() && is_odd(exponent));
}

Decimal whole_power(const Decimal& base, int64_t exponent, Row& row) {
  const int scale = bounded_scale(kSignificant, base, base);
  if (base.is_zero() && exponent != 0) return Decimal(0, scale);
  // Far beyond either end there is nothing to compute.
  const double size =
      exponent == 0 ? 0 : std::log10(std::fabs(base.to_double())) * static_cast<double>(exponent);
  if (size > Decimal::kMaxDigits + 1) return required(std::nullopt, row);
  if (size < -kMostDecimals - 10) return Decimal(0, scale);
  const auto times = static_cast<uint32_t>(exponent < 0 ? -exponent : exponent);
  const WideReal power = integer_power(WideReal(base), times);
  return required((exponent < 0 ? WideReal::of_int(1) / power : power).to_decimal(scale), row);
}

Decimal real_power(const Decimal& base, const Decimal& exponent, Row& row) {
  const Decimal positive = base.is_negative() ? base.negate() : base;
  const WideReal logarithm = natural_logarithm(WideReal(positive));
  // The estimate is made with eight digits of the logarithm.
  const double unit = std::pow(10.0, std::max(8 - logarithm_size(positive), 0));
  const double rounded = std::round(logarithm.to_double() * unit) / unit;
  const double product = std::round(rounded * exponent.to_double() * unit) / unit;
  const double size = product * kLog10OfE;
  if (size > Decimal::kMaxDigits + 1) return required(std::nullopt, row);
  const double least = std::max(size, -2000.0);
  const int scale =
      bounded_scale(kSignificant - static_cast<int>(least), positive, exponent);
  if (size < -kMostDecimals - 10) return Decimal(0, scale);
  const WideReal power = natural_logarithm(WideReal(positive)) * WideReal(exponent);
  const Decimal out = required(exponential(power).to_decimal(scale), row);
  return base.is_negative() && is_odd(exponent) ? out.negate() : out;
}

Decimal power_of(const Decimal& base, const Decimal& exponent, Row& row) {
  if (!base.is_finite() || !exponent.is_finite()) return special_power(base, exponent, row);
  if (base.is_zero() && exponent.is_negative()) {
    row.fail("2201F", "zero raised to a negative power is undefined");
    return {};
  }
  if (base.is_negative() && !is_whole(exponent)) {
    row.fail("2201F", "a negative number raised to a non-integer power yields a complex result");
    return {};
  }
  const std::optional<int64_t> whole = as_integer(exponent);
  if (whole && *whole >= INT32_MIN && *whole <= INT32_MAX) return whole_power(base, *whole, row);
  if (base.is_zero()) return Decimal(0, kSignificant);
  return real_power(base, exponent, row);
}

template <Decimal (*kFunction)(const Decimal&, Row&)>
ColumnPtr of_one(const KernelCall& c) {
  return unary<Decimal, Decimal>(c, kFunction);
}

template <Decimal (*kFunction)(const Decimal&, const Decimal&, Row&)>
ColumnPtr of_two(const KernelCall& c) {
  return binary<Decimal, Decimal, Decimal>(c, kFunction);
}

Decimal to_base_ten(const Decimal& a, Row& row) {
  return to_base(Decimal::from_int(10), a, row);
}

}  // namespace

void add_numeric_math(FunctionList& out) {
  FunctionGroup add(out, "math");
  add("sqrt", {kNumeric}, kNumeric, of_one<square_root>, "square root");
  add("exp", {kNumeric}, kNumeric, of_one<exponential_of>, "e to the power");
  add("ln", {kNumeric}, kNumeric, of_one<natural>, "natural logarithm");
  add("log", {kNumeric}, kNumeric, of_one<to_base_ten>, "logarithm to base 10");
  add("log10", {kNumeric}, kNumeric, of_one<to_base_ten>, "logarithm to base 10");
  add("log", {kNumeric, kNumeric}, kNumeric, of_two<to_base>, "logarithm of b to base a");
  for (const std::string_view name : {"power", "pow", "^"}) {
    add(name, {kNumeric, kNumeric}, kNumeric, of_two<power_of>, "a raised to the power of b");
  }
}

}  // namespace weir::expr
