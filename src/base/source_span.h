// Where a piece of the user's text stands: a file (or a statement) and a range in it.
// Lines and columns are 1-based; columns count characters (code points), not bytes.
#pragma once
#include <cstdint>
#include <string>

namespace weir {

struct SourceSpan {
  std::string file;         // as the user would type it; empty: a statement typed in
  uint32_t line = 0;        // 0: no place is known
  uint32_t column = 0;
  uint32_t end_line = 0;    // 0: a point
  uint32_t end_column = 0;  // exclusive

  bool known() const { return line != 0; }
  bool operator==(const SourceSpan&) const = default;
};

}  // namespace weir
