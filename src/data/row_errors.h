// Errors of single rows: a sparse list beside a column, never an exception and never a Result per
// row. What becomes of such a row (dead letter, NULL, failure) is decided once, at the end of a
// projection.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct RowError {
  uint32_t row = 0;
  char sqlstate[6] = {};  // "22012"
  std::string message;    // PostgreSQL's text: "division by zero"
};

// Sorted by row; at most one error a row, the first that evaluation met.
using RowErrors = std::vector<RowError>;

void add_row_error(RowErrors& errors, uint32_t row, const char* sqlstate, std::string message);
// The union; where both have an error for a row, the one of `first` stays.
RowErrors merge_row_errors(RowErrors first, RowErrors second);

}  // namespace weir
