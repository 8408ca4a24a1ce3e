// The text of one value to a column: what codecs do before a type's input function is asked. Usual
// forms (plain integers, ISO stamps, short decimals) take a fast path; everything else, and every
// error text, is PostgreSQL's input function.
#pragma once
#include <string_view>

#include "codec/decoder.h"
#include "data/text_form.h"

namespace weir::codec {

// kText: a string whose content is meant; kNumber, kBool: a bare token of JSON.
enum class ScalarKind : uint8_t { kText, kNumber, kBool };

// Appends, or answers false with the reason and appends nothing.
bool append_scalar(ColumnBuilder& builder, const DecodeColumn& column, ScalarKind kind,
                   std::string_view text, ParseError* error);

void set_error(ParseError* error, const char* sqlstate, std::string message);

// "2026-01-01T10:00:00.5Z", "2026-01-01 10:00:00+02:00"; `has_zone` false: `micros` is local time.
struct IsoStamp {
  Micros micros = 0;  // UTC where a zone stands in the text
  int32_t zone_seconds = 0;
  bool has_zone = false;
};
bool parse_iso_stamp(std::string_view text, IsoStamp* out);  // false: ask the input function

}  // namespace weir::codec
