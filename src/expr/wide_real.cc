// exp: the argument less a multiple of ln 10, which is a shift of the exponent; the rest divided by
// 2^10, put into the Taylor series, and squared ten times. ln: a double gives the first 15 digits,
// the series of the inverse hyperbolic tangent the others (Abramowitz and Stegun, 4.1.27).
#include "expr/wide_real.h"

#include <cmath>

#include <fmt/core.h>

namespace weir::expr {

namespace {

constexpr int kDigits = 90;
constexpr std::string_view kLn10 =
    "2302585092994045684017991454684364207601101488628772976033327900967572609677352480235997205089"
    "5982983419677840";

WideInteger magnitude(const WideInteger& v) { return v.is_negative() ? v.negated() : v; }

// a / 10^digits, half away from zero.
WideInteger shortened(const WideInteger& a, int digits) {
  const WideInteger q = magnitude(a).divided_half_up(WideInteger::power_of_ten(digits));
  return a.is_negative() ? q.negated() : q;
}

WideReal ln_10() {
  WideInteger v;
  for (const char c : kLn10.substr(0, kDigits + 20)) {
    v = v * WideInteger(10) + WideInteger(c - '0');
  }
  return {v, 1 - (kDigits + 20)};
}

}  // namespace

WideReal::WideReal(WideInteger coefficient, int exponent)
    : coefficient_(std::move(coefficient)), exponent_(exponent) {
  if (coefficient_.is_zero()) {
    exponent_ = 0;
    return;
  }
  const auto digits = static_cast<int>(coefficient_.digits().size());
  if (digits <= kDigits) return;
  coefficient_ = shortened(coefficient_, digits - kDigits);
  exponent_ += digits - kDigits;
}

WideReal WideReal::near(double v) {
  if (v == 0) return {};
  const std::string text = fmt::format("{:.17e}", v);
  WideInteger coefficient;
  for (const char c : text.substr(0, text.find('e'))) {
    if (c >= '0' && c <= '9') coefficient = coefficient * WideInteger(10) + WideInteger(c - '0');
  }
  const int exponent = std::stoi(text.substr(text.find('e') + 1));
  return {v < 0 ? coefficient.negated() : coefficient, exponent - 17};
}

double WideReal::to_double() const {
  const std::string digits = coefficient_.digits();
  const double v = std::strtod(fmt::format("{}e{}", digits, exponent_).c_str(), nullptr);
  return coefficient_.is_negative() ? -v : v;
}

int WideReal::leading_exponent() const {
  if (is_zero()) return 0;
  return static_cast<int>(coefficient_.digits().size()) - 1 + exponent_;
}

std::optional<Decimal> WideReal::to_decimal(int scale) const {
  if (is_zero() || leading_exponent() < -scale - 2) return Decimal(0, scale);
  if (leading_exponent() + scale >= Decimal::kMaxDigits) return std::nullopt;
  const int shift = exponent_ + scale;
  const WideInteger whole = shift >= 0 ? coefficient_ * WideInteger::power_of_ten(shift)
                                       : shortened(coefficient_, -shift);
  const std::string digits = whole.digits();
  if (digits.size() > Decimal::kMaxDigits) return std::nullopt;
  Int128 v = 0;
  for (const char c : digits) v = v * 10 + (c - '0');
  return Decimal(whole.is_negative() ? -v : v, scale);
}

WideReal operator+(const WideReal& a, const WideReal& b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  const bool a_lower = a.exponent_ < b.exponent_;
  const WideReal& low = a_lower ? a : b;
  const WideReal& high = a_lower ? b : a;
  const int apart = high.exponent_ - low.exponent_;
  if (apart > 3 * kDigits) return high;
  return {high.coefficient_ * WideInteger::power_of_ten(apart) + low.coefficient_, low.exponent_};
}

WideReal operator-(const WideReal& a, const WideReal& b) {
  return a + WideReal(b.coefficient_.negated(), b.exponent_);
}

WideReal operator*(const WideReal& a, const WideReal& b) {
  return {a.coefficient_ * b.coefficient_, a.exponent_ + b.exponent_};
}

WideReal operator/(const WideReal& a, const WideReal& b) {
  const int raise = 2 * kDigits;
  const WideInteger q = (magnitude(a.coefficient_) * WideInteger::power_of_ten(raise))
                            .divided_half_up(magnitude(b.coefficient_));
  const bool negative = a.coefficient_.is_negative() != b.coefficient_.is_negative();
  return {negative ? q.negated() : q, a.exponent_ - b.exponent_ - raise};
}

WideReal exponential(const WideReal& x) {
  const auto shift = static_cast<int>(std::lround(x.to_double() * M_LOG10E));
  const WideReal rest = x - WideReal::of_int(shift) * ln_10();
  const WideReal small = rest / WideReal::of_int(1024);
  WideReal sum = WideReal::of_int(1);
  WideReal term = sum;
  for (int n = 1; !term.is_zero() && term.leading_exponent() > -kDigits; ++n) {
    term = term * small / WideReal::of_int(n);
    sum = sum + term;
  }
  for (int i = 0; i < 10; ++i) sum = sum * sum;
  return sum.scaled(shift);
}

WideReal natural_logarithm(const WideReal& x) {
  const int shift = x.leading_exponent();
  const WideReal f = x.scaled(-shift);  // 1 <= f < 10
  const WideReal first = WideReal::near(std::log(f.to_double()));
  const WideReal t = f * exponential(WideReal() - first);
  const WideReal one = WideReal::of_int(1);
  const WideReal z = (t - one) / (t + one);
  const WideReal square = z * z;
  WideReal sum = z;
  WideReal power = z;
  for (int n = 3; !power.is_zero() && power.leading_exponent() > z.leading_exponent() - kDigits;
       n += 2) {
    power = power * square;
    sum = sum + power / WideReal::of_int(n);
  }
  return first + sum + sum + WideReal::of_int(shift) * ln_10();
}

WideReal integer_power(WideReal base, uint32_t exponent) {
  WideReal out = WideReal::of_int(1);
  for (; exponent != 0; exponent >>= 1) {
    if (exponent & 1) out = out * base;
    if (exponent > 1) base = base * base;
  }
  return out;
}

}  // namespace weir::expr
