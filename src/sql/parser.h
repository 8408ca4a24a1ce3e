// SQL text to statements. The grammar is PostgreSQL's own (libpg_query). The text is bounded before
// it gets there, and it runs on a stack large enough for what passes the bounds: no text can take
// the process down.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"

namespace weir::sql {

// All statements of a text. Errors: 42601 with the place.
Result<std::vector<Statement>> parse(std::string_view text);
// Exactly one SELECT (or VALUES).
Result<SelectPtr> parse_select(std::string_view text);
// One scalar expression.
Result<ExprPtr> parse_expression(std::string_view text);

// `{{ ref('x') }}` and `{{ source('a', 'b') }}` become names of the same width, so places stay
// true.
Result<std::string> substitute_references(std::string_view text);

// Line and column (characters, from 1) of a byte of the text, within a file where the text begins
// at `start`.
SourceSpan place_of(std::string_view text, int32_t byte, const SourceSpan& start);

}  // namespace weir::sql
