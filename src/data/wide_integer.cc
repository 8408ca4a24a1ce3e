#include "data/wide_integer.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace weir {

WideInteger::WideInteger(Int128 v) : negative_(v < 0) {
  UInt128 magnitude = v < 0 ? -static_cast<UInt128>(v) : static_cast<UInt128>(v);
  for (; magnitude != 0; magnitude >>= 32) limbs_.push_back(static_cast<uint32_t>(magnitude));
}

WideInteger WideInteger::power_of_ten(int exponent) {
  WideInteger power(1);
  for (; exponent >= 9; exponent -= 9) power = power * WideInteger(1'000'000'000);
  for (; exponent > 0; --exponent) power = power * WideInteger(10);
  return power;
}

void WideInteger::trim(Limbs& limbs) {
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
}

void WideInteger::settle() {
  trim(limbs_);
  if (limbs_.empty()) negative_ = false;
}

size_t WideInteger::bits() const {
  return limbs_.empty() ? 0 : limbs_.size() * 32 - std::countl_zero(limbs_.back());
}

WideInteger WideInteger::negated() const {
  WideInteger out = *this;
  out.negative_ = !negative_ && !limbs_.empty();
  return out;
}

std::strong_ordering WideInteger::compare(const Limbs& a, const Limbs& b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] <=> b[i];
  }
  return std::strong_ordering::equal;
}

std::strong_ordering WideInteger::operator<=>(const WideInteger& other) const {
  if (negative_ != other.negative_) {
    return negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  return negative_ ? compare(other.limbs_, limbs_) : compare(limbs_, other.limbs_);
}

void WideInteger::add_limbs(Limbs& a, const Limbs& b) {
  if (a.size() < b.size()) a.resize(b.size(), 0);
  uint64_t carry = 0;
  for (size_t i = 0; i < a.size() && (i < b.size() || carry != 0); ++i) {
    carry += uint64_t{a[i]} + (i < b.size() ? b[i] : 0);
    a[i] = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) a.push_back(static_cast<uint32_t>(carry));
}

void WideInteger::subtract_limbs(Limbs& a, const Limbs& b) {
  int64_t borrow = 0;
  for (size_t i = 0; i < a.size() && (i < b.size() || borrow != 0); ++i) {
    borrow += int64_t{a[i]} - (i < b.size() ? b[i] : 0);
    a[i] = static_cast<uint32_t>(borrow);
    borrow >>= 32;
  }
  trim(a);
}

WideInteger& WideInteger::operator+=(const WideInteger& other) {
  if (negative_ == other.negative_) {
    add_limbs(limbs_, other.limbs_);
  } else if (compare(limbs_, other.limbs_) >= 0) {
    subtract_limbs(limbs_, other.limbs_);
  } else {
    Limbs greater = other.limbs_;
    subtract_limbs(greater, limbs_);
    limbs_ = std::move(greater);
    negative_ = other.negative_;
  }
  settle();
  return *this;
}

WideInteger operator*(const WideInteger& a, const WideInteger& b) {
  WideInteger out;
  out.limbs_.assign(a.limbs_.size() + b.limbs_.size(), 0);
  for (size_t i = 0; i < a.limbs_.size(); ++i) {
    uint64_t carry = 0;
    for (size_t k = 0; k < b.limbs_.size(); ++k) {
      carry += uint64_t{a.limbs_[i]} * b.limbs_[k] + out.limbs_[i + k];
      out.limbs_[i + k] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    out.limbs_[i + b.limbs_.size()] = static_cast<uint32_t>(carry);
  }
  out.negative_ = a.negative_ != b.negative_;
  out.settle();
  return out;
}

uint32_t WideInteger::divide_small(Limbs& a, uint32_t divisor) {
  uint64_t rest = 0;
  for (size_t i = a.size(); i-- > 0;) {
    rest = rest << 32 | a[i];
    a[i] = static_cast<uint32_t>(rest / divisor);
    rest %= divisor;
  }
  trim(a);
  return static_cast<uint32_t>(rest);
}

namespace {

std::vector<uint32_t> shifted_left(const std::vector<uint32_t>& limbs, int by) {
  std::vector<uint32_t> out(limbs.size() + 1, 0);
  for (size_t i = 0; i < limbs.size(); ++i) {
    const uint64_t wide = uint64_t{limbs[i]} << by;
    out[i] |= static_cast<uint32_t>(wide);
    out[i + 1] = static_cast<uint32_t>(wide >> 32);
  }
  return out;
}

// One digit of the quotient: `part` -= digit * divisor, over divisor.size() + 1 limbs at `at`.
uint32_t next_digit(std::vector<uint32_t>& part, size_t at, const std::vector<uint32_t>& divisor) {
  const size_t n = divisor.size();
  const uint64_t head = uint64_t{part[at + n]} << 32 | part[at + n - 1];
  uint64_t digit = head / divisor[n - 1];
  uint64_t rest = head % divisor[n - 1];
  while (digit >> 32 != 0 || digit * divisor[n - 2] > (rest << 32 | part[at + n - 2])) {
    --digit;
    rest += divisor[n - 1];
    if (rest >> 32 != 0) break;
  }
  int64_t borrow = 0;
  uint64_t carry = 0;
  for (size_t i = 0; i <= n; ++i) {
    carry += i < n ? digit * divisor[i] : 0;
    borrow += int64_t{part[at + i]} - static_cast<uint32_t>(carry);
    part[at + i] = static_cast<uint32_t>(borrow);
    borrow >>= 32;
    carry >>= 32;
  }
  if (borrow == 0) return static_cast<uint32_t>(digit);
  uint64_t back = 0;  // one too many
  for (size_t i = 0; i <= n; ++i) {
    back += uint64_t{part[at + i]} + (i < n ? divisor[i] : 0);
    part[at + i] = static_cast<uint32_t>(back);
    back >>= 32;
  }
  return static_cast<uint32_t>(digit - 1);
}

}  // namespace

WideInteger WideInteger::divided_by(const WideInteger& divisor, WideInteger* remainder) const {
  WEIR_DCHECK(!divisor.is_zero() && !negative_ && !divisor.negative_);
  WideInteger quotient;
  WideInteger rest;
  if (compare(limbs_, divisor.limbs_) < 0) {
    rest = *this;
  } else if (divisor.limbs_.size() == 1) {
    quotient = *this;
    rest = WideInteger(Int128{divide_small(quotient.limbs_, divisor.limbs_[0])});
  } else {
    const int shift = std::countl_zero(divisor.limbs_.back());
    Limbs by = shifted_left(divisor.limbs_, shift);
    trim(by);
    Limbs part = shifted_left(limbs_, shift);
    const size_t digits = part.size() - by.size();
    quotient.limbs_.assign(digits, 0);
    for (size_t i = digits; i-- > 0;) quotient.limbs_[i] = next_digit(part, i, by);
    trim(part);
    for (size_t i = 0; i < part.size(); ++i) {
      const uint64_t above = i + 1 < part.size() ? part[i + 1] : 0;
      rest.limbs_.push_back(static_cast<uint32_t>((above << 32 | part[i]) >> shift));
    }
  }
  quotient.settle();
  rest.settle();
  if (remainder) *remainder = std::move(rest);
  return quotient;
}

WideInteger WideInteger::divided_half_up(const WideInteger& divisor) const {
  WideInteger rest;
  WideInteger quotient = divided_by(divisor, &rest);
  if (rest + rest >= divisor) quotient += WideInteger(1);
  return quotient;
}

WideInteger WideInteger::square_root() const {
  if (is_zero()) return {};
  WideInteger root;  // from above: Newton's steps fall until they have it
  root.limbs_.assign((bits() + 1) / 2 / 32 + 1, 0);
  root.limbs_.back() = 1U << ((bits() + 1) / 2 % 32);
  for (;;) {
    const WideInteger next = (root + divided_by(root)).divided_by(WideInteger(2));
    if (next >= root) break;
    root = next;
  }
  if (*this - root * root > root) root += WideInteger(1);
  return root;
}

std::string WideInteger::digits() const {
  if (is_zero()) return "0";
  Limbs rest = limbs_;
  std::string out;
  while (!rest.empty()) {
    uint32_t nine = divide_small(rest, 1'000'000'000);
    for (int i = 0; i < 9; ++i, nine /= 10) out.push_back(static_cast<char>('0' + nine % 10));
  }
  while (out.size() > 1 && out.back() == '0') out.pop_back();
  std::reverse(out.begin(), out.end());
  return out;
}

std::string WideInteger::to_text(int scale) const {
  std::string text = digits();
  const auto after = static_cast<size_t>(scale);
  if (text.size() <= after) text.insert(0, after + 1 - text.size(), '0');
  if (scale > 0) text.insert(text.size() - after, 1, '.');
  return negative_ ? "-" + text : text;
}

void WideInteger::encode(ByteWriter& out) const {
  out.varint(limbs_.size() * 2 + (negative_ ? 1 : 0));
  for (const uint32_t limb : limbs_) out.le(limb);
}

bool WideInteger::decode(ByteReader& in) {
  const uint64_t head = in.varint();
  if (!in.ok() || head > 4096) return false;
  negative_ = (head & 1) != 0;
  limbs_.resize(head / 2);
  for (uint32_t& limb : limbs_) limb = in.le<uint32_t>();
  return in.ok() && (limbs_.empty() ? !negative_ : limbs_.back() != 0);
}

}  // namespace weir
