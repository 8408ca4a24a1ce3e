// PostgreSQL's text forms of values, in both directions (DateStyle ISO, IntervalStyle postgres,
// extra_float_digits 1, bytea hex). Zones: a connection's TimeZone changes the text of timestamptz
// only.
#pragma once
#include <string>
#include <string_view>

#include "data/value.h"

namespace weir {

class TimeZone;  // data/time_zone.h

struct TextStyle {
  const TimeZone* zone = nullptr;  // the session's, for timestamptz; null: UTC
};

// Appends; the row is not NULL.
void append_text_form(std::string& out, const Column& column, uint32_t row,
                      const TextStyle& style = {});
std::string text_form(const Value& value,
                      const TextStyle& style = {});  // "NULL" is not special: ""
// As PostgreSQL's to_json prints it: numbers bare, strings quoted, timestamps ISO with T, NULL =
// null.
void append_json_form(std::string& out, const Column& column, uint32_t row);
// The name of a member that a scalar value gives it: the text of numbers, of others of their form.
void append_json_name(std::string& out, const Column& column, uint32_t row);
void append_json_string(std::string& out, std::string_view text);  // quoted and escaped

// The input function of a type: 22P02, 22003, 22007, 22008 as PostgreSQL raises them.
Result<Value> parse_text_form(std::string_view text, Type type);
// The same straight into a column; false: bad input (nothing appended) with the reason in *error.
struct ParseError {
  char sqlstate[6] = {};
  std::string message;
};
bool append_parsed(ColumnBuilder& builder, std::string_view text, ParseError* error);

}  // namespace weir
