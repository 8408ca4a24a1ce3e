// PostgreSQL's numeric within 38 digits: coefficient * 10^-scale, where the scale belongs to the
// value (1.5 and 1.50 are equal, and different to look at), plus NaN and the infinities. Results
// that need more than 38 digits are an overflow; sums use DecimalSum, which cannot overflow.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

using Int128 = __int128;
using UInt128 = unsigned __int128;

class Decimal {
 public:
  enum class Kind : uint8_t { kFinite = 0, kNan = 1, kInfinity = 2, kNegativeInfinity = 3 };
  static constexpr int kMaxDigits = 38;

  constexpr Decimal() = default;
  Decimal(Int128 coefficient, int scale)
      : low_(static_cast<uint64_t>(coefficient)),
        high_(static_cast<int64_t>(coefficient >> 64)),
        scale_(static_cast<int16_t>(scale)) {}
  static Decimal from_int(int64_t v) { return Decimal(v, 0); }
  static Decimal nan() { return Decimal(Kind::kNan); }
  static Decimal infinity(bool negative) {
    return Decimal(negative ? Kind::kNegativeInfinity : Kind::kInfinity);
  }
  // "12.50", "1e-3", "NaN", "-Infinity", surrounding blanks; nothing else. nullopt: not a number or
  // too many digits (tell apart with `overflow`).
  static std::optional<Decimal> parse(std::string_view text, bool* overflow = nullptr);
  static std::optional<Decimal> from_double(double v);  // PostgreSQL's cast: 15 significant digits

  bool operator==(const Decimal&) const = default;  // identity; SQL equality is compare() == 0
  Kind kind() const { return kind_; }
  bool is_finite() const { return kind_ == Kind::kFinite; }
  Int128 coefficient() const {
    return (static_cast<Int128>(high_) << 64) | static_cast<Int128>(static_cast<UInt128>(low_));
  }
  int scale() const { return scale_; }
  bool is_zero() const { return is_finite() && low_ == 0 && high_ == 0; }
  bool is_negative() const {
    return kind_ == Kind::kNegativeInfinity || (is_finite() && high_ < 0);
  }

  std::string to_string() const;
  double to_double() const;
  std::optional<int64_t> to_int64() const;  // rounds half away from zero; nullopt: out of range

  std::optional<Decimal> round_to(int scale) const;  // half away from zero; also raises the scale
  std::optional<Decimal> trunc_to(int scale) const;
  Decimal negate() const;
  Decimal normalized() const;  // without trailing zeros: equal values have equal bytes

  // SQL order: NaN equals NaN and is greater than everything.
  static std::strong_ordering compare(const Decimal& a, const Decimal& b);
  // nullopt: more than 38 digits. div and mod: the divisor is not zero.
  static std::optional<Decimal> add(const Decimal& a, const Decimal& b);
  static std::optional<Decimal> sub(const Decimal& a, const Decimal& b);
  static std::optional<Decimal> mul(const Decimal& a, const Decimal& b);
  static std::optional<Decimal> div(const Decimal& a,
                                    const Decimal& b);  // PostgreSQL's result scale
  static std::optional<Decimal> mod(const Decimal& a, const Decimal& b);

 private:
  explicit constexpr Decimal(Kind kind) : kind_(kind) {}
  uint64_t low_ = 0;
  int64_t high_ = 0;
  int16_t scale_ = 0;
  Kind kind_ = Kind::kFinite;
  uint8_t unused_[5] = {};
};
static_assert(sizeof(Decimal) == 24);

}  // namespace weir
