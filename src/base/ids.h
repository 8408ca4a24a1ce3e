// Strong types for the numbers that are easily confused. They compare and increment, nothing else;
// `value` is there for arithmetic that means it.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>

namespace weir {

template <class Tag, class Int>
struct StrongId {
  Int value{};
  constexpr StrongId() = default;
  constexpr explicit StrongId(Int v) : value(v) {}
  constexpr auto operator<=>(const StrongId&) const = default;
  constexpr StrongId& operator++() {
    ++value;
    return *this;
  }
};

using Offset = StrongId<struct OffsetTag, int64_t>;          // of a record in a partition
using Epoch = StrongId<struct EpochTag, uint64_t>;           // one atomic step of a pipeline
using PartitionId = StrongId<struct PartitionTag, int32_t>;

// Microseconds since 1970-01-01 UTC.
using Micros = int64_t;

}  // namespace weir

template <class Tag, class Int>
struct std::hash<weir::StrongId<Tag, Int>> {
  size_t operator()(weir::StrongId<Tag, Int> id) const { return std::hash<Int>()(id.value); }
};
