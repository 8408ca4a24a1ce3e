#include "data/decimal_key.h"

#include "base/bytes.h"

namespace weir {

// Class: 1 -infinity, 2 negative, 3 zero, 4 positive, 5 infinity, 6 NaN. Then, inverted for
// negatives, the decimal exponent of the first digit (big-endian, biased) and the digits as 1..10,
// ended by 0.
void append_decimal_key(std::string& out, const Decimal& v) {
  switch (v.kind()) {
    case Decimal::Kind::kNegativeInfinity: return out.push_back(1);
    case Decimal::Kind::kInfinity: return out.push_back(5);
    case Decimal::Kind::kNan: return out.push_back(6);
    case Decimal::Kind::kFinite: break;
  }
  if (v.is_zero()) return out.push_back(3);
  const bool negative = v.is_negative();
  out.push_back(negative ? 2 : 4);
  const Int128 coefficient = v.coefficient();
  UInt128 magnitude = negative ? -static_cast<UInt128>(coefficient)
                               : static_cast<UInt128>(coefficient);
  char digits[40];
  int count = 0;
  while (magnitude != 0) {
    digits[count++] = static_cast<char>(static_cast<int>(magnitude % 10) + 1);
    magnitude /= 10;
  }
  const size_t begin = out.size();
  const auto exponent = byte_swap(static_cast<uint32_t>(count - v.scale() + (1 << 30)));
  out.append(reinterpret_cast<const char*>(&exponent), sizeof exponent);
  int last = 0;
  while (last < count && digits[last] == 1) ++last;  // trailing zeros do not count
  for (int i = count - 1; i >= last; --i) out.push_back(digits[i]);
  out.push_back(0);
  if (negative) {
    for (size_t i = begin; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
  }
}

}  // namespace weir
