#include "flow/sketches.h"

#include <fmt/core.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "base/hash.h"
#include "data/row_encoding.h"
#include "data/text_form.h"

namespace weir::flow {

namespace {

class HyperLogLog final : public AccumulatorPart {
 public:
  Tag tag() const override { return Tag::kHyperLogLog; }

  void add(const Batch& arguments, uint32_t row, int64_t) override {
    RowBytes keys;
    encode_keys(slice(arguments, row, 1), {{0}}, keys);
    const uint64_t hash = hash64(keys[0]);
    if (!registers_.empty()) return place(hash);
    const auto at = std::lower_bound(few_.begin(), few_.end(), hash);
    if (at != few_.end() && *at == hash) return;
    few_.insert(at, hash);
    if (few_.size() <= kFew) return;
    registers_.assign(kRegisters, 0);
    for (const uint64_t known : few_) place(known);
    few_ = {};
  }

  bool finish(const plan::AggregateCall&, int64_t, std::span<const Value>,
              Answer answer) const override {
    answer.column.append(registers_.empty() ? static_cast<int64_t>(few_.size()) : estimate());
    return true;
  }

  void encode(ByteWriter& out) const override {
    out.varint(few_.size());
    for (const uint64_t hash : few_) out.le(hash);
    out.string(std::string_view(reinterpret_cast<const char*>(registers_.data()),
                                registers_.size()));
  }
  bool decode(ByteReader& in) override {
    const uint64_t n = in.varint();
    if (!in.ok() || n > kFew) return false;
    few_.resize(n);
    for (uint64_t& hash : few_) hash = in.le<uint64_t>();
    const std::string_view bytes = in.string();
    registers_.assign(bytes.begin(), bytes.end());
    return in.ok() && (bytes.empty() || bytes.size() == kRegisters);
  }
  size_t heap_bytes() const override {
    return sizeof(*this) + few_.capacity() * sizeof(uint64_t) + registers_.capacity();
  }

 private:
  static constexpr size_t kRegisters = 4096;
  static constexpr size_t kFew = 256;

  void place(uint64_t hash) {
    uint8_t& of = registers_[hash >> 52];
    const auto rank = static_cast<uint8_t>(std::countl_zero(hash << 12 | 1ULL << 11) + 1);
    of = std::max(of, rank);
  }

  int64_t estimate() const {
    constexpr double kM = kRegisters;
    double sum = 0;
    double empty = 0;
    for (const uint8_t of : registers_) {
      sum += std::ldexp(1.0, -of);
      empty += of == 0;
    }
    const double raw = 0.7213 / (1 + 1.079 / kM) * kM * kM / sum;
    const bool few = raw <= 2.5 * kM && empty > 0;
    return std::llround(few ? kM * std::log(kM / empty) : raw);
  }

  std::vector<uint64_t> few_;  // hashes, ascending
  std::vector<uint8_t> registers_;
};

class LogHistogram final : public AccumulatorPart {
 public:
  Tag tag() const override { return Tag::kLogHistogram; }

  void add(const Batch& arguments, uint32_t row, int64_t weight) override {
    int64_t& count = counts_[bucket_of(arguments.columns[0]->value<double>(row))];
    count += weight;
    if (count == 0) counts_.erase(bucket_of(arguments.columns[0]->value<double>(row)));
  }

  bool finish(const plan::AggregateCall&, int64_t count, std::span<const Value> direct,
              Answer answer) const override {
    if (direct[0].is_null()) return answer.null();
    const double fraction = std::get<double>(direct[0].data);
    if (!(fraction >= 0 && fraction <= 1)) {
      const std::string text =
          fmt::format("percentile value {} is not between 0 and 1", text_form(direct[0]));
      return answer.fail("22003", text.c_str());
    }
    auto rest = static_cast<int64_t>(fraction * static_cast<double>(count - 1));
    for (const auto& [bucket, n] : counts_) {
      rest -= n;
      if (rest < 0) return answer.value(value_of(bucket));
    }
    return answer.null();
  }

  void encode(ByteWriter& out) const override {
    out.varint(counts_.size());
    for (const auto& [bucket, count] : counts_) {
      out.zigzag(bucket);
      out.zigzag(count);
    }
  }
  bool decode(ByteReader& in) override {
    const uint64_t n = in.varint();
    for (uint64_t i = 0; i < n && in.ok(); ++i) {
      const auto bucket = static_cast<int32_t>(in.zigzag());
      counts_[bucket] = in.zigzag();
    }
    return in.ok();
  }
  size_t heap_bytes() const override { return sizeof(*this) + counts_.size() * 48; }

 private:
  // 0 is zero; values of bucket k > 0 lie in (kGrowth^(k - kMiddle - 1), kGrowth^(k - kMiddle)];
  // -k is the same below zero; the last ones are the infinities, and NaN is behind them.
  static constexpr double kGrowth = 1.01 / 0.99;
  static constexpr int32_t kMiddle = 40000;
  static constexpr int32_t kInfinity = 100000;

  static int32_t bucket_of(double v) {
    if (std::isnan(v)) return kInfinity + 1;
    if (v == 0) return 0;
    if (std::isinf(v)) return v > 0 ? kInfinity : -kInfinity;
    static const double log_growth = std::log(kGrowth);
    const auto k = static_cast<int32_t>(std::ceil(std::log(std::abs(v)) / log_growth)) + kMiddle;
    return v > 0 ? k : -k;
  }
  static double value_of(int32_t bucket) {
    if (bucket > kInfinity) return std::nan("");
    if (bucket == 0) return 0;
    const double sign = bucket > 0 ? 1 : -1;
    if (std::abs(bucket) == kInfinity) return sign * INFINITY;
    const double upper = std::exp((std::abs(bucket) - kMiddle) * std::log(kGrowth));
    return sign * upper * 2 / (1 + kGrowth);
  }

  std::map<int32_t, int64_t> counts_;
};

}  // namespace

std::unique_ptr<AccumulatorPart> make_hyper_log_log() { return std::make_unique<HyperLogLog>(); }
std::unique_ptr<AccumulatorPart> make_log_histogram() { return std::make_unique<LogHistogram>(); }

}  // namespace weir::flow
