// The interactive shell over a session: lines with history and completion of names, statements that
// end at a semicolon, results as tables, errors with a caret.
#pragma once
#include "cli/verb.h"
#include "engine/session.h"

namespace weir::cli {

// Runs one text and prints its results; false where a statement failed.
bool run_statements(Context& context, engine::Session& session, const std::string& sql);

// Until end of input or \q. Answers the exit code.
int run_shell(Context& context, engine::Session& session);

// Behind the last semicolon that ends a statement (not in quotes, comments or dollar quotes).
size_t statements_end(std::string_view text);

}  // namespace weir::cli
