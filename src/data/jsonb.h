// jsonb as PostgreSQL prints it: keys by length then bytes, the last of equal keys wins, numbers as
// numeric prints them, one blank behind ':' and ','. Equal text is an equal document, but not the
// other way round: [1] = [1.0].
#pragma once
#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Appends to `out`; false: not JSON, with PostgreSQL's message in *reason.
bool canonical_jsonb(std::string_view text, std::string& out, std::string* reason);

// Appends bytes whose memcmp is PostgreSQL's order of jsonb: objects after arrays after booleans
// after numbers after strings after null; more members or elements after fewer. Canonical text
// only.
void append_jsonb_key(std::string_view canonical, std::string& out);
std::strong_ordering compare_jsonb(std::string_view a, std::string_view b);  // canonical, both

// The parts of an array or object, in order; nothing of anything else. Canonical text only; values
// are views into it.
struct JsonbMember {
  std::string name;
  std::string_view value;
};
std::vector<std::string_view> jsonb_elements(std::string_view canonical);
std::vector<JsonbMember> jsonb_members(std::string_view canonical);
// The characters of a string value; the text of any other.
std::string jsonb_unquoted(std::string_view canonical);

}  // namespace weir
