#include "flow/moments.h"

#include <algorithm>
#include <cmath>

#include "data/wide_integer.h"

namespace weir::flow {

namespace {

using plan::AggregateKind;

bool of_sample(AggregateKind kind) {
  return kind == AggregateKind::kVarSamp || kind == AggregateKind::kStddevSamp ||
         kind == AggregateKind::kCovarSamp;
}
bool is_root(AggregateKind kind) {
  return kind == AggregateKind::kStddevPop || kind == AggregateKind::kStddevSamp;
}

// The first base-10000 digit of a number and which one it is: what PostgreSQL's numeric division
// takes its scale from.
struct FirstDigit {
  int weight = 0;
  int digit = 0;
};
FirstDigit first_digit(const WideInteger& v, int scale) {
  const std::string digits = v.digits();
  const int exponent = static_cast<int>(digits.size()) - scale;  // digits before the point
  const int weight = exponent > 0 ? (exponent - 1) / 4 : -((-exponent) / 4) - 1;
  std::string first = digits.substr(0, static_cast<size_t>(exponent - weight * 4));
  first.resize(static_cast<size_t>(exponent - weight * 4), '0');
  return {weight, std::stoi(first)};
}

int division_scale(const WideInteger& a, int scale, const WideInteger& b) {
  const FirstDigit x = first_digit(a, scale);
  const FirstDigit y = first_digit(b, 0);
  const int weight = x.weight - y.weight - (x.digit <= y.digit ? 1 : 0);
  return std::min(std::max({16 - weight * 4, scale, 0}), 1000);
}

class ExactMoments final : public AccumulatorPart {
 public:
  Tag tag() const override { return Tag::kExactMoments; }

  void add(const Batch& arguments, uint32_t row, int64_t weight) override {
    const Decimal v = decimal_at(*arguments.columns[0], row);
    if (!v.is_finite()) {
      not_finite_ += weight;
      return;
    }
    const auto at = std::lower_bound(
        scales_.begin(), scales_.end(), v.scale(),
        [](const OfScale& of, int scale) { return of.scale < scale; });
    OfScale& of = at != scales_.end() && at->scale == v.scale()
                      ? *at
                      : *scales_.insert(at, OfScale{v.scale(), 0, {}, {}});
    const WideInteger x(v.coefficient());
    of.count += weight;
    of.sum += x * WideInteger(weight);
    of.squares += x * x * WideInteger(weight);
    if (of.count == 0) scales_.erase(scales_.begin() + (&of - scales_.data()));
  }

  bool finish(const plan::AggregateCall& call, int64_t count, std::span<const Value>,
              Answer answer) const override {
    const bool sample = of_sample(call.kind);
    if (sample && count < 2) return answer.null();
    if (not_finite_ > 0) return answer.value(Decimal::nan());
    const int scale = scales_.empty() ? 0 : scales_.back().scale;
    WideInteger sum;
    WideInteger squares;
    for (const OfScale& of : scales_) {
      const WideInteger up = WideInteger::power_of_ten(scale - of.scale);
      sum += of.sum * up;
      squares += of.squares * up * up;
    }
    const WideInteger n(count);
    const WideInteger spread = n * squares - sum * sum;
    if (spread.is_zero() || spread.is_negative()) return answer.value(Decimal(0, 0));
    const WideInteger divisor = n * WideInteger(sample ? count - 1 : count);
    const int result_scale = division_scale(spread, 2 * scale, divisor);
    const WideInteger raised = spread * WideInteger::power_of_ten(result_scale - 2 * scale);
    WideInteger result = raised.divided_half_up(divisor);
    if (is_root(call.kind)) {
      result = (result * WideInteger::power_of_ten(result_scale)).square_root();
    }
    const auto decimal = Decimal::parse(result.to_text(result_scale));
    if (!decimal) return answer.fail("22003", "value overflows numeric format");
    answer.column.append(*decimal);
    return true;
  }

  void encode(ByteWriter& out) const override {
    out.zigzag(not_finite_);
    out.varint(scales_.size());
    for (const OfScale& of : scales_) {
      out.zigzag(of.scale);
      out.zigzag(of.count);
      of.sum.encode(out);
      of.squares.encode(out);
    }
  }
  bool decode(ByteReader& in) override {
    not_finite_ = in.zigzag();
    const uint64_t n = in.varint();
    if (!in.ok() || n > 100000) return false;
    for (uint64_t i = 0; i < n; ++i) {
      OfScale of;
      of.scale = static_cast<int>(in.zigzag());
      of.count = in.zigzag();
      if (!of.sum.decode(in) || !of.squares.decode(in)) return false;
      scales_.push_back(std::move(of));
    }
    return in.ok();
  }
  size_t heap_bytes() const override {
    size_t bytes = sizeof(*this) + scales_.capacity() * sizeof(OfScale);
    for (const OfScale& of : scales_) bytes += of.sum.heap_bytes() + of.squares.heap_bytes();
    return bytes;
  }

 private:
  struct OfScale {
    int scale = 0;
    int64_t count = 0;
    WideInteger sum;
    WideInteger squares;
  };

  static Decimal decimal_at(const Column& column, uint32_t row) {
    switch (column.type().id) {
      case TypeId::kInt2: return Decimal::from_int(column.value<int16_t>(row));
      case TypeId::kInt4: return Decimal::from_int(column.value<int32_t>(row));
      case TypeId::kInt8: return Decimal::from_int(column.value<int64_t>(row));
      default: return column.value<Decimal>(row);
    }
  }

  int64_t not_finite_ = 0;
  std::vector<OfScale> scales_;  // ascending; those that are present
};

// a * b = first + second, exactly (but for products near the least double).
struct Product {
  double first;
  double second;
};
Product product_of(double a, double b) {
  const double first = a * b;
  return {first, std::isfinite(first) ? std::fma(a, b, -first) : 0};
}

void add_product(ExactFloatSum& sum, double a, double b, int64_t weight) {
  const Product product = product_of(a, b);
  sum.add(product.first, weight);
  sum.add(product.second, weight);
}

// A sum as doubles that add up to it exactly, the greatest first.
std::vector<double> parts_of(const ExactFloatSum& sum) {
  std::vector<double> parts;
  ExactFloatSum rest = sum;
  for (double part = rest.result(); part != 0 && std::isfinite(part); part = rest.result()) {
    parts.push_back(part);
    rest.add(part, -1);
  }
  return parts;
}

class FloatMoments final : public AccumulatorPart {
 public:
  Tag tag() const override { return Tag::kFloatMoments; }

  // regr_slope(y, x): the first argument is y. Of one argument x and y are the same.
  void add(const Batch& arguments, uint32_t row, int64_t weight) override {
    const bool pair = arguments.columns.size() > 1;
    sums_.resize(pair ? 5 : 2);
    const double x = double_at(*arguments.columns[pair ? 1 : 0], row);
    const double y = pair ? double_at(*arguments.columns[0], row) : 0;
    const bool finite = std::isfinite(x) && std::isfinite(y);
    sums_[kX].add(x, weight);
    if (pair) sums_[kY].add(y, weight);
    if (!finite) {
      not_finite_ += weight;
      return;
    }
    add_product(sums_[kXX], x, x, weight);
    if (!pair) return;
    add_product(sums_[kYY], y, y, weight);
    add_product(sums_[kXY], x, y, weight);
  }

  bool finish(const plan::AggregateCall& call, int64_t count, std::span<const Value>,
              Answer answer) const override {
    if (of_sample(call.kind) && count < 2) return answer.null();
    for (const ExactFloatSum& sum : sums_) {
      if (not_finite_ <= 0 && std::isinf(sum.result())) {
        return answer.fail("22003", "value out of range: overflow");
      }
    }
    const auto n = static_cast<double>(count);
    std::optional<double> result;
    if (sums_.size() == 2) {
      const double divisor = of_sample(call.kind) ? n - 1 : n;
      result = spread(kX, kX, kXX, count) / divisor;
      if (is_root(call.kind)) result = std::sqrt(*result);
    } else {
      result = of_pair(call.kind, count);
    }
    if (result) {
      answer.column.append(*result);
    } else {
      answer.column.append_null();
    }
    return true;
  }

  void encode(ByteWriter& out) const override {
    out.zigzag(not_finite_);
    out.varint(sums_.size());
    for (const ExactFloatSum& sum : sums_) sum.encode(out);
  }
  bool decode(ByteReader& in) override {
    not_finite_ = in.zigzag();
    const uint64_t n = in.varint();
    if (!in.ok() || n > 5) return false;
    sums_.resize(n);
    for (ExactFloatSum& sum : sums_) {
      if (!sum.decode(in)) return false;
    }
    return in.ok();
  }
  size_t heap_bytes() const override {
    size_t bytes = sizeof(*this) + sums_.capacity() * sizeof(ExactFloatSum);
    for (const ExactFloatSum& sum : sums_) bytes += sum.heap_bytes();
    return bytes;
  }

 private:
  enum Sum : uint8_t { kX, kXX, kY, kYY, kXY };

  static double double_at(const Column& column, uint32_t row) {
    return column.type().id == TypeId::kFloat4 ? column.value<float>(row)
                                               : column.value<double>(row);
  }

  // sum((a - avg(a)) * (b - avg(b))) = (N sum(ab) - sum(a) sum(b)) / N
  double spread(Sum a, Sum b, Sum ab, int64_t count) const {
    if (not_finite_ > 0) return std::nan("");
    const auto n = static_cast<double>(count);
    ExactFloatSum exact;
    for (const double part : parts_of(sums_[ab])) add_product(exact, part, n, 1);
    const std::vector<double> left = parts_of(sums_[a]);
    for (const double x : left) {
      for (const double y : a == b ? left : parts_of(sums_[b])) add_product(exact, -x, y, 1);
    }
    const double result = exact.result() / n;
    return a == b ? std::max(result, 0.0) : result;
  }

  std::optional<double> of_pair(AggregateKind kind, int64_t count) const {
    const auto n = static_cast<double>(count);
    const double x = sums_[kX].result();
    const double y = sums_[kY].result();
    const double xx = spread(kX, kX, kXX, count);
    const double yy = spread(kY, kY, kYY, count);
    const double xy = spread(kX, kY, kXY, count);
    switch (kind) {
      case AggregateKind::kRegrAvgX: return x / n;
      case AggregateKind::kRegrAvgY: return y / n;
      case AggregateKind::kRegrSxx: return xx;
      case AggregateKind::kRegrSyy: return yy;
      case AggregateKind::kRegrSxy: return xy;
      case AggregateKind::kCovarPop: return xy / n;
      case AggregateKind::kCovarSamp: return xy / (n - 1);
      case AggregateKind::kCorr:
        if (xx == 0 || yy == 0) return std::nullopt;
        return xy / std::sqrt(xx * yy);
      case AggregateKind::kRegrR2:
        if (xx == 0) return std::nullopt;
        return yy == 0 ? 1.0 : xy * xy / (xx * yy);
      case AggregateKind::kRegrSlope:
        if (xx == 0) return std::nullopt;
        return xy / xx;
      default:
        if (xx == 0) return std::nullopt;
        return (y - x * xy / xx) / n;
    }
  }

  int64_t not_finite_ = 0;  // rows with NaN or an infinity
  std::vector<ExactFloatSum> sums_;
};

}  // namespace

std::unique_ptr<AccumulatorPart> make_exact_moments() { return std::make_unique<ExactMoments>(); }
std::unique_ptr<AccumulatorPart> make_float_moments() { return std::make_unique<FloatMoments>(); }

}  // namespace weir::flow
