// Window definitions. The frame comes as a number whose bits say which words were written; a word
// of the start is followed, a bit higher, by the same word of the end.
#include "sql/tree_reader_internal.h"

namespace weir::sql {

namespace {

constexpr int64_t kWritten = 0x1;
constexpr int64_t kRows = 0x4;
constexpr int64_t kGroups = 0x8;
constexpr int64_t kUnboundedPreceding = 0x20;  // of the start
constexpr int64_t kUnboundedFollowing = 0x80;
constexpr int64_t kCurrentRow = 0x200;
constexpr int64_t kPreceding = 0x800;
constexpr int64_t kFollowing = 0x2000;
constexpr int64_t kExcludeCurrentRow = 0x8000;
constexpr int64_t kExcludeGroup = 0x10000;
constexpr int64_t kExcludeTies = 0x20000;

FrameEdge edge_of(int64_t of_start) {
  if (of_start & kUnboundedPreceding) return FrameEdge::kUnboundedPreceding;
  if (of_start & kUnboundedFollowing) return FrameEdge::kUnboundedFollowing;
  if (of_start & kPreceding) return FrameEdge::kPreceding;
  if (of_start & kFollowing) return FrameEdge::kFollowing;
  return FrameEdge::kCurrentRow;
}

void read_frame(WindowDefinition& window, Json body) {
  const int64_t bits = number_at(body, "frameOptions");
  window.has_frame = (bits & kWritten) != 0;
  if (!window.has_frame) return;
  window.unit = bits & kRows     ? FrameUnit::kRows
                : bits & kGroups ? FrameUnit::kGroups
                                 : FrameUnit::kRange;
  constexpr int64_t kStarts =
      kUnboundedPreceding | kUnboundedFollowing | kCurrentRow | kPreceding | kFollowing;
  window.start = edge_of(bits & kStarts);
  window.end = edge_of((bits >> 1) & kStarts);
  window.exclude = bits & kExcludeCurrentRow ? FrameExclude::kCurrentRow
                   : bits & kExcludeGroup    ? FrameExclude::kGroup
                   : bits & kExcludeTies     ? FrameExclude::kTies
                                             : FrameExclude::kNothing;
  Json offset;
  if (!body["startOffset"].get(offset)) window.start_offset = read_expr(offset);
  if (!body["endOffset"].get(offset)) window.end_offset = read_expr(offset);
}

}  // namespace

WindowDefinition read_window(Json body) {
  WindowDefinition window;
  window.name = text_at(body, "name");
  window.base = text_at(body, "refname");
  window.location = static_cast<int32_t>(number_at(body, "location"));
  each(body, "partitionClause", [&](Json e) { window.partition.push_back(read_expr(e)); });
  each(body, "orderClause", [&](Json node) { window.order.push_back(read_sort(node)); });
  read_frame(window, body);
  return window;
}

}  // namespace weir::sql
