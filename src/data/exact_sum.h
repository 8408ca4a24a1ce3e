// Sums that do not depend on the order of what is added and taken back (decisions 13, 14).
//
// ExactFloatSum  a fixed-point number wide enough for every double, held as 32-bit limbs with room
// for
//                carries; only the limbs in use are kept. Rounded once, to nearest even. NaN and
//                infinities are counted.
// DecimalSum     one exact sum for each scale that is present, so that the scale of the result is
// the
//                greatest of the values still there.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "data/decimal.h"

namespace weir {

class ExactFloatSum {
 public:
  void add(double v, int64_t weight);
  double result() const;
  // Infinite although no infinity was added: the sum of finite numbers left their range.
  bool overflowed() const;
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
  size_t heap_bytes() const { return limbs_.capacity() * sizeof(int64_t); }

 private:
  void add_finite(double v, int64_t weight);
  void normalize();
  int first_ = 0;               // index of limbs_[0]; limb i counts 2^(32 i - 1088)
  uint32_t unnormalized_ = 0;   // additions since the carries were passed on
  std::vector<int64_t> limbs_;
  int64_t nans_ = 0;
  int64_t infinities_ = 0;
  int64_t negative_infinities_ = 0;
};

class DecimalSum {
 public:
  void add(const Decimal& v, int64_t weight);
  std::optional<Decimal> result() const;  // nullopt: more than 38 digits
  void encode(ByteWriter& out) const;
  bool decode(ByteReader& in);
  size_t heap_bytes() const { return scales_.capacity() * sizeof(OfScale); }

 private:
  struct OfScale {
    int16_t scale = 0;
    int64_t count = 0;
    // The sum in 192 bits, two's complement: 2^63 values of 38 digits fit.
    UInt128 low = 0;
    int64_t high = 0;
    void add_product(Int128 coefficient, int64_t weight);
    std::optional<Int128> value() const;  // nullopt: beyond 38 digits
  };
  std::vector<OfScale> scales_;  // ascending
  int64_t nans_ = 0;
  int64_t infinities_ = 0;
  int64_t negative_infinities_ = 0;
};

}  // namespace weir
