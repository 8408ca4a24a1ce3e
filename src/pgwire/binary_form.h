// PostgreSQL's binary forms of values, in both directions: what drivers change to once they have
// run a statement a few times, and the only form that some of them know.
#pragma once
#include <string>
#include <string_view>

#include "data/value.h"

namespace weir::pgwire {

// Appends; the row is not NULL.
void append_binary_form(std::string& out, const Column& column, uint32_t row);

// Error 1639, SQLSTATE 22P03: the bytes are no such value.
Result<Value> parse_binary_form(std::string_view bytes, Type type);

}  // namespace weir::pgwire
