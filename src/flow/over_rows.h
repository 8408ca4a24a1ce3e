// The rows of one partition in the order of its window, and the frames of each of them.
//
// Positions count rows as often as they stand: a row with weight 3 has three, one behind the other.
// Peers are rows that are equal in the ORDER BY; without one all rows are. A frame is what
// PostgreSQL says it is: its ends never move back from one row to the next, which is what makes
// sliding aggregates linear.
#pragma once
#include <string_view>
#include <vector>

#include "data/batch.h"
#include "plan/plan.h"

namespace weir::flow {

struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool empty() const { return begin >= end; }
  bool operator==(const Span&) const = default;
};

struct OverRows {
  const Batch* rows = nullptr;             // each different row once
  std::vector<uint32_t> at;                // by position: its row
  std::vector<uint32_t> group;             // by position: its peers' number
  std::vector<uint32_t> group_begin;       // by group: its first position; and one end more
  std::vector<std::string_view> group_key; // by group: the sort key

  uint32_t size() const { return static_cast<uint32_t>(at.size()); }
  uint32_t groups() const { return static_cast<uint32_t>(group_key.size()); }
  Span peers(uint32_t position) const {
    return {group_begin[group[position]], group_begin[group[position] + 1]};
  }
  void add(uint32_t row, std::string_view sort_key, int64_t count);
  void finish() { group_begin.push_back(size()); }
};

// By position: the frame before anything is excluded.
std::vector<Span> frames_of(const OverRows& rows, const plan::Frame& frame,
                            const std::vector<SortColumn>& order);

// A frame without what is excluded: two spans, and for EXCLUDE TIES the row itself between them.
struct Pieces {
  Span left;
  bool self = false;
  Span right;
  bool operator==(const Pieces&) const = default;
};
Pieces pieces_of(const OverRows& rows, Span frame, plan::FrameExclusion exclusion,
                 uint32_t position);

}  // namespace weir::flow
