// The one thread on which libpg_query runs: with a stack that deep statements need, and one alone,
// since the library takes a thread-specific key (of 1,024 that a process has) on each thread that
// it meets and never gives it back. Statements are parsed one after another.
#pragma once
#include <optional>
#include <string>

#include "base/result.h"

namespace weir::sql {

struct ParsedText {
  std::string tree;         // JSON
  struct Refusal {
    std::string message;
    int character = 0;      // from 1
  };
  std::optional<Refusal> refusal;
};

// Any thread.
Result<ParsedText> parse_text(const std::string& text);

}  // namespace weir::sql
