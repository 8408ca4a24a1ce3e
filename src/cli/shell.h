// The shell over a session: statements one by one from the terminal, a pipe or a file, results as
// tables, errors with a caret, and commands that begin with a backslash.
#pragma once
#include "cli/verb.h"
#include "engine/session.h"

namespace weir::cli {

// Runs one text as one implicit transaction and prints its results; false where a statement failed.
bool run_statements(Context& context, engine::Session& session, const std::string& sql);

// Each statement of a file by itself, up to the first that fails. Answers the exit code.
int run_script(Context& context, engine::Session& session, const std::string& file,
               std::string_view text);

// From the terminal or a pipe, until the end of input or \q. Answers the exit code.
int run_shell(Context& context, engine::Session& session);

}  // namespace weir::cli
