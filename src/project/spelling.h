// The name that was probably meant. One keystroke in three may be wrong: more is another word.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::project {

// Insertions, deletions, replacements and swaps of neighbours; case does not count.
size_t spelling_distance(std::string_view a, std::string_view b);
// The closest candidate that is near enough; empty: none.
std::string nearest_name(std::string_view written, const std::vector<std::string>& candidates);

}  // namespace weir::project
