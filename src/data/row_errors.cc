#include "data/row_errors.h"

#include <cstring>

namespace weir {

void add_row_error(RowErrors& errors, uint32_t row, const char* sqlstate, std::string message) {
  RowError error{row, {}, std::move(message)};
  std::strncpy(error.sqlstate, sqlstate, 5);
  const auto at = std::lower_bound(errors.begin(), errors.end(), row,
                                   [](const RowError& e, uint32_t r) { return e.row < r; });
  if (at != errors.end() && at->row == row) return;
  errors.insert(at, std::move(error));
}

RowErrors merge_row_errors(RowErrors first, RowErrors second) {
  if (second.empty()) return first;
  if (first.empty()) return second;
  RowErrors merged;
  merged.reserve(first.size() + second.size());
  size_t i = 0;
  size_t j = 0;
  while (i < first.size() || j < second.size()) {
    if (j == second.size() || (i < first.size() && first[i].row <= second[j].row)) {
      if (j < second.size() && first[i].row == second[j].row) ++j;
      merged.push_back(std::move(first[i++]));
    } else {
      merged.push_back(std::move(second[j++]));
    }
  }
  return merged;
}

}  // namespace weir
