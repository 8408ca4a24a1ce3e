// Shared by the input functions of src/data only.
#pragma once
#include <optional>
#include <string_view>

#include "data/text_form.h"

namespace weir {

std::string_view trim_blanks(std::string_view text);
// Rounds to the type's scale; nullopt: more digits than its precision.
std::optional<Decimal> fit_numeric(const Decimal& value, const Type& type);

bool parse_date(std::string_view text, const Type& type, ParseError* error, int32_t* out);
bool parse_time(std::string_view text, const Type& type, ParseError* error, int64_t* out);
bool parse_timestamp(std::string_view text, const Type& type, ParseError* error, int64_t* out);
// Without what is below the fields of the type, and rounded to its digits of a second.
Interval cut_interval(Interval value, const Type& type);
int64_t round_fraction(int64_t micros, const Type& type);  // half away from zero
bool parse_interval(std::string_view text, const Type& type, ParseError* error, Interval* out);

}  // namespace weir
