// random() and gen_random_uuid(): another value for every row, so never in a view.
#include <random>

#include "expr/kernel.h"

namespace weir::expr {

namespace {

std::mt19937_64 generator() {
  std::random_device source;
  std::seed_seq seed{source(), source(), source(), source()};
  return std::mt19937_64(seed);
}

ColumnPtr between_0_and_1(const KernelCall& c) {
  std::mt19937_64 numbers = generator();
  return map<double>(c, [&](uint32_t, Row&) {
    return static_cast<double>(numbers() >> 11) * 0x1p-53;
  });
}

ColumnPtr uuid(const KernelCall& c) {
  std::random_device source;
  return map<Uuid>(c, [&](uint32_t, Row&) {
    Uuid out;
    for (size_t i = 0; i < sizeof out.bytes; i += 4) {
      const uint32_t bits = source();
      std::memcpy(out.bytes + i, &bits, 4);
    }
    out.bytes[6] = static_cast<uint8_t>((out.bytes[6] & 0x0f) | 0x40);  // version 4 of RFC 4122
    out.bytes[8] = static_cast<uint8_t>((out.bytes[8] & 0x3f) | 0x80);
    return out;
  });
}

}  // namespace

void add_chance(FunctionList& out) {
  FunctionGroup add(out, "math");
  add("random", {}, TypeId::kFloat8, between_0_and_1, "at random from 0 to below 1").changing();
  add("gen_random_uuid", {}, TypeId::kUuid, uuid, "a random UUID").changing();
}

}  // namespace weir::expr
