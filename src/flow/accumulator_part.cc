// Which part an aggregate needs, and the two that are a few numbers: sums of intervals and how many
// values are true.
#include "expr/time_arithmetic.h"
#include "flow/accumulator.h"
#include "flow/bit_counts.h"
#include "flow/moments.h"
#include "flow/sketches.h"

namespace weir::flow {

namespace {

using plan::AggregateKind;

// Field by field, each in 128 bits.
class IntervalSum final : public AccumulatorPart {
 public:
  Tag tag() const override { return Tag::kIntervalSum; }

  void add(const Batch& arguments, uint32_t row, int64_t weight) override {
    const Interval& v = arguments.columns[0]->value<Interval>(row);
    months_ += Int128{v.months} * weight;
    days_ += Int128{v.days} * weight;
    micros_ += Int128{v.micros} * weight;
  }

  bool finish(const plan::AggregateCall& call, int64_t count, std::span<const Value>,
              Answer answer) const override {
    std::optional<Interval> result;
    const bool fits = months_ == static_cast<int32_t>(months_) &&
                      days_ == static_cast<int32_t>(days_) &&
                      micros_ == static_cast<int64_t>(micros_);
    if (fits) {
      result = Interval{static_cast<int32_t>(months_), static_cast<int32_t>(days_),
                        static_cast<int64_t>(micros_)};
    }
    if (result && call.kind == AggregateKind::kAvg) {
      result = expr::divide_interval(*result, static_cast<double>(count));
    }
    if (!result) return answer.fail("22008", "interval out of range");
    answer.column.append(*result);
    return true;
  }

  void encode(ByteWriter& out) const override {
    for (const Int128 v : {months_, days_, micros_}) {
      out.le(static_cast<uint64_t>(v));
      out.le(static_cast<int64_t>(v >> 64));
    }
  }
  bool decode(ByteReader& in) override {
    for (Int128* v : {&months_, &days_, &micros_}) {
      const auto low = in.le<uint64_t>();
      const auto high = in.le<int64_t>();
      *v = (static_cast<Int128>(high) << 64) | static_cast<UInt128>(low);
    }
    return in.ok();
  }
  size_t heap_bytes() const override { return sizeof(*this); }

 private:
  Int128 months_ = 0;
  Int128 days_ = 0;
  Int128 micros_ = 0;
};

class TrueCount final : public AccumulatorPart {
 public:
  Tag tag() const override { return Tag::kTrueCount; }
  void add(const Batch& arguments, uint32_t row, int64_t weight) override {
    if (arguments.columns[0]->value<uint8_t>(row)) true_ += weight;
  }
  bool finish(const plan::AggregateCall& call, int64_t count, std::span<const Value>,
              Answer answer) const override {
    answer.column.append_bool(call.kind == AggregateKind::kBoolAnd ? true_ == count : true_ > 0);
    return true;
  }
  void encode(ByteWriter& out) const override { out.zigzag(true_); }
  bool decode(ByteReader& in) override {
    true_ = in.zigzag();
    return in.ok();
  }
  size_t heap_bytes() const override { return sizeof(*this); }

 private:
  int64_t true_ = 0;
};

}  // namespace

std::unique_ptr<AccumulatorPart> AccumulatorPart::for_call(const plan::AggregateCall& call,
                                                           const Schema& arguments) {
  switch (call.kind) {
    case AggregateKind::kSum:
    case AggregateKind::kAvg: return of_tag(Tag::kIntervalSum);
    case AggregateKind::kBoolAnd:
    case AggregateKind::kBoolOr: return of_tag(Tag::kTrueCount);
    case AggregateKind::kBitAnd:
    case AggregateKind::kBitOr:
    case AggregateKind::kBitXor: return of_tag(Tag::kBitCounts);
    case AggregateKind::kVarPop:
    case AggregateKind::kVarSamp:
    case AggregateKind::kStddevPop:
    case AggregateKind::kStddevSamp:
      return of_tag(arguments.fields[0].type.is_float() ? Tag::kFloatMoments
                                                        : Tag::kExactMoments);
    case AggregateKind::kCorr:
    case AggregateKind::kCovarPop:
    case AggregateKind::kCovarSamp:
    case AggregateKind::kRegrAvgX:
    case AggregateKind::kRegrAvgY:
    case AggregateKind::kRegrIntercept:
    case AggregateKind::kRegrR2:
    case AggregateKind::kRegrSlope:
    case AggregateKind::kRegrSxx:
    case AggregateKind::kRegrSxy:
    case AggregateKind::kRegrSyy: return of_tag(Tag::kFloatMoments);
    case AggregateKind::kApproxCountDistinct: return of_tag(Tag::kHyperLogLog);
    case AggregateKind::kApproxPercentile: return of_tag(Tag::kLogHistogram);
    default: return nullptr;
  }
}

std::unique_ptr<AccumulatorPart> AccumulatorPart::of_tag(Tag tag) {
  switch (tag) {
    case Tag::kExactMoments: return make_exact_moments();
    case Tag::kFloatMoments: return make_float_moments();
    case Tag::kBitCounts: return make_bit_counts();
    case Tag::kHyperLogLog: return make_hyper_log_log();
    case Tag::kLogHistogram: return make_log_histogram();
    case Tag::kIntervalSum: return std::make_unique<IntervalSum>();
    case Tag::kTrueCount: return std::make_unique<TrueCount>();
  }
  return nullptr;
}

}  // namespace weir::flow
