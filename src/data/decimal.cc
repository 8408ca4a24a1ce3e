// Arithmetic on 128-bit coefficients. Products and quotients go through a 256-bit intermediate,
// since PostgreSQL rounds only the result; what does not fit 38 digits then is an overflow.
#include "data/decimal.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace weir {

namespace {

constexpr int kMaxScale = 1000;

UInt128 power_of_ten(int n) {  // n <= 38
  UInt128 p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

const UInt128 kLimit = power_of_ten(38);  // coefficients are below it

struct U256 {
  UInt128 high = 0;
  UInt128 low = 0;
};

U256 multiply(UInt128 a, UInt128 b) {
  const auto low64 = [](UInt128 v) { return static_cast<UInt128>(static_cast<uint64_t>(v)); };
  const UInt128 ll = low64(a) * low64(b);
  const UInt128 lh = low64(a) * (b >> 64);
  const UInt128 hl = (a >> 64) * low64(b);
  const UInt128 middle = (ll >> 64) + low64(lh) + low64(hl);
  return {(a >> 64) * (b >> 64) + (lh >> 64) + (hl >> 64) + (middle >> 64),
          (middle << 64) | low64(ll)};
}

// Quotient of a 256-bit number; the remainder to *remainder. The quotient may need 256 bits too.
U256 divide(U256 a, UInt128 b, UInt128* remainder) {
  U256 q;
  q.high = a.high / b;
  UInt128 r = a.high % b;
  for (int bit = 127; bit >= 0; --bit) {
    const bool carry = r >> 127;
    r = (r << 1) | ((a.low >> bit) & 1);
    if (carry || r >= b) {
      r -= b;
      q.low |= UInt128{1} << bit;
    }
  }
  *remainder = r;
  return q;
}

// Half away from zero, then the bound.
std::optional<UInt128> rounded(U256 q, UInt128 remainder, UInt128 divisor) {
  if (remainder >= divisor - remainder) {
    if (++q.low == 0) ++q.high;
  }
  if (q.high != 0 || q.low >= kLimit) return std::nullopt;
  return q.low;
}

UInt128 magnitude(const Decimal& v) {
  const Int128 c = v.coefficient();
  return c < 0 ? -static_cast<UInt128>(c) : static_cast<UInt128>(c);
}

Decimal with_sign(UInt128 coefficient, bool negative, int scale) {
  const Int128 c = static_cast<Int128>(coefficient);
  return Decimal(negative ? -c : c, scale);
}

// coefficient / 10^digits, rounded; digits may be large.
std::optional<UInt128> shrink(UInt128 coefficient, int digits, bool round) {
  if (digits > 38) return UInt128{0};
  const UInt128 p = power_of_ten(digits);
  const UInt128 q = coefficient / p;
  const UInt128 r = coefficient % p;
  return round && digits > 0 && r >= p - r ? q + 1 : q;
}

std::optional<Decimal> at_scale(const Decimal& v, int scale, bool round) {
  if (!v.is_finite() || v.scale() == scale) return v;
  const bool negative = v.is_negative();
  if (scale < v.scale()) {
    return with_sign(*shrink(magnitude(v), v.scale() - scale, round), negative, scale);
  }
  if (v.is_zero()) return Decimal(0, scale);
  if (scale - v.scale() > 38) return std::nullopt;
  const U256 raised = multiply(magnitude(v), power_of_ten(scale - v.scale()));
  if (raised.high != 0 || raised.low >= kLimit) return std::nullopt;
  return with_sign(raised.low, negative, scale);
}

int digit_count(UInt128 v) {
  int n = 0;
  for (; v != 0; v /= 10) ++n;
  return n;
}

}  // namespace

std::optional<Decimal> Decimal::parse(std::string_view text, bool* overflow) {
  if (overflow) *overflow = false;
  const auto too_large = [&]() -> std::optional<Decimal> {
    if (overflow) *overflow = true;
    return std::nullopt;
  };
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  const auto same = [&](std::string_view word) {
    return text.size() == word.size() &&
           std::equal(text.begin(), text.end(), word.begin(),
                      [](char a, char b) { return (a | 32) == b; });
  };
  if (same("nan")) return nan();
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (same("infinity") || same("inf")) return infinity(negative);
  UInt128 coefficient = 0;
  int scale = 0;
  int dropped = 0;  // integer digits beyond 38 are an overflow, fraction digits beyond are rounded
  bool any = false;
  bool point = false;
  bool round_up = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    any = true;
    const UInt128 digit = static_cast<UInt128>(c - '0');
    if (dropped == 0 && coefficient <= (kLimit - 1 - digit) / 10) {
      coefficient = coefficient * 10 + digit;
      if (point) ++scale;
    } else if (!point) {
      return too_large();
    } else if (dropped++ == 0) {
      round_up = c >= '5';
    }
  }
  if (!any) return std::nullopt;
  if (round_up && ++coefficient >= kLimit) return too_large();
  if (i < text.size()) {
    if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
    ++i;
    if (i < text.size() && text[i] == '+') ++i;
    int exponent = 0;
    const auto parsed = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    if (exponent > 2000 || exponent < -2000) return too_large();
    scale -= exponent;
  }
  if (coefficient == 0) return Decimal(0, std::min(std::max(scale, 0), kMaxScale));
  if (scale < 0) {
    if (-scale > 38) return too_large();
    const U256 raised = multiply(coefficient, power_of_ten(-scale));
    if (raised.high != 0 || raised.low >= kLimit) return too_large();
    coefficient = raised.low;
    scale = 0;
  }
  if (scale > kMaxScale) return too_large();
  return with_sign(coefficient, negative, scale);
}

std::optional<Decimal> Decimal::from_double(double v) {
  if (std::isnan(v)) return nan();
  if (std::isinf(v)) return infinity(v < 0);
  char text[64];
  std::snprintf(text, sizeof text, "%.15g", v);
  return parse(text);
}

std::string Decimal::to_string() const {
  switch (kind_) {
    case Kind::kNan: return "NaN";
    case Kind::kInfinity: return "Infinity";
    case Kind::kNegativeInfinity: return "-Infinity";
    case Kind::kFinite: break;
  }
  std::string digits;
  for (UInt128 m = magnitude(*this); m != 0; m /= 10) {
    digits.push_back(static_cast<char>('0' + static_cast<int>(m % 10)));
  }
  while (static_cast<int>(digits.size()) <= scale_) digits.push_back('0');
  if (is_negative()) digits.push_back('-');
  std::string out(digits.rbegin(), digits.rend());
  if (scale_ > 0) out.insert(out.size() - static_cast<size_t>(scale_), ".");
  return out;
}

double Decimal::to_double() const {
  switch (kind_) {
    case Kind::kNan: return std::nan("");
    case Kind::kInfinity: return INFINITY;
    case Kind::kNegativeInfinity: return -INFINITY;
    case Kind::kFinite: break;
  }
  // Through text: correctly rounded.
  const std::string text = to_string();
  double v = 0;
  std::from_chars(text.data(), text.data() + text.size(), v);
  return v;
}

std::optional<int64_t> Decimal::to_int64() const {
  if (!is_finite()) return std::nullopt;
  const std::optional<Decimal> whole = at_scale(*this, 0, true);
  if (!whole) return std::nullopt;
  const Int128 v = whole->coefficient();
  if (v > INT64_MAX || v < INT64_MIN) return std::nullopt;
  return static_cast<int64_t>(v);
}

std::optional<Decimal> Decimal::round_to(int scale) const {
  if (scale >= 0) return at_scale(*this, std::min(scale, kMaxScale), true);
  const std::optional<Decimal> coarse = at_scale(*this, scale, true);
  return coarse ? at_scale(*coarse, 0, true) : coarse;
}

std::optional<Decimal> Decimal::trunc_to(int scale) const {
  if (scale >= 0) return at_scale(*this, scale, false);
  const std::optional<Decimal> coarse = at_scale(*this, scale, false);
  return coarse ? at_scale(*coarse, 0, false) : coarse;
}

Decimal Decimal::negate() const {
  switch (kind_) {
    case Kind::kNan: return *this;
    case Kind::kInfinity: return infinity(true);
    case Kind::kNegativeInfinity: return infinity(false);
    case Kind::kFinite: break;
  }
  return Decimal(-coefficient(), scale_);
}

Decimal Decimal::normalized() const {
  if (!is_finite()) return *this;
  if (is_zero()) return Decimal(0, 0);
  Int128 c = coefficient();
  int scale = scale_;
  while (scale > 0 && c % 10 == 0) {
    c /= 10;
    --scale;
  }
  return Decimal(c, scale);
}

std::strong_ordering Decimal::compare(const Decimal& a, const Decimal& b) {
  const auto rank = [](const Decimal& v) {
    switch (v.kind_) {
      case Kind::kNegativeInfinity: return 0;
      case Kind::kFinite: return 1;
      case Kind::kInfinity: return 2;
      case Kind::kNan: return 3;
    }
    return 1;
  };
  if (rank(a) != 1 || rank(b) != 1) return rank(a) <=> rank(b);
  if (a.scale_ == b.scale_) return a.coefficient() <=> b.coefficient();
  if (a.is_negative() != b.is_negative()) return b.is_negative() <=> a.is_negative();
  if (a.is_zero() || b.is_zero()) {
    return (a.is_zero()       ? 0
            : a.is_negative() ? -1
                              : 1) <=> (b.is_zero()       ? 0
                                        : b.is_negative() ? -1
                                                          : 1);
  }
  const UInt128 x = magnitude(a);
  const UInt128 y = magnitude(b);
  const int exponent_x = digit_count(x) - a.scale_;
  const int exponent_y = digit_count(y) - b.scale_;
  std::strong_ordering order = exponent_x <=> exponent_y;
  if (order == 0) {
    // As many digits before the point: scales differ by less than 39, so one multiplication
    // decides.
    const int up = std::abs(a.scale_ - b.scale_);
    const U256 left = a.scale_ < b.scale_ ? multiply(x, power_of_ten(up)) : U256{0, x};
    const U256 right = a.scale_ < b.scale_ ? U256{0, y} : multiply(y, power_of_ten(up));
    order = left.high != right.high ? left.high <=> right.high : left.low <=> right.low;
  }
  return a.is_negative() ? 0 <=> order : order;
}

std::optional<Decimal> Decimal::add(const Decimal& a, const Decimal& b) {
  if (!a.is_finite() || !b.is_finite()) {
    if (a.kind_ == Kind::kNan || b.kind_ == Kind::kNan) return nan();
    if (!a.is_finite() && !b.is_finite() && a.kind_ != b.kind_) return nan();
    return a.is_finite() ? b : a;
  }
  const int scale = std::max(a.scale_, b.scale_);
  const auto x = at_scale(a, scale, true);
  const auto y = at_scale(b, scale, true);
  if (!x || !y) return std::nullopt;
  const Int128 sum = x->coefficient() + y->coefficient();  // both below 10^38: no wrap in 128 bits
  const UInt128 m = sum < 0 ? -static_cast<UInt128>(sum) : static_cast<UInt128>(sum);
  if (m >= kLimit) return std::nullopt;
  return Decimal(sum, scale);
}

std::optional<Decimal> Decimal::sub(const Decimal& a, const Decimal& b) {
  return add(a, b.negate());
}

std::optional<Decimal> Decimal::mul(const Decimal& a, const Decimal& b) {
  if (!a.is_finite() || !b.is_finite()) {
    if (a.kind_ == Kind::kNan || b.kind_ == Kind::kNan || a.is_zero() || b.is_zero()) return nan();
    return infinity(a.is_negative() != b.is_negative());
  }
  const U256 product = multiply(magnitude(a), magnitude(b));
  if (product.high != 0 || product.low >= kLimit) return std::nullopt;
  return with_sign(product.low, a.is_negative() != b.is_negative(), a.scale_ + b.scale_);
}

namespace {
// PostgreSQL counts in base-10000 digits from the decimal point: weight of the first non-zero one,
// and its value.
struct FirstDigit {
  int weight = 0;
  int digit = 0;
};
FirstDigit first_digit(const Decimal& v) {
  const UInt128 m = magnitude(v);
  if (m == 0) return {};
  const int exponent = digit_count(m) - v.scale();  // digits before the point (<= 0: leading zeros)
  const int weight = exponent > 0 ? (exponent - 1) / 4 : -((-exponent) / 4) - 1;
  // The leading digits of m that fall into that base-10000 digit.
  const int inside = exponent - weight * 4;  // 1..4
  const int count = digit_count(m);
  if (count >= inside) return {weight, static_cast<int>(m / power_of_ten(count - inside))};
  return {weight, static_cast<int>(m * power_of_ten(inside - count))};
}

// select_div_scale of PostgreSQL's numeric.c: at least 16 significant digits.
int division_scale(const Decimal& a, const Decimal& b) {
  const FirstDigit x = first_digit(a);
  const FirstDigit y = first_digit(b);
  int weight = x.weight - y.weight;
  if (x.digit <= y.digit) --weight;
  int scale = 16 - weight * 4;
  scale = std::max({scale, a.scale(), b.scale(), 0});
  return std::min(scale, 1000);
}
}  // namespace

std::optional<Decimal> Decimal::div(const Decimal& a, const Decimal& b) {
  if (!a.is_finite() || !b.is_finite()) {
    if (a.kind_ == Kind::kNan || b.kind_ == Kind::kNan) return nan();
    if (!a.is_finite() && !b.is_finite()) return nan();
    if (!b.is_finite()) return Decimal(0, 0);
    return infinity(a.is_negative() != b.is_negative());
  }
  const int scale = division_scale(a, b);
  int up = scale - a.scale_ + b.scale_;  // a * 10^up / b
  U256 numerator{0, magnitude(a)};
  UInt128 divisor = magnitude(b);
  if (up > 38) {  // 38 digits times 10^38 is all that 256 bits hold
    if (up > 76) return std::nullopt;
    const U256 first = multiply(numerator.low, power_of_ten(up - 38));
    if (first.high != 0) return std::nullopt;
    numerator.low = first.low;
    up = 38;
  }
  if (up >= 0) {
    numerator = multiply(numerator.low, power_of_ten(up));
  } else {
    const U256 raised = multiply(divisor, power_of_ten(-up));
    if (raised.high != 0) return Decimal(0, scale);
    divisor = raised.low;
  }
  UInt128 remainder = 0;
  const U256 quotient = divide(numerator, divisor, &remainder);
  const auto coefficient = rounded(quotient, remainder, divisor);
  if (!coefficient) return std::nullopt;
  return with_sign(*coefficient, a.is_negative() != b.is_negative(), scale);
}

std::optional<Decimal> Decimal::mod(const Decimal& a, const Decimal& b) {
  if (a.kind_ == Kind::kNan || b.kind_ == Kind::kNan || !a.is_finite()) return nan();
  if (!b.is_finite()) return a;
  const int scale = std::max(a.scale_, b.scale_);
  const auto x = at_scale(a, scale, true);
  const auto y = at_scale(b, scale, true);
  if (!x || !y) return std::nullopt;
  return Decimal(x->coefficient() % y->coefficient(), scale);
}

}  // namespace weir
