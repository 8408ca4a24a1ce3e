#include "project/spelling.h"

#include <algorithm>

#include "base/letter_case.h"

namespace weir::project {

namespace {

constexpr size_t kLongest = 64;  // longer names are cut: the matrix stays small

std::string plain(std::string_view text) { return lower(text.substr(0, kLongest)); }

}  // namespace

size_t spelling_distance(std::string_view first, std::string_view second) {
  const std::string a = plain(first);
  const std::string b = plain(second);
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::string nearest_name(std::string_view written, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(1, written.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = spelling_distance(written, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace weir::project
