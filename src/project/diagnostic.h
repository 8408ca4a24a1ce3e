// What is wrong in a project's files, and what to do about it. A diagnostic is complete in itself:
// it carries the source line, so that it can be printed long after the files have changed.
//
// Codes are stable (docs/errors.md); values of secrets never stand in a diagnostic.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/source_span.h"

namespace weir::project {

enum class Severity : uint8_t { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  uint16_t code = 0;
  std::string message;      // short, lower case, no full stop
  SourceSpan span;          // file is relative to the project folder
  std::string expected;     // what would be right
  std::string nearest;      // a name that was probably meant; empty: none
  std::string help;         // one action
  std::string source_line;  // of the line of `span` what stands around it, filled in by the loader
  uint32_t line_column = 1; // the column at which source_line begins

  std::string code_text() const;  // "WR1101"
};

// From an error of another module (the planner's errors have a span inside the model's file).
Diagnostic to_diagnostic(const Error& error, const SourceSpan& fallback);

// Takes from the line of the diagnostic's span what render_text() shows of it.
void keep_source_line(Diagnostic& diagnostic, std::string_view line);

// "error[WR1101]: ..." / " --> file:3:5" / the line with a caret / "expected: ..." / "help: ...".
// Ends with a newline.
std::string render_text(const Diagnostic& diagnostic, bool colour = false);
// One JSON object: severity, code, message, file, line, column, end_line, end_column, expected,
// nearest, help.
std::string render_json(const Diagnostic& diagnostic);

// By file, then place, then code.
void sort_diagnostics(std::vector<Diagnostic>& diagnostics);
bool has_errors(const std::vector<Diagnostic>& diagnostics);

// "text" with quotes and escapes, as JSON has it.
std::string json_string(std::string_view text);

}  // namespace weir::project
