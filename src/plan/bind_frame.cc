// Frames of window functions. ROWS and GROUPS count; RANGE with an offset becomes a column that
// holds, for each row, the order value at which its frame ends, computed by the functions that SQL
// has for the type:
//
//   smallint, integer   in bigint, with offsets that reach over all integers cut to that
//   bigint              in numeric, order and limit, so that nothing overflows
//   real, double        in double precision; numeric, interval: as they are
//   date                as timestamp; time: as interval; timestamp(tz): as they are
#include <cmath>

#include <fmt/core.h>

#include "data/compare.h"
#include "plan/over_binder.h"

namespace weir::plan {

namespace {

using expr::ExprPtr;

BoundKind kind_of(sql::FrameEdge edge) {
  switch (edge) {
    case sql::FrameEdge::kUnboundedPreceding: return BoundKind::kUnboundedPreceding;
    case sql::FrameEdge::kPreceding: return BoundKind::kPreceding;
    case sql::FrameEdge::kCurrentRow: return BoundKind::kCurrentRow;
    case sql::FrameEdge::kFollowing: return BoundKind::kFollowing;
    case sql::FrameEdge::kUnboundedFollowing: return BoundKind::kUnboundedFollowing;
  }
  return BoundKind::kCurrentRow;
}

const char* unit_name(sql::FrameUnit unit) {
  switch (unit) {
    case sql::FrameUnit::kRows: return "ROWS";
    case sql::FrameUnit::kGroups: return "GROUPS";
    case sql::FrameUnit::kRange: return "RANGE";
  }
  return "";
}

struct RangeTypes {
  Type order;    // what the order value is converted to
  Type limit;    // what the limit is computed in
  Type offset;
};

// Nothing where RANGE offsets do not go with the type.
std::optional<RangeTypes> range_types(TypeId order) {
  switch (order) {
    case TypeId::kInt2:
    case TypeId::kInt4: return RangeTypes{order, TypeId::kInt8, TypeId::kInt8};
    case TypeId::kInt8: return RangeTypes{TypeId::kNumeric, TypeId::kNumeric, TypeId::kInt8};
    case TypeId::kFloat4:
    case TypeId::kFloat8: return RangeTypes{order, TypeId::kFloat8, TypeId::kFloat8};
    case TypeId::kNumeric:
      return RangeTypes{TypeId::kNumeric, TypeId::kNumeric, TypeId::kNumeric};
    case TypeId::kDate:
      return RangeTypes{TypeId::kTimestamp, TypeId::kTimestamp, TypeId::kInterval};
    case TypeId::kTime:
    case TypeId::kInterval:
      return RangeTypes{TypeId::kInterval, TypeId::kInterval, TypeId::kInterval};
    case TypeId::kTimestamp:
    case TypeId::kTimestamptz: return RangeTypes{order, order, TypeId::kInterval};
    default: return std::nullopt;
  }
}

bool is_negative(const Value& v) {
  if (const auto* integer = std::get_if<int64_t>(&v.data)) return *integer < 0;
  if (const auto* number = std::get_if<double>(&v.data)) return *number < 0 || std::isnan(*number);
  if (const auto* decimal = std::get_if<Decimal>(&v.data)) {
    return decimal->kind() == Decimal::Kind::kNan || Decimal::compare(*decimal, Decimal(0, 0)) < 0;
  }
  if (const auto* interval = std::get_if<Interval>(&v.data)) return interval_length(*interval) < 0;
  return false;
}

// Beyond these the arithmetic of limits would leave the type.
bool is_boundless(const Value& v) {
  if (const auto* number = std::get_if<double>(&v.data)) return *number > 1e290;
  if (const auto* decimal = std::get_if<Decimal>(&v.data)) return !decimal->is_finite();
  return false;
}

ExprPtr converted(ExprPtr e, Type type) {
  if (e->type.id == type.id) return e;
  return expr::make(expr::ExprKind::kCast, type, {std::move(e)});
}

}  // namespace

// What the offset is, converted to the type.
Result<ExprPtr> OverBinder::bind_offset(const sql::Expr& e, const sql::WindowDefinition& frame,
                                        Type type) {
  TRY_VOID(binder_.refuse_over(e, "window definitions"));
  const ExprPtr plain = TRY(binder_.bind(e, scope_));
  std::vector<uint32_t> used;
  binder_.collect_used(plain, used);
  if (!used.empty()) {
    return binder_.error(
        1268, "42P10",
        fmt::format("argument of {} must not contain variables", unit_name(frame.unit)),
        e.location);
  }
  const bool rounds = frame.unit != sql::FrameUnit::kRange;
  return expr::fold_constants(TRY(binder_.coerce(plain, type, e.location, rounds)));
}

// A constant that is neither NULL nor negative.
Result<Value> OverBinder::check_offset(const ExprPtr& bound, int32_t location) {
  if (bound->kind != expr::ExprKind::kLiteral)
    return binder_.unsupported("a frame offset that is no constant", location);
  if (bound->literal.is_null())
    return binder_.error(1269, "22004", "frame offset must not be null", location);
  if (is_negative(bound->literal))
    return binder_.error(1269, "22013", "frame offset must not be negative", location);
  if (is_boundless(bound->literal))
    return binder_.unsupported("a frame offset this large", location);
  return bound->literal;
}

// The order value less the offset, or more where rows descend towards the frame's end.
Result<expr::ExprPtr> OverBinder::bind_limit(const sql::Expr& offset, BoundKind bound,
                                             const sql::WindowDefinition& frame,
                                             const OverCalls::By& order) {
  const Type type = order.expr->type;
  const std::optional<RangeTypes> types = range_types(type.id);
  const ExprPtr plain = TRY(binder_.bind(offset, scope_));
  const bool fits = types && (plain->type.id == TypeId::kUnknown ||
                              binder_.coerce(plain, types->offset, offset.location).has_value());
  std::vector<uint32_t> used;  // a column is another error
  binder_.collect_used(plain, used);
  if (!fits && used.empty()) {
    return binder_.error(
        1254, "0A000",
        fmt::format("RANGE with offset PRECEDING/FOLLOWING is not supported for column type {}{}",
                    type.name(), types ? " and offset type " + plain->type.name() : ""),
        offset.location);
  }
  Value distance =
      TRY(check_offset(TRY(bind_offset(offset, frame, types->offset)), offset.location));
  if (types->limit.id == TypeId::kInt8) {
    distance.data = std::min(std::get<int64_t>(distance.data), int64_t{1} << 33);
  }
  if (type.id == TypeId::kTime) {
    distance.data = Interval{0, 0, std::get<Interval>(distance.data).micros};
  }
  std::vector<ExprPtr> sides{converted(order.expr, types->limit), expr::literal(distance)};
  if (types->limit.id == TypeId::kNumeric) sides[1] = converted(sides[1], TypeId::kNumeric);
  const bool less = (bound == BoundKind::kPreceding) != order.descending;
  return binder_.bind_function(less ? "-" : "+", std::move(sides), offset.location);
}

Status OverBinder::bind_range(const sql::WindowDefinition& frame, OverCalls::Window& window,
                              Call& call) {
  if (window.order.size() != 1) {
    return binder_.error(
        1267, "42P20",
        "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column",
        frame.location);
  }
  OverCalls::By& by = window.order[0];
  if (frame.start_offset)
    call.start_limit = TRY(bind_limit(*frame.start_offset, call.frame.start.kind, frame, by));
  if (frame.end_offset)
    call.end_limit = TRY(bind_limit(*frame.end_offset, call.frame.end.kind, frame, by));
  by.expr = converted(by.expr, range_types(by.expr->type.id)->order);
  return {};
}

// A number of rows or groups; what is known to the running query only is answered, for a column.
Result<ExprPtr> OverBinder::bind_distance(const sql::Expr& e, const sql::WindowDefinition& frame,
                                          FrameBound& bound) {
  const ExprPtr distance = TRY(bind_offset(e, frame, TypeId::kInt8));
  if (distance->kind != expr::ExprKind::kLiteral)
    return binder_.bind_function("frame offset", {distance}, e.location);
  const Value rows = TRY(check_offset(distance, e.location));
  bound.rows = static_cast<uint64_t>(std::get<int64_t>(rows.data));
  return ExprPtr();
}

Status OverBinder::bind_frame(const sql::WindowDefinition& frame, OverCalls::Window& window,
                              Call& call) {
  Frame& out = call.frame;
  out.mode = frame.unit == sql::FrameUnit::kRows     ? FrameMode::kRows
             : frame.unit == sql::FrameUnit::kGroups ? FrameMode::kGroups
                                                     : FrameMode::kRange;
  out.start.kind = kind_of(frame.start);
  out.end.kind = kind_of(frame.end);
  out.exclusion = frame.exclude == sql::FrameExclude::kCurrentRow ? FrameExclusion::kCurrentRow
                  : frame.exclude == sql::FrameExclude::kGroup    ? FrameExclusion::kGroup
                  : frame.exclude == sql::FrameExclude::kTies     ? FrameExclusion::kTies
                                                                  : FrameExclusion::kNoOthers;
  const bool offsets = frame.start_offset || frame.end_offset;
  if (out.mode == FrameMode::kRange) {
    return offsets ? bind_range(frame, window, call) : Status();
  }
  if (out.mode == FrameMode::kGroups && window.order.empty()) {
    return binder_.error(1267, "42P20", "GROUPS mode requires an ORDER BY clause", frame.location);
  }
  if (frame.start_offset)
    call.start_limit = TRY(bind_distance(*frame.start_offset, frame, out.start));
  if (frame.end_offset) call.end_limit = TRY(bind_distance(*frame.end_offset, frame, out.end));
  return {};
}

}  // namespace weir::plan
