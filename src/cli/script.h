// Lines in, statements out: a text is cut at the semicolons that end its statements, so that each
// runs when it is whole, whatever stands behind it. Semicolons in quotes, comments and dollar
// quotes end nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::cli {

struct ScriptStatement {
  std::string text;       // with its semicolon; begins at a word, not at blanks or comments
  uint32_t line = 1;      // where it begins in the script
  uint32_t column = 1;    // characters
  std::string before;     // what stands before it in its line
};

class Script {
 public:
  void add_line(std::string_view line);       // with its line end
  std::optional<ScriptStatement> next();      // nullopt: none is whole yet
  std::optional<ScriptStatement> rest();      // at the end: a statement without a semicolon
  bool is_between();                          // no statement has begun
  void skip_line() { ++line_; }               // one that is no SQL: a command, data of a COPY

 private:
  void skip_blanks();
  void advance(size_t bytes);
  ScriptStatement take(size_t bytes);

  std::string text_;
  std::string before_;     // of the current line, in front of text_
  uint32_t line_ = 1;
  size_t scanned_ = 0;     // no statement ends before
};

}  // namespace weir::cli
