#include "data/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace weir {

namespace {
constexpr int kBias = 1088;  // 34 limbs of 32 bits below 2^0: the least double is 2^-1074
constexpr int64_t kLimb = int64_t{1} << 32;
constexpr uint32_t kMaxUnnormalized = 1 << 28;
}  // namespace

void ExactFloatSum::add(double v, int64_t weight) {
  if (std::isnan(v)) {
    nans_ += weight;
  } else if (std::isinf(v)) {
    (v < 0 ? negative_infinities_ : infinities_) += weight;
  } else if (v != 0) {
    for (; weight != 0; weight += weight > 0 ? -1 : 1) add_finite(v, weight > 0 ? 1 : -1);
  }
}

void ExactFloatSum::add_finite(double v, int64_t weight) {
  const uint64_t bits = std::bit_cast<uint64_t>(v);
  int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  uint64_t mantissa = bits & ((1ULL << 52) - 1);
  if (exponent == 0) {
    exponent = 1;
  } else {
    mantissa |= 1ULL << 52;
  }
  const int position = exponent - 1075 + kBias;  // of the lowest bit, >= 14
  const int limb = position / 32;
  const UInt128 shifted = static_cast<UInt128>(mantissa) << (position % 32);
  if (limbs_.empty()) first_ = limb;
  if (limb < first_) {
    limbs_.insert(limbs_.begin(), static_cast<size_t>(first_ - limb), 0);
    first_ = limb;
  }
  if (limbs_.size() < static_cast<size_t>(limb - first_) + 4) {
    limbs_.resize(static_cast<size_t>(limb - first_) + 4, 0);
  }
  const int64_t sign = (bits >> 63) != 0 ? -weight : weight;
  int64_t* at = limbs_.data() + (limb - first_);
  at[0] += sign * static_cast<int64_t>(static_cast<uint32_t>(shifted));
  at[1] += sign * static_cast<int64_t>(static_cast<uint32_t>(shifted >> 32));
  at[2] += sign * static_cast<int64_t>(static_cast<uint32_t>(shifted >> 64));
  if (++unnormalized_ >= kMaxUnnormalized) normalize();
}

// All limbs but the last into [0, 2^32); the last carries the sign.
void ExactFloatSum::normalize() {
  unnormalized_ = 0;
  int64_t carry = 0;
  for (size_t i = 0; i < limbs_.size(); ++i) {
    const int64_t v = limbs_[i] + carry;
    if (i + 1 == limbs_.size()) {
      limbs_[i] = v;
      if (v >= -kLimb / 2 && v < kLimb / 2) return;
      limbs_.push_back(0);
      limbs_[i] = v;
    }
    limbs_[i] = v & (kLimb - 1);
    carry = v >> 32;
  }
}

double ExactFloatSum::result() const {
  if (nans_ > 0 || (infinities_ > 0 && negative_infinities_ > 0)) return std::nan("");
  if (infinities_ > 0) return INFINITY;
  if (negative_infinities_ > 0) return -INFINITY;
  ExactFloatSum sum = *this;
  sum.normalize();
  const bool negative = !sum.limbs_.empty() && sum.limbs_.back() < 0;
  if (negative) {
    for (int64_t& limb : sum.limbs_) limb = -limb;
    sum.normalize();
  }
  while (!sum.limbs_.empty() && sum.limbs_.back() == 0) sum.limbs_.pop_back();
  if (sum.limbs_.empty()) return 0;
  // The top 128 bits hold the mantissa; what is below them only says "not exactly".
  UInt128 top = 0;
  const size_t n = sum.limbs_.size();
  int taken = 0;
  for (size_t i = n; i-- > 0 && taken < 4; ++taken) {
    top = top << 32 | static_cast<uint32_t>(sum.limbs_[i]);
  }
  bool sticky = false;
  for (size_t i = 0; i + static_cast<size_t>(taken) < n; ++i) sticky = sticky || sum.limbs_[i] != 0;
  const int exponent = (sum.first_ + static_cast<int>(n) - taken) * 32 - kBias;  // of top's bit 0
  const int width = 128 - (top >> 64 != 0 ? std::countl_zero(static_cast<uint64_t>(top >> 64))
                                          : 64 + std::countl_zero(static_cast<uint64_t>(top)));
  // Denormals have fewer bits: never round twice.
  const int keep = std::min(53, width + exponent + 1074);
  double magnitude = 0;
  if (keep <= 0) {
    magnitude = 0;
  } else if (width <= keep) {
    magnitude = std::ldexp(static_cast<double>(static_cast<uint64_t>(top)), exponent);
  } else {
    const int cut = width - keep;
    uint64_t kept = static_cast<uint64_t>(top >> cut);
    const UInt128 rest = top & ((UInt128{1} << cut) - 1);
    const UInt128 half = UInt128{1} << (cut - 1);
    if (rest > half || (rest == half && (sticky || (kept & 1)))) ++kept;
    magnitude = std::ldexp(static_cast<double>(kept), exponent + cut);
  }
  return negative ? -magnitude : magnitude;
}

bool ExactFloatSum::overflowed() const {
  return nans_ <= 0 && infinities_ <= 0 && negative_infinities_ <= 0 && std::isinf(result());
}

void ExactFloatSum::encode(ByteWriter& out) const {
  ExactFloatSum sum = *this;
  sum.normalize();
  out.zigzag(nans_);
  out.zigzag(infinities_);
  out.zigzag(negative_infinities_);
  out.zigzag(sum.first_);
  out.varint(sum.limbs_.size());
  for (const int64_t limb : sum.limbs_) out.zigzag(limb);
}

bool ExactFloatSum::decode(ByteReader& in) {
  nans_ = in.zigzag();
  infinities_ = in.zigzag();
  negative_infinities_ = in.zigzag();
  const int64_t first = in.zigzag();
  const uint64_t n = in.varint();
  if (!in.ok() || n > 80 || first < 0 || first > 80) return false;
  first_ = static_cast<int>(first);
  limbs_.resize(n);
  for (int64_t& limb : limbs_) limb = in.zigzag();
  return in.ok();
}

void DecimalSum::OfScale::add_product(Int128 coefficient, int64_t weight) {
  const bool negative = (coefficient < 0) != (weight < 0);
  const UInt128 c =
      coefficient < 0 ? -static_cast<UInt128>(coefficient) : static_cast<UInt128>(coefficient);
  const uint64_t w = weight < 0 ? -static_cast<uint64_t>(weight) : static_cast<uint64_t>(weight);
  const UInt128 lower = static_cast<UInt128>(static_cast<uint64_t>(c)) * w;
  const UInt128 upper = (c >> 64) * w + (lower >> 64);
  const UInt128 product = upper << 64 | static_cast<uint64_t>(lower);
  const auto product_high = static_cast<int64_t>(static_cast<uint64_t>(upper >> 64));
  if (negative) {
    high -= product_high + (low < product ? 1 : 0);
    low -= product;
  } else {
    low += product;
    high += product_high + (low < product ? 1 : 0);
  }
}

std::optional<Int128> DecimalSum::OfScale::value() const {
  constexpr auto kLimit = static_cast<Int128>(
      (static_cast<UInt128>(0x4b3b4ca85a86c47aULL) << 64) | 0x098a224000000000ULL);  // 10^38
  const auto sum = static_cast<Int128>(low);
  if (high != (sum < 0 ? -1 : 0) || sum >= kLimit || sum <= -kLimit) return std::nullopt;
  return sum;
}

void DecimalSum::add(const Decimal& v, int64_t weight) {
  switch (v.kind()) {
    case Decimal::Kind::kNan: nans_ += weight; return;
    case Decimal::Kind::kInfinity: infinities_ += weight; return;
    case Decimal::Kind::kNegativeInfinity: negative_infinities_ += weight; return;
    case Decimal::Kind::kFinite: break;
  }
  const auto scale = static_cast<int16_t>(v.scale());
  auto at = std::lower_bound(scales_.begin(), scales_.end(), scale,
                             [](const OfScale& s, int16_t x) { return s.scale < x; });
  if (at == scales_.end() || at->scale != scale) at = scales_.insert(at, {scale, 0, 0, 0});
  at->add_product(v.coefficient(), weight);
  at->count += weight;
  if (at->count == 0 && at->low == 0 && at->high == 0) scales_.erase(at);
}

std::optional<Decimal> DecimalSum::result() const {
  if (nans_ > 0 || (infinities_ > 0 && negative_infinities_ > 0)) return Decimal::nan();
  if (infinities_ > 0) return Decimal::infinity(false);
  if (negative_infinities_ > 0) return Decimal::infinity(true);
  Decimal sum(0, 0);
  for (const OfScale& of : scales_) {
    const std::optional<Int128> part = of.value();
    if (!part) return std::nullopt;
    const std::optional<Decimal> next = Decimal::add(sum, Decimal(*part, of.scale));
    if (!next) return std::nullopt;
    sum = *next;
  }
  return sum;
}

void DecimalSum::encode(ByteWriter& out) const {
  out.zigzag(nans_);
  out.zigzag(infinities_);
  out.zigzag(negative_infinities_);
  out.varint(scales_.size());
  for (const OfScale& of : scales_) {
    out.zigzag(of.scale);
    out.zigzag(of.count);
    out.le(static_cast<uint64_t>(of.low));
    out.le(static_cast<uint64_t>(of.low >> 64));
    out.le(of.high);
  }
}

bool DecimalSum::decode(ByteReader& in) {
  nans_ = in.zigzag();
  infinities_ = in.zigzag();
  negative_infinities_ = in.zigzag();
  const uint64_t n = in.varint();
  if (!in.ok() || n > 2000) return false;
  scales_.resize(n);
  for (OfScale& of : scales_) {
    of.scale = static_cast<int16_t>(in.zigzag());
    of.count = in.zigzag();
    const auto lowest = in.le<uint64_t>();
    const auto middle = in.le<uint64_t>();
    of.low = static_cast<UInt128>(middle) << 64 | lowest;
    of.high = in.le<int64_t>();
  }
  return in.ok();
}

}  // namespace weir
