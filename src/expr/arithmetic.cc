// + - * / % and unary signs, with PostgreSQL's errors: overflow 22003, division by zero 22012.
#include <cmath>

#include <fmt/core.h>

#include "data/calendar.h"
#include "expr/kernel.h"
#include "expr/time_arithmetic.h"

namespace weir::expr {

namespace {

template <class Int>
const char* range_error() {
  if constexpr (sizeof(Int) == 2) return "smallint out of range";
  if constexpr (sizeof(Int) == 4) return "integer out of range";
  return "bigint out of range";
}

struct Add {
  template <class T>
  static bool overflows(T a, T b, T* out) { return __builtin_add_overflow(a, b, out); }
  template <class T>
  static T floats(T a, T b) { return a + b; }
  static std::optional<Decimal> decimals(const Decimal& a, const Decimal& b) {
    return Decimal::add(a, b);
  }
};
struct Subtract {
  template <class T>
  static bool overflows(T a, T b, T* out) { return __builtin_sub_overflow(a, b, out); }
  template <class T>
  static T floats(T a, T b) { return a - b; }
  static std::optional<Decimal> decimals(const Decimal& a, const Decimal& b) {
    return Decimal::sub(a, b);
  }
};
struct Multiply {
  template <class T>
  static bool overflows(T a, T b, T* out) { return __builtin_mul_overflow(a, b, out); }
  template <class T>
  static T floats(T a, T b) { return a * b; }
  static std::optional<Decimal> decimals(const Decimal& a, const Decimal& b) {
    return Decimal::mul(a, b);
  }
};

template <class Op, class Int>
ColumnPtr integers(const KernelCall& call) {
  return binary<Int, Int, Int>(call, [](Int a, Int b, Row& row) {
    Int out{};
    if (Op::overflows(a, b, &out)) row.fail("22003", range_error<Int>());
    return out;
  });
}

template <class Op, class Float>
ColumnPtr floats(const KernelCall& call) {
  return binary<Float, Float, Float>(call, [](Float a, Float b, Row& row) {
    const Float out = Op::floats(a, b);
    if (std::isinf(out) && !std::isinf(a) && !std::isinf(b)) {
      row.fail("22003", "value out of range: overflow");
    }
    if constexpr (std::is_same_v<Op, Multiply>) {
      if (out == 0 && a != 0 && b != 0) row.fail("22003", "value out of range: underflow");
    }
    return out;
  });
}

template <class Op>
ColumnPtr decimals(const KernelCall& call) {
  return binary<Decimal, Decimal, Decimal>(call, [](const Decimal& a, const Decimal& b, Row& row) {
    const std::optional<Decimal> out = Op::decimals(a, b);
    if (!out) row.fail("22003", "value overflows numeric format");
    return out.value_or(Decimal());
  });
}

template <class Int>
ColumnPtr divide_integers(const KernelCall& call) {
  return binary<Int, Int, Int>(call, [](Int a, Int b, Row& row) -> Int {
    if (b == 0) return row.fail("22012", "division by zero"), Int{0};
    if (b == -1 && a == std::numeric_limits<Int>::min()) {
      return row.fail("22003", range_error<Int>()), Int{0};
    }
    return static_cast<Int>(a / b);
  });
}

template <class Int>
ColumnPtr remainder_integers(const KernelCall& call) {
  return binary<Int, Int, Int>(call, [](Int a, Int b, Row& row) -> Int {
    if (b == 0) return row.fail("22012", "division by zero"), Int{0};
    return b == -1 ? Int{0} : static_cast<Int>(a % b);
  });
}

template <class Float>
ColumnPtr divide_floats(const KernelCall& call) {
  return binary<Float, Float, Float>(call, [](Float a, Float b, Row& row) -> Float {
    if (b == 0 && !std::isnan(a)) return row.fail("22012", "division by zero"), Float{0};
    const Float out = a / b;
    if (std::isinf(out) && !std::isinf(a)) row.fail("22003", "value out of range: overflow");
    if (out == 0 && a != 0 && !std::isinf(b)) row.fail("22003", "value out of range: underflow");
    return out;
  });
}

ColumnPtr divide_decimals(const KernelCall& call) {
  return binary<Decimal, Decimal, Decimal>(call, [](const Decimal& a, const Decimal& b, Row& row) {
    if (a.kind() == Decimal::Kind::kNan) return a;
    if (b.is_zero()) return row.fail("22012", "division by zero"), Decimal();
    const std::optional<Decimal> out = Decimal::div(a, b);
    if (!out) row.fail("22003", "value overflows numeric format");
    return out.value_or(Decimal());
  });
}

ColumnPtr remainder_decimals(const KernelCall& call) {
  return binary<Decimal, Decimal, Decimal>(call, [](const Decimal& a, const Decimal& b, Row& row) {
    if (a.kind() == Decimal::Kind::kNan) return a;
    if (b.is_zero()) return row.fail("22012", "division by zero"), Decimal();
    const std::optional<Decimal> out = Decimal::mod(a, b);
    if (!out) row.fail("22003", "value overflows numeric format");
    return out.value_or(Decimal());
  });
}

template <class Int>
ColumnPtr negate_integers(const KernelCall& call) {
  return unary<Int, Int>(call, [](Int a, Row& row) -> Int {
    Int out{};
    if (__builtin_sub_overflow(Int{0}, a, &out)) row.fail("22003", range_error<Int>());
    return out;
  });
}

template <class T>
ColumnPtr same(const KernelCall& call) {
  return unary<T, T>(call, [](const T& a, Row&) { return a; });
}

struct Entry {
  std::string_view name;
  Type type;
  Kernel kernel;
};

void add_numbers(FunctionList& out) {
  using enum TypeId;
  const Entry binaries[] = {
      {"+", kInt2, integers<Add, int16_t>},      {"+", kInt4, integers<Add, int32_t>},
      {"+", kInt8, integers<Add, int64_t>},      {"+", kFloat4, floats<Add, float>},
      {"+", kFloat8, floats<Add, double>},       {"+", kNumeric, decimals<Add>},
      {"-", kInt2, integers<Subtract, int16_t>}, {"-", kInt4, integers<Subtract, int32_t>},
      {"-", kInt8, integers<Subtract, int64_t>}, {"-", kFloat4, floats<Subtract, float>},
      {"-", kFloat8, floats<Subtract, double>},  {"-", kNumeric, decimals<Subtract>},
      {"*", kInt2, integers<Multiply, int16_t>}, {"*", kInt4, integers<Multiply, int32_t>},
      {"*", kInt8, integers<Multiply, int64_t>}, {"*", kFloat4, floats<Multiply, float>},
      {"*", kFloat8, floats<Multiply, double>},  {"*", kNumeric, decimals<Multiply>},
      {"/", kInt2, divide_integers<int16_t>},    {"/", kInt4, divide_integers<int32_t>},
      {"/", kInt8, divide_integers<int64_t>},    {"/", kFloat4, divide_floats<float>},
      {"/", kFloat8, divide_floats<double>},     {"/", kNumeric, divide_decimals},
      {"%", kInt2, remainder_integers<int16_t>}, {"%", kInt4, remainder_integers<int32_t>},
      {"%", kInt8, remainder_integers<int64_t>}, {"%", kNumeric, remainder_decimals},
      {"mod", kInt2, remainder_integers<int16_t>}, {"mod", kInt4, remainder_integers<int32_t>},
      {"mod", kInt8, remainder_integers<int64_t>}, {"mod", kNumeric, remainder_decimals},
  };
  for (const Entry& e : binaries) {
    out.push_back({.name = e.name, .args = {e.type, e.type}, .result = e.type, .kernel = e.kernel,
                   .summary = "arithmetic", .group = "arithmetic"});
  }
  const Entry unaries[] = {
      {"-", kInt2, negate_integers<int16_t>},
      {"-", kInt4, negate_integers<int32_t>},
      {"-", kInt8, negate_integers<int64_t>},
      {"-", kFloat4,
       [](const KernelCall& c) {
         return unary<float, float>(c, [](float a, Row&) { return -a; });
       }},
      {"-", kFloat8,
       [](const KernelCall& c) {
         return unary<double, double>(c, [](double a, Row&) { return -a; });
       }},
      {"-", kNumeric,
       [](const KernelCall& c) {
         return unary<Decimal, Decimal>(c, [](const Decimal& a, Row&) { return a.negate(); });
       }},
      {"+", kInt2, same<int16_t>},
      {"+", kInt4, same<int32_t>},
      {"+", kInt8, same<int64_t>},
      {"+", kFloat4, same<float>},
      {"+", kFloat8, same<double>},
      {"+", kNumeric, same<Decimal>},
  };
  for (const Entry& e : unaries) {
    out.push_back({.name = e.name, .args = {e.type}, .result = e.type, .kernel = e.kernel,
                   .summary = "sign", .group = "arithmetic"});
  }
}

}  // namespace

void add_arithmetic(FunctionList& out) {
  add_numbers(out);
  add_time_arithmetic(out);
}

}  // namespace weir::expr
