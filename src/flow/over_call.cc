#include "flow/over_call.h"

#include "flow/aggregate_state.h"

namespace weir::flow {

namespace {

using plan::OverCall;
using plan::OverKind;

// Arguments that failed, and say so when somebody looks at them.
class LazyErrors {
 public:
  LazyErrors(const OverCall& call, const OverRows& rows, RowErrors& out)
      : rows_(rows), columns_(call.errors), out_(out) {}

  void look(uint32_t row, size_t argument) {
    if (argument < columns_.size() && columns_[argument]) look_at(row, *columns_[argument]);
  }
  void look_at_all(uint32_t row) {
    for (const std::optional<uint32_t>& column : columns_) {
      if (column) look_at(row, *column);
    }
  }

 private:
  void look_at(uint32_t row, uint32_t column) {
    constexpr size_t kState = 5;
    const Column& texts = *rows_.rows->columns[column];
    if (texts.is_null(row)) return;
    const std::string text(texts.text(row));
    add_row_error(out_, row, text.substr(0, kState).c_str(), text.substr(kState));
  }

  const OverRows& rows_;
  const std::vector<std::optional<uint32_t>>& columns_;
  RowErrors& out_;
};

int64_t integer_of(const Column& column, uint32_t row) {
  switch (column.type().id) {
    case TypeId::kInt2: return column.value<int16_t>(row);
    case TypeId::kInt4: return column.value<int32_t>(row);
    default: return column.value<int64_t>(row);
  }
}

ColumnPtr ranks(OverKind kind, const OverRows& rows) {
  const bool fraction = kind == OverKind::kPercentRank || kind == OverKind::kCumeDist;
  ColumnBuilder out(fraction ? TypeId::kFloat8 : TypeId::kInt8);
  const double n = rows.size();
  for (uint32_t i = 0; i < rows.size(); ++i) {
    const Span peers = rows.peers(i);
    switch (kind) {
      case OverKind::kRowNumber: out.append<int64_t>(int64_t{i} + 1); break;
      case OverKind::kRank: out.append<int64_t>(int64_t{peers.begin} + 1); break;
      case OverKind::kDenseRank: out.append<int64_t>(int64_t{rows.group[i]} + 1); break;
      case OverKind::kPercentRank: out.append<double>(n > 1 ? peers.begin / (n - 1) : 0.0); break;
      default: out.append<double>(peers.end / n); break;
    }
  }
  return out.finish();
}

// The number of buckets is the argument of the first row that has one; rows before it have no
// bucket, and as many are dealt out as if they were not there. The first buckets take the rest.
ColumnPtr ntile(const OverCall& call, const OverRows& rows, OverErrors* errors) {
  LazyErrors lazy(call, rows, errors->of_arguments);
  ColumnBuilder out(TypeId::kInt4);
  const Column& argument = *rows.rows->columns[call.arguments[0]];
  uint32_t first = 0;
  while (first < rows.size() && argument.is_null(rows.at[first])) {
    lazy.look(rows.at[first], 0);
    out.append_null();
    ++first;
  }
  if (first == rows.size()) return out.finish();
  const int64_t buckets = integer_of(argument, rows.at[first]);
  if (buckets <= 0) {
    for (uint32_t i = first; i < rows.size(); ++i) {
      out.append_null();
      add_row_error(errors->of_results, i, "22014", "argument of ntile must be greater than zero");
    }
    return out.finish();
  }
  const int64_t least = rows.size() / buckets;
  const int64_t larger = rows.size() % buckets;  // buckets with one row more
  for (int64_t i = 0; i < int64_t{rows.size()} - first; ++i) {
    const int64_t of_larger = larger * (least + 1);
    const int64_t bucket = i < of_larger ? i / (least + 1) : larger + (i - of_larger) / least;
    out.append<int32_t>(static_cast<int32_t>(bucket + 1));
  }
  return out.finish();
}

ColumnPtr neighbour(const OverCall& call, const OverRows& rows, OverErrors* errors) {
  LazyErrors lazy(call, rows, errors->of_arguments);
  ColumnBuilder out(call.result);
  const std::vector<ColumnPtr>& columns = rows.rows->columns;
  const Column& value = *columns[call.arguments[0]];
  const Column* offset = call.arguments.size() > 1 ? columns[call.arguments[1]].get() : nullptr;
  const Column* other = call.arguments.size() > 2 ? columns[call.arguments[2]].get() : nullptr;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    if (offset && offset->is_null(rows.at[i])) {
      out.append_null();
      continue;
    }
    const int64_t distance = offset ? integer_of(*offset, rows.at[i]) : 1;
    const int64_t place = int64_t{i} + (call.kind == OverKind::kLag ? -distance : distance);
    if (place >= 0 && place < rows.size()) {
      lazy.look(rows.at[static_cast<size_t>(place)], 0);
      out.append_from(value, rows.at[static_cast<size_t>(place)]);
    } else if (other) {
      lazy.look(rows.at[i], 2);
      out.append_from(*other, rows.at[i]);
    } else {
      out.append_null();
    }
  }
  return out.finish();
}

// The position of a frame's n-th row, n from 0; nothing where it has fewer.
std::optional<uint32_t> nth_of(const Pieces& pieces, uint32_t position, uint64_t n) {
  const Span self{position, position + (pieces.self ? 1 : 0)};
  for (const Span& piece : {pieces.left, self, pieces.right}) {
    const uint64_t rows = piece.empty() ? 0 : piece.end - piece.begin;
    if (n < rows) return piece.begin + static_cast<uint32_t>(n);
    n -= rows;
  }
  return std::nullopt;
}

std::optional<uint32_t> last_of(const Pieces& pieces, uint32_t position) {
  if (!pieces.right.empty()) return pieces.right.end - 1;
  if (pieces.self) return position;
  if (!pieces.left.empty()) return pieces.left.end - 1;
  return std::nullopt;
}

ColumnPtr value_of_frame(const OverCall& call, const std::vector<SortColumn>& order,
                         const OverRows& rows, OverErrors* errors) {
  LazyErrors lazy(call, rows, errors->of_arguments);
  ColumnBuilder out(call.result);
  const std::vector<ColumnPtr>& columns = rows.rows->columns;
  const Column& value = *columns[call.arguments[0]];
  const Column* number = call.kind == OverKind::kNthValue ? columns[call.arguments[1]].get()
                                                          : nullptr;
  const std::vector<Span> frames = frames_of(rows, call.frame, order);
  for (uint32_t i = 0; i < rows.size(); ++i) {
    const bool known = !number || !number->is_null(rows.at[i]);
    const int64_t n = number && known ? integer_of(*number, rows.at[i]) : 1;
    if (n < 1) {
      add_row_error(errors->of_results, i, "22016",
                    "argument of nth_value must be greater than zero");
    }
    const Pieces pieces = pieces_of(rows, frames[i], call.frame.exclusion, i);
    std::optional<uint32_t> found;
    if (known && n >= 1) {
      found = call.kind == OverKind::kLastValue ? last_of(pieces, i)
                                                : nth_of(pieces, i, static_cast<uint64_t>(n) - 1);
    }
    if (found) {
      lazy.look(rows.at[*found], 0);
      out.append_from(value, rows.at[*found]);
    } else {
      out.append_null();
    }
  }
  return out.finish();
}

// An aggregate of one frame after the other. Rows that leave are taken back; but where rows are
// excluded from the middle of frames they would be added out of order, which shows in lists: then
// each frame is added anew.
class FrameAggregate {
 public:
  FrameAggregate(const OverCall& call, const OverRows& rows, RowErrors& errors)
      : rows_(rows), lazy_(call, rows, errors), is_lazy_(!call.errors.empty()) {
    Schema schema;
    for (const ColumnPtr& column : rows.rows->columns) {
      schema.fields.push_back({"", column->type()});
    }
    state_ = AggregateState::make(call.aggregate, schema);
    slides_ = call.frame.exclusion == plan::FrameExclusion::kNoOthers || !is_list(call);
  }

  void move_to(const Pieces& to, uint32_t position) {
    if (!slides_) {
      state_->clear();
      left_ = right_ = Span();
    }
    slide(left_, to.left);
    if (self_) change(*self_, -1);
    self_.reset();
    if (to.self) self_ = position;
    if (self_ && !slides_) change(*self_, 1);
    slide(right_, to.right);
    if (self_ && slides_) change(*self_, 1);
    if (!slides_) self_.reset();
  }

  // Appends; of an error NULL.
  std::optional<RowError> finish(ColumnBuilder& out) {
    RowError error;
    if (state_->finish(out, &error)) return std::nullopt;
    out.append_null();
    return error;
  }

 private:
  static bool is_list(const OverCall& call) {
    const plan::AggregateKind kind = call.aggregate.kind;
    return kind == plan::AggregateKind::kStringAgg || kind == plan::AggregateKind::kArrayAgg ||
           kind == plan::AggregateKind::kJsonbAgg || kind == plan::AggregateKind::kJsonbObjectAgg;
  }
  void change(uint32_t position, int64_t weight) {
    if (is_lazy_ && weight > 0) lazy_.look_at_all(rows_.at[position]);
    state_->add(*rows_.rows, rows_.at[position], weight);
  }
  // Both ends only move on.
  void slide(Span& from, Span to) {
    const uint32_t kept = std::min(from.end, to.begin);
    for (uint32_t i = from.begin; i < kept; ++i) change(i, -1);
    for (uint32_t i = std::max(from.end, to.begin); i < to.end; ++i) change(i, 1);
    from = to;
  }

  const OverRows& rows_;
  LazyErrors lazy_;
  const bool is_lazy_;
  std::unique_ptr<AggregateState> state_;
  bool slides_ = true;
  Span left_;
  Span right_;
  std::optional<uint32_t> self_;
};

ColumnPtr aggregate_frames(const OverCall& call, const std::vector<SortColumn>& order,
                           const OverRows& rows, OverErrors* errors) {
  FrameAggregate aggregate(call, rows, errors->of_arguments);
  const std::vector<Span> frames = frames_of(rows, call.frame, order);
  ColumnBuilder results(call.result);          // one for each frame that differs from the last
  std::vector<uint32_t> result_of;
  result_of.reserve(rows.size());
  Pieces now;
  std::optional<RowError> failed;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    const Pieces next = pieces_of(rows, frames[i], call.frame.exclusion, i);
    if (i == 0 || next.self || next != now) {
      aggregate.move_to(next, i);
      failed = aggregate.finish(results);
      now = next;
    }
    if (failed) add_row_error(errors->of_results, i, failed->sqlstate, failed->message);
    result_of.push_back(results.size() - 1);
  }
  const ColumnPtr different = results.finish();
  ColumnBuilder out(call.result);
  out.append_gather(*different, result_of.data(), rows.size());
  return out.finish();
}

}  // namespace

ColumnPtr evaluate_over(const OverCall& call, const std::vector<SortColumn>& order,
                        const OverRows& rows, OverErrors* errors) {
  switch (call.kind) {
    case OverKind::kRowNumber:
    case OverKind::kRank:
    case OverKind::kDenseRank:
    case OverKind::kPercentRank:
    case OverKind::kCumeDist: return ranks(call.kind, rows);
    case OverKind::kNtile: return ntile(call, rows, errors);
    case OverKind::kLag:
    case OverKind::kLead: return neighbour(call, rows, errors);
    case OverKind::kFirstValue:
    case OverKind::kLastValue:
    case OverKind::kNthValue: return value_of_frame(call, order, rows, errors);
    case OverKind::kAggregate: return aggregate_frames(call, order, rows, errors);
  }
  return Column::nulls(call.result, rows.size());
}

}  // namespace weir::flow
