// Errors and notices as PostgreSQL's messages: severity, SQLSTATE, primary, detail, hint and the
// place in the statement as a character count, from which clients draw the caret.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace weir::pgwire {

enum class Severity : uint8_t { kError, kFatal };

std::string_view sqlstate_of(const Error& error);
// `sql`: the text that the error's place is in, if it has one.
void append_error(std::string& out, const Error& error, Severity severity, std::string_view sql);
void append_notice(std::string& out, std::string_view text);

// The way back, for a client: what an error was from its SQLSTATE, and its place (a character from
// 1) in the statement.
ErrorKind kind_of_sqlstate(std::string_view state);
SourceSpan span_of_position(size_t position, std::string_view sql);

}  // namespace weir::pgwire
