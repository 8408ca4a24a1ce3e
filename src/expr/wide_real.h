// Numbers of about 90 significant decimal digits, for functions of numeric whose results are
// rounded to the digits of a Decimal: exponentials, logarithms, powers. Every operation rounds half
// up; the dozens of digits beyond the 38 of a result absorb what that loses.
#pragma once
#include <optional>

#include "data/wide_integer.h"

namespace weir::expr {

class WideReal {
 public:
  WideReal() = default;
  WideReal(WideInteger coefficient, int exponent);  // coefficient * 10^exponent
  explicit WideReal(const Decimal& finite) : WideReal(finite.coefficient(), -finite.scale()) {}
  static WideReal of_int(int64_t v) { return {WideInteger(v), 0}; }
  static WideReal near(double v);  // within a few units of the last place of a double

  bool is_zero() const { return coefficient_.is_zero(); }
  double to_double() const;
  int leading_exponent() const;  // of the first digit: 123.4 has 2; of zero: 0
  // nullopt: more than 38 digits.
  std::optional<Decimal> to_decimal(int scale) const;

  WideReal scaled(int exponent) const { return {coefficient_, exponent_ + exponent}; }
  friend WideReal operator+(const WideReal& a, const WideReal& b);
  friend WideReal operator-(const WideReal& a, const WideReal& b);
  friend WideReal operator*(const WideReal& a, const WideReal& b);
  friend WideReal operator/(const WideReal& a, const WideReal& b);  // b is not zero

 private:
  WideInteger coefficient_;
  int exponent_ = 0;
};

WideReal exponential(const WideReal& x);  // |x| < 1e6
WideReal natural_logarithm(const WideReal& x);  // x > 0
WideReal integer_power(WideReal base, uint32_t exponent);

}  // namespace weir::expr
