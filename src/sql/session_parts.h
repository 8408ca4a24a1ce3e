// What statements about the session say: COPY, EXPLAIN's options, SET, cursors, SUBSCRIBE.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace weir::sql {

struct CopyOption {
  std::string name;
  std::string value;
  std::vector<std::string> list;
};

struct Copy {
  bool is_from = false;
  std::string file;                        // empty: STDIN or STDOUT
  std::vector<CopyOption> options;
};

// SET and RESET.
enum class SetKind : uint8_t { kValue, kDefault, kReset, kResetAll };

enum class FetchDirection : uint8_t { kForward, kBackward, kAbsolute, kRelative };

// DECLARE, FETCH and MOVE.
struct CursorUse {
  bool binary = false;
  bool scroll = false;
  bool no_scroll = false;
  bool hold = false;
  bool moves = false;
  FetchDirection direction = FetchDirection::kForward;
  int64_t count = 0;  // kFetchAll: all of them
};
constexpr int64_t kFetchAll = INT64_MAX;

// SUBSCRIBE, which is a SELECT beside.
struct Subscribe {
  bool snapshot = true;
  bool progress = false;
};

}  // namespace weir::sql
