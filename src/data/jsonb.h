// jsonb as PostgreSQL prints it: keys by length then bytes, the last of equal keys wins, numbers as
// numeric prints them, one blank behind ':' and ','. Stored so, equality of documents is equality
// of text.
#pragma once
#include <string>
#include <string_view>

namespace weir {

// Appends to `out`; false: not JSON, with PostgreSQL's message in *reason.
bool canonical_jsonb(std::string_view text, std::string& out, std::string* reason);

}  // namespace weir
