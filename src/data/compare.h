// SQL comparison of values in columns (C collation; NaN equals NaN and is the greatest; intervals
// by their length with 30-day months). NULLs are the caller's business except in compare_rows().
#pragma once
#include <compare>

#include "data/batch.h"

namespace weir {

// Both rows are not NULL; the types have the same id.
std::strong_ordering compare_values(const Column& a, uint32_t row_a, const Column& b,
                                    uint32_t row_b);

// Microseconds of an interval with 30-day months: what intervals are compared by.
Int128 interval_length(const Interval& interval);

struct SortColumn {
  uint32_t column = 0;
  bool descending = false;
  bool nulls_first = false;  // PostgreSQL's default: true where descending
  bool operator==(const SortColumn&) const = default;
};

std::strong_ordering compare_rows(const Batch& a, uint32_t row_a, const Batch& b, uint32_t row_b,
                                  const std::vector<SortColumn>& order);
// Row numbers of `batch` in that order; stable.
std::vector<uint32_t> sort_rows(const Batch& batch, const std::vector<SortColumn>& order);

}  // namespace weir
