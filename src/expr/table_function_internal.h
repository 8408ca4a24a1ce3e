// Shared by the files that fill the table of table functions, and with the functions that answer
// the same rows as one array. Inside src/expr only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expr/regex.h"
#include "expr/table_function.h"

namespace weir::expr {

template <TypeId kId>
Schema one_column(std::span<const Type>) {
  return {{{"", kId, true}}};
}

void add_series(TableFunctionList& out);
void add_path_rows(TableFunctionList& out);

// What string_to_table answers: what stands between delimiters; without one, the characters.
std::vector<std::string_view> pieces_of(std::string_view text,
                                        std::optional<std::string_view> delimiter);
// The groups of a match as text[]; of a pattern without groups, the match.
std::string captured_array(const Regex::Groups& groups);

}  // namespace weir::expr
