// The nearest spelling of a mistyped name, for the hints of errors.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Levenshtein distance in bytes.
size_t edit_distance(std::string_view a, std::string_view b);

// The candidate that is nearest and near enough to be meant; nullopt: none.
std::optional<std::string> nearest_spelling(std::string_view name,
                                            const std::vector<std::string>& candidates);

}  // namespace weir
