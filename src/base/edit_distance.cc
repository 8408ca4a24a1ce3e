#include "base/edit_distance.h"

#include <algorithm>

namespace weir {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

std::optional<std::string> nearest_spelling(std::string_view name,
                                            const std::vector<std::string>& candidates) {
  std::optional<std::string> nearest;
  size_t least = name.size() / 3 + 2;
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance >= least || distance >= name.size()) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace weir
