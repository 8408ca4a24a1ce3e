// PostgreSQL's hash functions, as hash partitions and many applications use them: hashtext and the
// like. The hash is Bob Jenkins' lookup3 (http://burtleburtle.net/bob/hash/doobs.html) with another
// start value; the extended forms take a seed and answer 64 bits.
#include <bit>
#include <cmath>

#include "data/calendar.h"
#include "data/compare.h"
#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

constexpr Micros kFrom1970To2000 = days_from_civil(2000, 1, 1) * kMicrosPerDay;

class Jenkins {
 public:
  explicit Jenkins(size_t length) {
    a_ = b_ = c_ = 0x9e3779b9u + static_cast<uint32_t>(length) + 3923095u;
  }
  void seed(uint64_t seed) {
    if (seed == 0) return;
    a_ += static_cast<uint32_t>(seed >> 32);
    b_ += static_cast<uint32_t>(seed);
    mix();
  }
  void word(uint32_t k) {
    a_ += k;
    end();
  }
  void bytes(std::string_view text) {
    while (text.size() >= 12) {
      a_ += at(text, 0, 4);
      b_ += at(text, 4, 4);
      c_ += at(text, 8, 4);
      mix();
      text.remove_prefix(12);
    }
    a_ += at(text, 0, 4);
    b_ += at(text, 4, 4);
    c_ += at(text, 8, 4) << 8;  // its lowest byte is the length's
    end();
  }
  uint32_t low() const { return c_; }
  uint64_t both() const { return (static_cast<uint64_t>(b_) << 32) | c_; }

 private:
  static uint32_t at(std::string_view text, size_t begin, size_t count) {
    uint32_t word = 0;
    for (size_t i = 0; i < count && begin + i < text.size(); ++i) {
      word |= static_cast<uint32_t>(static_cast<uint8_t>(text[begin + i])) << (8 * i);
    }
    return word;
  }
  void mix() {
    a_ -= c_, a_ ^= std::rotl(c_, 4), c_ += b_;
    b_ -= a_, b_ ^= std::rotl(a_, 6), a_ += c_;
    c_ -= b_, c_ ^= std::rotl(b_, 8), b_ += a_;
    a_ -= c_, a_ ^= std::rotl(c_, 16), c_ += b_;
    b_ -= a_, b_ ^= std::rotl(a_, 19), a_ += c_;
    c_ -= b_, c_ ^= std::rotl(b_, 4), b_ += a_;
  }
  void end() {
    c_ ^= b_, c_ -= std::rotl(b_, 14);
    a_ ^= c_, a_ -= std::rotl(c_, 11);
    b_ ^= a_, b_ -= std::rotl(a_, 25);
    c_ ^= b_, c_ -= std::rotl(b_, 16);
    a_ ^= c_, a_ -= std::rotl(c_, 4);
    b_ ^= a_, b_ -= std::rotl(a_, 14);
    c_ ^= b_, c_ -= std::rotl(b_, 24);
  }
  uint32_t a_, b_, c_;
};

Jenkins hash_word(uint32_t k, uint64_t seed) {
  Jenkins hash(sizeof k);
  hash.seed(seed);
  hash.word(k);
  return hash;
}

Jenkins hash_bytes(std::string_view bytes, uint64_t seed) {
  Jenkins hash(bytes.size());
  hash.seed(seed);
  hash.bytes(bytes);
  return hash;
}

// Integers of any size that are equal have one hash.
Jenkins hash_integer(int64_t v, uint64_t seed) {
  const auto high = static_cast<uint32_t>(static_cast<uint64_t>(v) >> 32);
  return hash_word(static_cast<uint32_t>(v) ^ (v >= 0 ? high : ~high), seed);
}

struct OfInt2 {
  static Jenkins hash(const Column& c, uint32_t i, uint64_t seed) {
    return hash_word(static_cast<uint32_t>(int32_t{c.value<int16_t>(i)}), seed);
  }
};
struct OfInt4 {
  static Jenkins hash(const Column& c, uint32_t i, uint64_t seed) {
    return hash_word(static_cast<uint32_t>(c.value<int32_t>(i)), seed);
  }
};
struct OfInt8 {
  static Jenkins hash(const Column& c, uint32_t i, uint64_t seed) {
    return hash_integer(c.value<int64_t>(i), seed);
  }
};
struct OfTimestamp {
  static Jenkins hash(const Column& c, uint32_t i, uint64_t seed) {
    const Micros v = c.value<int64_t>(i);
    return hash_integer(v == INT64_MIN || v == INT64_MAX ? v : v - kFrom1970To2000, seed);
  }
};
struct OfInterval {
  static Jenkins hash(const Column& c, uint32_t i, uint64_t seed) {
    const Interval& v = c.value<Interval>(i);
    const __int128 days = static_cast<__int128>(v.months) * 30 + v.days;
    return hash_integer(static_cast<int64_t>(days * kMicrosPerDay + v.micros), seed);
  }
};
struct OfUuid {
  static Jenkins hash(const Column& c, uint32_t i, uint64_t seed) {
    const Uuid& v = c.value<Uuid>(i);
    return hash_bytes({reinterpret_cast<const char*>(v.bytes), sizeof v.bytes}, seed);
  }
};
struct OfText {
  static Jenkins hash(const Column& c, uint32_t i, uint64_t seed) {
    return hash_bytes(c.text(i), seed);
  }
};

// Both zeros are one number, and so are all NaNs: zero's hash is 0, or the seed.
template <class Float>
struct OfFloat {
  static double of(const Column& c, uint32_t i) {
    const auto v = static_cast<double>(c.value<Float>(i));
    return std::isnan(v) ? std::numeric_limits<double>::quiet_NaN() : v;
  }
  static bool is_zero(const Column& c, uint32_t i) { return of(c, i) == 0; }
  static Jenkins hash(const Column& c, uint32_t i, uint64_t seed) {
    const double v = of(c, i);
    return hash_bytes({reinterpret_cast<const char*>(&v), sizeof v}, seed);
  }
};

template <class Of>
bool is_zero(const Column& c, uint32_t i) {
  if constexpr (requires { Of::is_zero(c, i); }) return Of::is_zero(c, i);
  return false;
}

template <class Of>
ColumnPtr hash_kernel(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row&) {
    if (is_zero<Of>(*c.args[0], i)) return 0;
    return static_cast<int32_t>(Of::hash(*c.args[0], i, 0).low());
  });
}

template <class Of>
ColumnPtr extended_kernel(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row&) {
    const int64_t seed = c.args[1]->value<int64_t>(i);
    if (is_zero<Of>(*c.args[0], i)) return seed;
    return static_cast<int64_t>(Of::hash(*c.args[0], i, static_cast<uint64_t>(seed)).both());
  });
}

}  // namespace

void add_hashes(FunctionList& out) {
  FunctionGroup group(out, "hashes");
  const auto add = [&](std::string_view name, Type type, Kernel kernel) {
    group(name, {type}, kInt4, kernel, "a hash of 32 bits");
  };
  const auto extended = [&](std::string_view name, Type type, Kernel kernel) {
    group(name, {type, kInt8}, kInt8, kernel, "a hash of 64 bits, with a seed");
  };
  add("hashint2", kInt2, hash_kernel<OfInt2>);
  add("hashint4", kInt4, hash_kernel<OfInt4>);
  add("hashint8", kInt8, hash_kernel<OfInt8>);
  add("hashfloat4", kFloat4, hash_kernel<OfFloat<float>>);
  add("hashfloat8", kFloat8, hash_kernel<OfFloat<double>>);
  add("hashtext", kText, hash_kernel<OfText>);
  add("time_hash", kTime, hash_kernel<OfInt8>);
  add("timestamp_hash", kTimestamp, hash_kernel<OfTimestamp>);
  add("interval_hash", kInterval, hash_kernel<OfInterval>);
  add("uuid_hash", kUuid, hash_kernel<OfUuid>);
  extended("hashint2extended", kInt2, extended_kernel<OfInt2>);
  extended("hashint4extended", kInt4, extended_kernel<OfInt4>);
  extended("hashint8extended", kInt8, extended_kernel<OfInt8>);
  extended("hashfloat4extended", kFloat4, extended_kernel<OfFloat<float>>);
  extended("hashfloat8extended", kFloat8, extended_kernel<OfFloat<double>>);
  extended("hashtextextended", kText, extended_kernel<OfText>);
  extended("time_hash_extended", kTime, extended_kernel<OfInt8>);
  extended("timestamp_hash_extended", kTimestamp, extended_kernel<OfTimestamp>);
  extended("interval_hash_extended", kInterval, extended_kernel<OfInterval>);
  extended("uuid_hash_extended", kUuid, extended_kernel<OfUuid>);
}

}  // namespace weir::expr
