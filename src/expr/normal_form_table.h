// Unicode's data for normal forms, as tools/normal-form-table writes it when weir is built. Each
// table is in the order of its code points. For normal_forms.cc.
#pragma once
#include <cstdint>
#include <span>

namespace weir::expr {

// Both decompositions of a character, in full, as parts of the pool; length 0: it is its own.
struct Decomposition {
  uint32_t code;
  uint32_t canonical, canonical_length;
  uint32_t compatible, compatible_length;
};
struct CombiningClass {
  uint32_t code;
  uint32_t value;
};
struct Composition {
  uint32_t first, second, composed;
};

struct NormalFormTable {
  std::span<const uint32_t> pool;
  std::span<const Decomposition> decompositions;
  std::span<const CombiningClass> classes;
  std::span<const Composition> compositions;
};
NormalFormTable normal_form_table();

}  // namespace weir::expr
