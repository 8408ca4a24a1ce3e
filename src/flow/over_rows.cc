#include "flow/over_rows.h"

#include "data/row_encoding.h"

namespace weir::flow {

void OverRows::add(uint32_t row, std::string_view sort_key, int64_t count) {
  if (count <= 0) return;
  if (group_key.empty() || group_key.back() != sort_key) {
    group_begin.push_back(size());
    group_key.push_back(sort_key);
  }
  at.insert(at.end(), static_cast<size_t>(count), row);
  group.insert(group.end(), static_cast<size_t>(count), groups() - 1);
}

namespace {

using plan::BoundKind;
using plan::FrameBound;
using plan::FrameMode;

// Where a frame begins or, with `is_end`, the position behind its last row.
class Bound {
 public:
  Bound(const OverRows& rows, const FrameBound& bound, FrameMode mode,
        const std::vector<SortColumn>& order, bool is_end)
      : rows_(rows), bound_(bound), mode_(mode), is_end_(is_end), distance_(bound.rows) {
    if (!bound.limit_column || rows.size() == 0) return;
    if (mode != FrameMode::kRange) {
      const Column& distances = *rows.rows->columns[*bound.limit_column];
      distance_ = static_cast<uint64_t>(distances.value<int64_t>(rows.at[0]));
      return;
    }
    const SortColumn limit{*bound.limit_column, order[0].descending, order[0].nulls_first};
    encode_keys(*rows.rows, {limit}, limits_);
  }

  // Ends never move back, so the last answer is where this one can begin.
  uint32_t at(uint32_t position) {
    last_ = std::max(last_, place(position));
    return last_;
  }

 private:
  uint32_t place(uint32_t position) const {
    if (bound_.kind == BoundKind::kUnboundedPreceding) return 0;
    if (bound_.kind == BoundKind::kUnboundedFollowing) return rows_.size();
    switch (mode_) {
      case FrameMode::kRows: return row_at(position);
      case FrameMode::kGroups: return group_at(rows_.group[position]);
      case FrameMode::kRange: break;
    }
    if (bound_.kind == BoundKind::kCurrentRow) return group_at(rows_.group[position]);
    const std::string_view limit = limits_[rows_.at[position]];
    const auto& keys = rows_.group_key;
    const auto found = is_end_ ? std::upper_bound(keys.begin(), keys.end(), limit)
                               : std::lower_bound(keys.begin(), keys.end(), limit);
    return rows_.group_begin[static_cast<size_t>(found - keys.begin())];
  }
  uint32_t row_at(uint32_t position) const {
    return clamped(position, rows_.size());
  }
  uint32_t group_at(uint32_t group) const {
    return rows_.group_begin[clamped(group, rows_.groups())];
  }
  // `from` moved by the bound's distance (and one on for an end), within [0, n].
  uint32_t clamped(uint32_t from, uint32_t n) const {
    const uint64_t place = uint64_t{from} + (is_end_ ? 1 : 0);
    switch (bound_.kind) {
      case BoundKind::kPreceding:
        return static_cast<uint32_t>(place - std::min<uint64_t>(place, distance_));
      case BoundKind::kFollowing:
        return static_cast<uint32_t>(place + std::min<uint64_t>(n - std::min<uint64_t>(n, place),
                                                                distance_));
      default: return static_cast<uint32_t>(place);
    }
  }

  const OverRows& rows_;
  const FrameBound& bound_;
  const FrameMode mode_;
  const bool is_end_;
  uint64_t distance_;
  RowBytes limits_;
  uint32_t last_ = 0;
};

}  // namespace

std::vector<Span> frames_of(const OverRows& rows, const plan::Frame& frame,
                            const std::vector<SortColumn>& order) {
  Bound start(rows, frame.start, frame.mode, order, false);
  Bound end(rows, frame.end, frame.mode, order, true);
  std::vector<Span> frames;
  frames.reserve(rows.size());
  for (uint32_t i = 0; i < rows.size(); ++i) frames.push_back({start.at(i), end.at(i)});
  return frames;
}

Pieces pieces_of(const OverRows& rows, Span frame, plan::FrameExclusion exclusion,
                 uint32_t position) {
  Span out{position, position + 1};
  if (exclusion == plan::FrameExclusion::kNoOthers) out = {frame.end, frame.end};
  if (exclusion == plan::FrameExclusion::kGroup || exclusion == plan::FrameExclusion::kTies) {
    out = rows.peers(position);
  }
  Pieces pieces;
  pieces.left = {frame.begin, std::max(frame.begin, std::min(frame.end, out.begin))};
  const uint32_t behind = std::max(frame.begin, out.end);
  pieces.right = {behind, std::max(behind, frame.end)};
  pieces.self = exclusion == plan::FrameExclusion::kTies && position >= frame.begin &&
                position < frame.end;
  return pieces;
}

}  // namespace weir::flow
