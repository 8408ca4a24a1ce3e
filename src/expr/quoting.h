// Text as SQL would have it written: identifiers and literals.
#pragma once
#include <string>
#include <string_view>

namespace weir::expr {

// In double quotes where it would not be read back as it is: capitals, other characters, keywords.
void put_identifier(std::string_view name, std::string& out);
// In single quotes; with E before them where there is a backslash.
void put_literal(std::string_view text, std::string& out);

}  // namespace weir::expr
