// Divisors, factorials, digits and histograms of numeric.
#include "data/compare.h"
#include "data/wide_integer.h"
#include "expr/array_internal.h"
#include "expr/kernel.h"
#include "expr/wide_real.h"

namespace weir::expr {

namespace {

using enum TypeId;

Decimal required(const std::optional<Decimal>& v, Row& row) {
  if (!v) row.fail("22003", "value overflows numeric format");
  return v.value_or(Decimal());
}

// |v| * 10^scale, where the scale is not below v's.
WideInteger magnitude_at(const Decimal& v, int scale) {
  const WideInteger coefficient(v.coefficient());
  return (v.is_negative() ? coefficient.negated() : coefficient) *
         WideInteger::power_of_ten(scale - v.scale());
}

WideInteger greatest_divisor(WideInteger a, WideInteger b) {
  while (!b.is_zero()) {
    WideInteger rest;
    a.divided_by(b, &rest);
    a = std::move(b);
    b = std::move(rest);
  }
  return a;
}

std::optional<Decimal> exact(const WideInteger& v, int scale) {
  return v.digits().size() > 2 * Decimal::kMaxDigits ? std::nullopt
                                                     : WideReal(v, -scale).to_decimal(scale);
}

Decimal gcd(const Decimal& a, const Decimal& b, Row& row) {
  if (!a.is_finite() || !b.is_finite()) return Decimal::nan();
  const int scale = std::max(a.scale(), b.scale());
  return required(exact(greatest_divisor(magnitude_at(a, scale), magnitude_at(b, scale)), scale),
                  row);
}

Decimal lcm(const Decimal& a, const Decimal& b, Row& row) {
  if (!a.is_finite() || !b.is_finite()) return Decimal::nan();
  const int scale = std::max(a.scale(), b.scale());
  const WideInteger x = magnitude_at(a, scale);
  const WideInteger y = magnitude_at(b, scale);
  if (x.is_zero() || y.is_zero()) return Decimal(0, scale);
  return required(exact(x.divided_by(greatest_divisor(x, y)) * y, scale), row);
}

ColumnPtr factorial(const KernelCall& c) {
  return unary<int64_t, Decimal>(c, [](int64_t n, Row& row) -> Decimal {
    if (n < 0) row.fail("22003", "factorial of a negative number is undefined");
    if (n > 33) row.fail("22003", "value overflows numeric format");  // 39 digits
    if (row.failed()) return {};
    Int128 product = 1;
    for (int64_t i = 2; i <= n; ++i) product *= i;
    return Decimal(product, 0);
  });
}

int least_scale(const Decimal& v) { return std::max(v.normalized().scale(), 0); }

ColumnPtr scale_of(const KernelCall& c) {
  return unary<Decimal, int32_t>(c, [](const Decimal& v, Row& row) -> int32_t {
    if (!v.is_finite()) row.null();
    return v.scale();
  });
}

ColumnPtr least_scale_of(const KernelCall& c) {
  return unary<Decimal, int32_t>(c, [](const Decimal& v, Row& row) -> int32_t {
    if (!v.is_finite()) return row.null(), 0;
    return least_scale(v);
  });
}

ColumnPtr trim_scale(const KernelCall& c) {
  return unary<Decimal, Decimal>(c, [](const Decimal& v, Row&) {
    return v.is_finite() ? v.trunc_to(least_scale(v)).value_or(v) : v;
  });
}

struct Bounds {
  Decimal low;
  Decimal high;
};

// Which of `count` buckets between the bounds; 0 and count + 1 are outside.
int32_t bucket(const Decimal& v, const Bounds& bounds, int32_t count, Row& row) {
  const auto& [low, high] = bounds;
  using Kind = Decimal::Kind;
  const auto refuse = [&](const char* why) { return row.fail("2201G", why), 0; };
  if (count <= 0) return refuse("count must be greater than zero");
  if (v.kind() == Kind::kNan || low.kind() == Kind::kNan || high.kind() == Kind::kNan) {
    return refuse("operand, lower bound, and upper bound cannot be NaN");
  }
  if (!low.is_finite() || !high.is_finite()) {
    return refuse("lower and upper bounds must be finite");
  }
  const auto order = Decimal::compare(low, high);
  if (order == 0) return refuse("lower bound cannot equal upper bound");
  const bool up = order < 0;
  const auto from_low = Decimal::compare(v, low);
  const auto to_high = Decimal::compare(v, high);
  if (up ? from_low < 0 : from_low > 0) return 0;
  if (up ? to_high >= 0 : to_high <= 0) {
    if (count == INT32_MAX) row.fail("22003", "integer out of range");
    return row.failed() ? 0 : count + 1;
  }
  const int scale = std::max({v.scale(), bounds.low.scale(), bounds.high.scale()});
  const auto at = [&](const Decimal& d) {
    const WideInteger m = magnitude_at(d, scale);
    return d.is_negative() ? m.negated() : m;
  };
  const WideInteger distance = up ? at(v) - at(low) : at(low) - at(v);
  const WideInteger width = up ? at(high) - at(low) : at(low) - at(high);
  const WideInteger index = (distance * WideInteger(count)).divided_by(width);
  return static_cast<int32_t>(std::stol("0" + index.digits())) + 1;
}

ColumnPtr width_bucket(const KernelCall& c) {
  const auto arg = [&](size_t k, uint32_t i) { return c.args[k]->value<Decimal>(i); };
  return map<int32_t>(c, [&](uint32_t i, Row& row) {
    return bucket(arg(0, i), {arg(1, i), arg(2, i)}, c.args[3]->value<int32_t>(i), row);
  });
}

// How many thresholds, which ascend, are not above the value.
ColumnPtr bucket_of_thresholds(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row& row) -> int32_t {
    const Array thresholds = array_at(*c.args[1], i);
    if (thresholds.lengths.size() > 1) {
      return row.fail("2202E", "thresholds must be one-dimensional array"), 0;
    }
    for (uint32_t k = 0; k < thresholds.size(); ++k) {
      if (thresholds.elements->is_null(k)) {
        return row.fail("22004", "thresholds array must not contain NULLs"), 0;
      }
    }
    uint32_t low = 0;
    for (uint32_t high = thresholds.size(); low < high;) {
      const uint32_t middle = (low + high) / 2;
      const bool above = compare_values(*c.args[0], i, *thresholds.elements, middle) < 0;
      (above ? high : low) = above ? middle : middle + 1;
    }
    return static_cast<int32_t>(low);
  });
}

}  // namespace

void add_numeric_parts(FunctionList& out) {
  FunctionGroup add(out, "math");
  add("gcd", {kNumeric, kNumeric}, kNumeric, [](const KernelCall& c) {
    return binary<Decimal, Decimal, Decimal>(c, gcd);
  }, "greatest common divisor");
  add("lcm", {kNumeric, kNumeric}, kNumeric, [](const KernelCall& c) {
    return binary<Decimal, Decimal, Decimal>(c, lcm);
  }, "least common multiple");
  add("factorial", {kInt8}, kNumeric, factorial, "the product of 1 to n");
  add("scale", {kNumeric}, kInt4, scale_of, "number of decimals");
  add("min_scale", {kNumeric}, kInt4, least_scale_of, "number of decimals without trailing zeros");
  add("trim_scale", {kNumeric}, kNumeric, trim_scale, "without trailing zeros");
  add("width_bucket", {kNumeric, kNumeric, kNumeric, kInt4}, kInt4, width_bucket,
      "the number of the bucket of a histogram");
  add("width_bucket", {kAnyCompatible, array_id(kAnyCompatible)}, kInt4, bucket_of_thresholds,
      "how many of these ascending thresholds are not above");
}

}  // namespace weir::expr
