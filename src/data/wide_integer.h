// Whole numbers of any size, for results that are exact although they pass through more digits than
// Decimal holds: variances of numerics square a sum. Sign and magnitude, 32-bit limbs, the least
// first, no leading zeros. Division is Knuth's algorithm D (TAOCP 4.3.1).
#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "data/decimal.h"

namespace weir {

class WideInteger {
 public:
  WideInteger() = default;
  WideInteger(Int128 v);  // NOLINT: a number is a number
  static WideInteger power_of_ten(int exponent);

  bool is_zero() const { return limbs_.empty(); }
  bool is_negative() const { return negative_; }
  WideInteger negated() const;
  std::strong_ordering operator<=>(const WideInteger& other) const;
  bool operator==(const WideInteger& other) const = default;

  WideInteger& operator+=(const WideInteger& other);
  friend WideInteger operator+(WideInteger a, const WideInteger& b) { return a += b; }
  friend WideInteger operator-(WideInteger a, const WideInteger& b) { return a += b.negated(); }
  friend WideInteger operator*(const WideInteger& a, const WideInteger& b);

  // Neither is negative; the divisor is not zero. Rounded down, or half up.
  WideInteger divided_by(const WideInteger& divisor, WideInteger* remainder = nullptr) const;
  WideInteger divided_half_up(const WideInteger& divisor) const;
  // Not negative. Rounded half up.
  WideInteger square_root() const;

  std::string digits() const;  // of the magnitude
  std::string to_text(int scale) const;  // the number * 10^-scale
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
  size_t heap_bytes() const { return limbs_.capacity() * sizeof(uint32_t); }

 private:
  using Limbs = std::vector<uint32_t>;
  static void trim(Limbs& limbs);
  static std::strong_ordering compare(const Limbs& a, const Limbs& b);
  static void add_limbs(Limbs& a, const Limbs& b);
  static void subtract_limbs(Limbs& a, const Limbs& b);  // a >= b
  static uint32_t divide_small(Limbs& a, uint32_t divisor);
  void settle();
  size_t bits() const;

  bool negative_ = false;
  Limbs limbs_;
};

}  // namespace weir
