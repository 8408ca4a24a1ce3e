// Mathematical functions on integers, floats and numeric.
#include <cmath>
#include <numeric>

#include <fmt/core.h>

#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

template <class Int>
ColumnPtr absolute(const KernelCall& call) {
  return unary<Int, Int>(call, [](Int a, Row& row) -> Int {
    if (a == std::numeric_limits<Int>::min()) row.fail("22003", "integer out of range");
    return a < 0 ? static_cast<Int>(-a) : a;
  });
}

// One double in, one out; `check` may refuse the argument.
template <double (*kFunction)(double)>
ColumnPtr real(const KernelCall& call) {
  return unary<double, double>(call, [](double a, Row& row) {
    const double out = kFunction(a);
    if (std::isinf(out) && !std::isinf(a)) row.fail("22003", "value out of range: overflow");
    return out;
  });
}

double checked_exp(double a, Row& row) {
  const double out = std::exp(a);
  if (std::isinf(out) && !std::isinf(a)) row.fail("22003", "value out of range: overflow");
  if (out == 0 && !std::isinf(a)) row.fail("22003", "value out of range: underflow");
  return out;
}

template <double (*kFunction)(double)>
ColumnPtr trigonometric(const KernelCall& call) {
  return unary<double, double>(call, [](double a, Row& row) {
    if (std::isinf(a)) row.fail("22003", "input is out of range");
    return kFunction(a);
  });
}

// Hyperbolic functions overflow to the infinities without an error.
template <double (*kFunction)(double)>
ColumnPtr hyperbolic(const KernelCall& call) {
  return unary<double, double>(call, [](double a, Row&) { return kFunction(a); });
}

double checked_sqrt(double a, Row& row) {
  if (a < 0) row.fail("2201F", "cannot take square root of a negative number");
  return std::sqrt(a);
}

double checked_log(double a, Row& row, double (*f)(double)) {
  if (a == 0) row.fail("2201E", "cannot take logarithm of zero");
  if (a < 0) row.fail("2201E", "cannot take logarithm of a negative number");
  return f(a);
}

double checked_domain(double a, Row& row, double (*f)(double)) {
  if (a < -1 || a > 1) row.fail("22003", "input is out of range");
  return f(a);
}

double checked_power(double a, double b, Row& row) {
  if (a == 0 && b < 0) {
    row.fail("2201F", "zero raised to a negative power is undefined");
    return 0;
  }
  if (a < 0 && b != std::floor(b) && std::isfinite(b)) {
    row.fail("2201F", "a negative number raised to a non-integer power yields a complex result");
    return 0;
  }
  const double out = std::pow(a, b);
  if (std::isinf(out) && std::isfinite(a) && std::isfinite(b)) {
    row.fail("22003", "value out of range: overflow");
  }
  if (out == 0 && a != 0 && std::isfinite(a) && std::isfinite(b)) {
    row.fail("22003", "value out of range: underflow");
  }
  return out;
}

Decimal required(const std::optional<Decimal>& v, Row& row) {
  if (!v) row.fail("22003", "value overflows numeric format");
  return v.value_or(Decimal());
}

Decimal whole_towards(const Decimal& a, bool up, Row& row) {
  if (!a.is_finite()) return a;
  const Decimal cut = required(a.trunc_to(0), row);
  if (Decimal::compare(cut, a) == 0 || a.is_negative() == up) return cut;
  return required(Decimal::add(cut, Decimal::from_int(up ? 1 : -1)), row);
}

template <bool kRound>
ColumnPtr to_scale(const KernelCall& call) {
  return binary<Decimal, int32_t, Decimal>(call, [](const Decimal& a, int32_t scale, Row& row) {
    const int bounded = std::clamp(scale, -100, 100);
    return required(kRound ? a.round_to(bounded) : a.trunc_to(bounded), row);
  });
}

template <class Int>
Int greatest_divisor(Int a, Int b, Row& row) {
  uint64_t x = a < 0 ? -static_cast<uint64_t>(a) : static_cast<uint64_t>(a);
  uint64_t y = b < 0 ? -static_cast<uint64_t>(b) : static_cast<uint64_t>(b);
  const uint64_t g = std::gcd(x, y);
  if (g > static_cast<uint64_t>(std::numeric_limits<Int>::max())) {
    row.fail("22003", sizeof(Int) == 4 ? "integer out of range" : "bigint out of range");
  }
  return static_cast<Int>(g);
}

template <class Int>
Int least_multiple(Int a, Int b, Row& row) {
  if (a == 0 || b == 0) return 0;
  Int out{};
  const Int g = greatest_divisor(a, b, row);
  if (row.failed() || __builtin_mul_overflow(static_cast<Int>(a / g), b, &out) ||
      out == std::numeric_limits<Int>::min()) {
    row.fail("22003", sizeof(Int) == 4 ? "integer out of range" : "bigint out of range");
    return 0;
  }
  return out < 0 ? static_cast<Int>(-out) : out;
}

int32_t bucket(double v, double low, double high, int32_t count, Row& row) {
  if (count <= 0) return row.fail("2201G", "count must be greater than zero"), 0;
  if (std::isnan(v) || std::isnan(low) || std::isnan(high)) {
    return row.fail("2201G", "operand, lower bound, and upper bound cannot be NaN"), 0;
  }
  if (std::isinf(low) || std::isinf(high)) {
    return row.fail("2201G", "lower and upper bounds must be finite"), 0;
  }
  if (low == high) return row.fail("2201G", "lower bound cannot equal upper bound"), 0;
  const bool up = low < high;
  if (up ? v < low : v > low) return 0;
  if (up ? v >= high : v <= high) {
    if (count == INT32_MAX) row.fail("22003", "integer out of range");
    return row.failed() ? 0 : count + 1;
  }
  // Halved where the distance between the bounds is beyond the range of a double.
  const double half = std::isinf(high - low) ? 0.5 : 1;
  const double share = (v * half - low * half) / (high * half - low * half);
  return std::min(static_cast<int32_t>(count * share), count - 1) + 1;
}

void add(FunctionList& out, std::string_view name, std::vector<Type> args, Type result,
         Kernel kernel, std::string_view summary) {
  out.push_back({.name = name, .args = std::move(args), .result = result, .kernel = kernel,
                 .summary = summary, .group = "math"});
}

void add_absolute(FunctionList& out) {
  for (const std::string_view name : {"abs", "@"}) {
    add(out, name, {kInt2}, kInt2, absolute<int16_t>, "absolute value");
    add(out, name, {kInt4}, kInt4, absolute<int32_t>, "absolute value");
    add(out, name, {kInt8}, kInt8, absolute<int64_t>, "absolute value");
    add(out, name, {kFloat4}, kFloat4, [](const KernelCall& c) {
      return unary<float, float>(c, [](float a, Row&) { return std::fabs(a); });
    }, "absolute value");
    add(out, name, {kFloat8}, kFloat8, real<std::fabs>, "absolute value");
    add(out, name, {kNumeric}, kNumeric, [](const KernelCall& c) {
      return unary<Decimal, Decimal>(c, [](const Decimal& a, Row&) {
        return a.is_negative() ? a.negate() : a;
      });
    }, "absolute value");
  }
}

void add_rounding(FunctionList& out) {
  for (const std::string_view name : {"ceil", "ceiling"}) {
    add(out, name, {kFloat8}, kFloat8, real<std::ceil>, "the nearest integer not below");
    add(out, name, {kNumeric}, kNumeric, [](const KernelCall& c) {
      return unary<Decimal, Decimal>(c, [](const Decimal& a, Row& row) {
        return whole_towards(a, true, row);
      });
    }, "the nearest integer not below");
  }
  add(out, "floor", {kFloat8}, kFloat8, real<std::floor>, "the nearest integer not above");
  add(out, "floor", {kNumeric}, kNumeric, [](const KernelCall& c) {
    return unary<Decimal, Decimal>(c, [](const Decimal& a, Row& row) {
      return whole_towards(a, false, row);
    });
  }, "the nearest integer not above");
  add(out, "round", {kFloat8}, kFloat8, real<std::rint>, "the nearest integer, ties to even");
  add(out, "round", {kNumeric}, kNumeric, [](const KernelCall& c) {
    return unary<Decimal, Decimal>(c, [](const Decimal& a, Row& row) {
      return required(a.round_to(0), row);
    });
  }, "the nearest integer, ties away from zero");
  add(out, "round", {kNumeric, kInt4}, kNumeric, to_scale<true>, "rounds to so many decimals");
  add(out, "trunc", {kFloat8}, kFloat8, real<std::trunc>, "cuts towards zero");
  add(out, "trunc", {kNumeric}, kNumeric, [](const KernelCall& c) {
    return unary<Decimal, Decimal>(c, [](const Decimal& a, Row& row) {
      return required(a.trunc_to(0), row);
    });
  }, "cuts towards zero");
  add(out, "trunc", {kNumeric, kInt4}, kNumeric, to_scale<false>, "cuts to so many decimals");
  add(out, "sign", {kFloat8}, kFloat8, [](const KernelCall& c) {
    return unary<double, double>(c, [](double a, Row&) {
      return a > 0 ? 1.0 : a < 0 ? -1.0 : 0.0;
    });
  }, "-1, 0 or 1");
  add(out, "sign", {kNumeric}, kNumeric, [](const KernelCall& c) {
    return unary<Decimal, Decimal>(c, [](const Decimal& a, Row&) {
      if (a.kind() == Decimal::Kind::kNan) return a;
      return Decimal::from_int(a.is_zero() ? 0 : a.is_negative() ? -1 : 1);
    });
  }, "-1, 0 or 1");
}

void add_real(FunctionList& out) {
  struct Entry {
    std::string_view name;
    Kernel kernel;
    std::string_view summary;
  };
  const Entry entries[] = {
      {"cbrt", real<std::cbrt>, "cube root"},
      {"exp", [](const KernelCall& c) { return unary<double, double>(c, checked_exp); },
       "e to the power"},
      {"sin", trigonometric<std::sin>, "sine of radians"},
      {"cos", trigonometric<std::cos>, "cosine of radians"},
      {"tan", trigonometric<std::tan>, "tangent of radians"},
      {"atan", real<std::atan>, "inverse tangent"},
      {"sinh", hyperbolic<std::sinh>, "hyperbolic sine"},
      {"cosh", hyperbolic<std::cosh>, "hyperbolic cosine"},
      {"tanh", real<std::tanh>, "hyperbolic tangent"},
      {"sqrt", [](const KernelCall& c) { return unary<double, double>(c, checked_sqrt); },
       "square root"},
      {"ln",
       [](const KernelCall& c) {
         return unary<double, double>(c,
                                      [](double a, Row& r) { return checked_log(a, r, std::log); });
       },
       "natural logarithm"},
      {"log",
       [](const KernelCall& c) {
         return unary<double, double>(
             c, [](double a, Row& r) { return checked_log(a, r, std::log10); });
       },
       "logarithm to base 10"},
      {"log10",
       [](const KernelCall& c) {
         return unary<double, double>(
             c, [](double a, Row& r) { return checked_log(a, r, std::log10); });
       },
       "logarithm to base 10"},
      {"asin",
       [](const KernelCall& c) {
         return unary<double, double>(
             c, [](double a, Row& r) { return checked_domain(a, r, std::asin); });
       },
       "inverse sine"},
      {"acos",
       [](const KernelCall& c) {
         return unary<double, double>(
             c, [](double a, Row& r) { return checked_domain(a, r, std::acos); });
       },
       "inverse cosine"},
      {"degrees",
       [](const KernelCall& c) {
         return unary<double, double>(c, [](double a, Row&) { return a / (M_PI / 180); });
       },
       "radians to degrees"},
      {"radians",
       [](const KernelCall& c) {
         return unary<double, double>(c, [](double a, Row&) { return a * (M_PI / 180); });
       },
       "degrees to radians"},
  };
  for (const Entry& e : entries) add(out, e.name, {kFloat8}, kFloat8, e.kernel, e.summary);
}

void add_real_of_two(FunctionList& out) {
  for (const std::string_view name : {"power", "pow", "^"}) {
    add(out, name, {kFloat8, kFloat8}, kFloat8, [](const KernelCall& c) {
      return binary<double, double, double>(c, checked_power);
    }, "a raised to the power of b");
  }
  add(
      out, "atan2", {kFloat8, kFloat8}, kFloat8,
      [](const KernelCall& c) {
        return binary<double, double, double>(
            c, [](double a, double b, Row&) { return std::atan2(a, b); });
      },
      "inverse tangent of a/b");
  out.push_back({.name = "pi", .args = {}, .result = kFloat8, .kernel = [](const KernelCall& c) {
                   return map<double>(c, [](uint32_t, Row&) { return M_PI; });
                 }, .summary = "3.141592653589793", .group = "math"});
}

void add_integers(FunctionList& out) {
  add(out, "gcd", {kInt4, kInt4}, kInt4, [](const KernelCall& c) {
    return binary<int32_t, int32_t, int32_t>(c, greatest_divisor<int32_t>);
  }, "greatest common divisor");
  add(out, "gcd", {kInt8, kInt8}, kInt8, [](const KernelCall& c) {
    return binary<int64_t, int64_t, int64_t>(c, greatest_divisor<int64_t>);
  }, "greatest common divisor");
  add(out, "lcm", {kInt4, kInt4}, kInt4, [](const KernelCall& c) {
    return binary<int32_t, int32_t, int32_t>(c, least_multiple<int32_t>);
  }, "least common multiple");
  add(out, "lcm", {kInt8, kInt8}, kInt8, [](const KernelCall& c) {
    return binary<int64_t, int64_t, int64_t>(c, least_multiple<int64_t>);
  }, "least common multiple");
  add(out, "div", {kNumeric, kNumeric}, kNumeric, [](const KernelCall& c) {
    return binary<Decimal, Decimal, Decimal>(c, [](const Decimal& a, const Decimal& b, Row& row) {
      if (a.kind() == Decimal::Kind::kNan) return a;
      if (b.is_zero()) return row.fail("22012", "division by zero"), Decimal();
      if (!a.is_finite() || !b.is_finite()) return required(Decimal::div(a, b), row);
      const std::optional<Decimal> rest = Decimal::mod(a, b);
      const std::optional<Decimal> exact = rest ? Decimal::sub(a, *rest) : rest;
      const std::optional<Decimal> q = exact ? Decimal::div(*exact, b) : exact;
      return required(q ? q->trunc_to(0) : q, row);
    });
  }, "integer quotient, cut towards zero");
  add(out, "width_bucket", {kFloat8, kFloat8, kFloat8, kInt4}, kInt4, [](const KernelCall& c) {
    const auto arg = [&](size_t k, uint32_t i) { return c.args[k]->value<double>(i); };
    return map<int32_t>(c, [&](uint32_t i, Row& row) {
      return bucket(arg(0, i), arg(1, i), arg(2, i), c.args[3]->value<int32_t>(i), row);
    });
  }, "the number of the bucket of a histogram");
}

template <class Int>
void add_bits(FunctionList& out, Type type) {
  add(out, "&", {type, type}, type, [](const KernelCall& c) {
    return binary<Int, Int, Int>(c, [](Int a, Int b, Row&) { return static_cast<Int>(a & b); });
  }, "bitwise and");
  add(out, "|", {type, type}, type, [](const KernelCall& c) {
    return binary<Int, Int, Int>(c, [](Int a, Int b, Row&) { return static_cast<Int>(a | b); });
  }, "bitwise or");
  add(out, "#", {type, type}, type, [](const KernelCall& c) {
    return binary<Int, Int, Int>(c, [](Int a, Int b, Row&) { return static_cast<Int>(a ^ b); });
  }, "bitwise exclusive or");
  add(out, "~", {type}, type, [](const KernelCall& c) {
    return unary<Int, Int>(c, [](Int a, Row&) { return static_cast<Int>(~a); });
  }, "bitwise not");
  add(out, "<<", {type, kInt4}, type, [](const KernelCall& c) {
    return binary<Int, int32_t, Int>(c, [](Int a, int32_t n, Row&) {
      using Wide = std::conditional_t<sizeof(Int) == 8, uint64_t, uint32_t>;
      return static_cast<Int>(static_cast<Wide>(a) << (n & (sizeof(Wide) * 8 - 1)));
    });
  }, "shift left");
  add(out, ">>", {type, kInt4}, type, [](const KernelCall& c) {
    return binary<Int, int32_t, Int>(c, [](Int a, int32_t n, Row&) {
      return static_cast<Int>(a >> (n & (sizeof(Int) == 8 ? 63 : 31)));
    });
  }, "shift right");
}

}  // namespace

void add_math(FunctionList& out) {
  add_absolute(out);
  add_rounding(out);
  add_real(out);
  add_real_of_two(out);
  add_integers(out);
  add_bits<int16_t>(out, kInt2);
  add_bits<int32_t>(out, kInt4);
  add_bits<int64_t>(out, kInt8);
}

}  // namespace weir::expr
