// Trigonometry in degrees, cotangents, inverse hyperbolic functions, and roots as operators.
//
// In degrees the functions are exact where the exact answer is a short number: sind(30) is 0.5.
// Each is scaled by its own value at 30, 45 or 60 degrees, so that it meets the exact one there.
#include <cmath>

#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

constexpr double kRadian = M_PI / 180;

// Not folded by the compiler: the constants must come from the library that answers the rest.
double run(double (*f)(double), double v) {
  volatile double argument = v;
  return f(argument);
}

double sine_to_30(double degrees) {
  return run(std::sin, degrees * kRadian) / run(std::sin, 30 * kRadian) / 2;
}
double cosine_to_60(double degrees) {
  return 1 - (1 - run(std::cos, degrees * kRadian)) / (1 - run(std::cos, 60 * kRadian)) / 2;
}
double sine_to_90(double degrees) {
  return degrees <= 30 ? sine_to_30(degrees) : cosine_to_60(90 - degrees);
}
double cosine_to_90(double degrees) {
  return degrees <= 60 ? cosine_to_60(degrees) : sine_to_30(90 - degrees);
}

// An angle brought to the first quadrant, with the sign that the function has there.
struct Angle {
  double degrees = 0;
  double sign = 1;
};

// Odd, and the same on both sides of 90 degrees.
Angle of_sine(double degrees) {
  Angle a{std::fmod(degrees, 360), 1};
  if (a.degrees < 0) a = {-a.degrees, -a.sign};
  if (a.degrees > 180) a = {360 - a.degrees, -a.sign};
  if (a.degrees > 90) a.degrees = 180 - a.degrees;
  return a;
}
// Even, and opposite on the two sides of 90 degrees.
Angle of_cosine(double degrees) {
  Angle a{std::fabs(std::fmod(degrees, 360)), 1};
  if (a.degrees > 180) a.degrees = 360 - a.degrees;
  if (a.degrees > 90) a = {180 - a.degrees, -a.sign};
  return a;
}
// Odd, and opposite on the two sides of 90 degrees.
Angle of_tangent(double degrees) {
  Angle a = of_sine(degrees);
  const double turned = std::fabs(std::fmod(degrees, 360));
  if ((turned > 90 && turned <= 180) || (turned > 180 && turned < 270)) a.sign = -a.sign;
  return a;
}

double sine(double degrees) {
  const Angle a = of_sine(degrees);
  return a.sign * sine_to_90(a.degrees);
}
double cosine(double degrees) {
  const Angle a = of_cosine(degrees);
  return a.sign * cosine_to_90(a.degrees);
}
double tangent(double degrees) {
  const Angle a = of_tangent(degrees);
  const double of_45 = sine_to_90(45) / cosine_to_90(45);
  const double out = a.sign * (sine_to_90(a.degrees) / cosine_to_90(a.degrees) / of_45);
  return out == 0 ? 0 : out;
}
double cotangent(double degrees) {
  const Angle a = of_tangent(degrees);
  const double of_45 = cosine_to_90(45) / sine_to_90(45);
  const double out = a.sign * (cosine_to_90(a.degrees) / sine_to_90(a.degrees) / of_45);
  return out == 0 ? 0 : out;
}
double arc_sine_positive(double v) {
  return v <= 0.5 ? run(std::asin, v) / run(std::asin, 0.5) * 30
                  : 90 - run(std::acos, v) / run(std::acos, 0.5) * 60;
}
double arc_cosine_positive(double v) {
  return v <= 0.5 ? 90 - run(std::asin, v) / run(std::asin, 0.5) * 30
                  : run(std::acos, v) / run(std::acos, 0.5) * 60;
}
double arc_sine(double v) { return v >= 0 ? arc_sine_positive(v) : -arc_sine_positive(-v); }
double arc_cosine(double v) {
  return v >= 0 ? arc_cosine_positive(v) : 90 + arc_sine_positive(-v);
}
double arc_tangent(double v) { return run(std::atan, v) / run(std::atan, 1) * 45; }
double cotangent_of_radians(double v) { return 1 / std::tan(v); }

// Of angles: infinity has none. A NaN stays.
template <double (*kFunction)(double)>
ColumnPtr of_angle(const KernelCall& c) {
  return unary<double, double>(c, [](double v, Row& row) {
    if (std::isinf(v)) row.fail("22003", "input is out of range");
    return std::isnan(v) ? v : kFunction(v);
  });
}

template <double (*kFunction)(double), bool (*kOutside)(double)>
ColumnPtr within(const KernelCall& c) {
  return unary<double, double>(c, [](double v, Row& row) {
    if (std::isnan(v)) return v;
    if (kOutside(v)) return row.fail("22003", "input is out of range"), 0.0;
    return kFunction(v);
  });
}

bool beyond_one(double v) { return v < -1 || v > 1; }
bool below_one(double v) { return v < 1; }
bool never(double) { return false; }

double inverse_tanh(double v) {
  return std::fabs(v) == 1 ? std::copysign(INFINITY, v) : std::atanh(v);
}

ColumnPtr arc_tangent_of_two(const KernelCall& c) {
  return binary<double, double, double>(c, [](double y, double x, Row&) {
    if (std::isnan(y) || std::isnan(x)) return static_cast<double>(NAN);
    return std::atan2(y, x) / run(std::atan, 1) * 45;
  });
}

ColumnPtr root_operator(const KernelCall& c) {
  return unary<double, double>(c, [](double v, Row& row) {
    if (v < 0) row.fail("2201F", "cannot take square root of a negative number");
    return std::sqrt(v);
  });
}

}  // namespace

void add_degrees(FunctionList& out) {
  FunctionGroup add(out, "math");
  add("sind", {kFloat8}, kFloat8, of_angle<sine>, "sine of degrees");
  add("cosd", {kFloat8}, kFloat8, of_angle<cosine>, "cosine of degrees");
  add("tand", {kFloat8}, kFloat8, of_angle<tangent>, "tangent of degrees");
  add("cotd", {kFloat8}, kFloat8, of_angle<cotangent>, "cotangent of degrees");
  add("cot", {kFloat8}, kFloat8, of_angle<cotangent_of_radians>, "cotangent of radians");
  add("asind", {kFloat8}, kFloat8, within<arc_sine, beyond_one>, "inverse sine in degrees");
  add("acosd", {kFloat8}, kFloat8, within<arc_cosine, beyond_one>, "inverse cosine in degrees");
  add("atand", {kFloat8}, kFloat8, within<arc_tangent, never>, "inverse tangent in degrees");
  add("atan2d", {kFloat8, kFloat8}, kFloat8, arc_tangent_of_two,
      "inverse tangent of a/b in degrees");
  add("asinh", {kFloat8}, kFloat8, within<std::asinh, never>, "inverse hyperbolic sine");
  add("acosh", {kFloat8}, kFloat8, within<std::acosh, below_one>, "inverse hyperbolic cosine");
  add("atanh", {kFloat8}, kFloat8, within<inverse_tanh, beyond_one>,
      "inverse hyperbolic tangent");
  add("|/", {kFloat8}, kFloat8, root_operator, "square root");
  add("||/", {kFloat8}, kFloat8, within<std::cbrt, never>, "cube root");
}

}  // namespace weir::expr
