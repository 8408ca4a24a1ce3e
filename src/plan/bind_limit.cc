// ORDER BY, LIMIT and OFFSET. Counts that are constants make a top-N. Others (sub-queries, columns
// of a query around this one) are conditions on the number of the row, in the same order.
#include <fmt/core.h>

#include "plan/build.h"
#include "plan/over_binder.h"
#include "plan/projection.h"
#include "plan/rewrite.h"

namespace weir::plan {

using expr::ExprKind;

// Null: there is none.
Result<expr::ExprPtr> Binder::bind_count(const sql::ExprPtr& e, const char* what,
                                         const Scope& scope) {
  if (!e || e->kind == sql::ExprKind::kNull) return ExprPtr();
  TRY_VOID(refuse_over(*e, what));
  const ExprPtr plain = TRY(bind(*e, scope));
  std::vector<uint32_t> used;
  collect_used(plain, used);
  if (!used.empty()) {
    return error(1244, "42P10", fmt::format("argument of {} must not contain variables", what),
                 e->location);
  }
  TRY_VOID(no_rows(plain));
  const ExprPtr count = expr::fold_constants(TRY(coerce(plain, TypeId::kInt8, e->location, true)));
  if (count->kind != ExprKind::kLiteral)
    return bind_function(what[0] == 'L' ? "limit count" : "offset count", {count}, e->location);
  if (count->literal.is_null()) return ExprPtr();
  if (std::get<int64_t>(count->literal.data) < 0) {
    return error(1245, what[0] == 'L' ? "2201W" : "2201X",
                 fmt::format("{} must not be negative", what), e->location);
  }
  return count;
}

// Rows whose number is beyond the offset and within the limit; with ties, whose rank is.
Result<NodePtr> Binder::limit_by_number(OrderedRows rows, const RowCounts& counts) {
  const uint32_t columns = width(rows.node);
  OverSpec spec;
  spec.order = rows.order;
  for (const OverKind kind : {OverKind::kRowNumber, OverKind::kRank}) {
    spec.calls.emplace_back();
    spec.calls.back().kind = kind;
    spec.calls.back().result = TypeId::kInt8;
  }
  NodePtr node = make_over(std::move(rows.node), std::move(spec), {"number", "rank"});
  const ExprPtr none = expr::literal({TypeId::kInt8, int64_t{0}});
  ExprPtr offset = none;
  if (counts.offset) {
    offset = expr::make(ExprKind::kCoalesce, TypeId::kInt8,
                        {TRY(attach_all(node, counts.offset)), none});
  }
  std::vector<ExprPtr> conditions{
      TRY(bind_function(">", {expr::column_ref(columns, TypeId::kInt8), offset}, 0))};
  if (counts.limit) {
    const ExprPtr limit = TRY(attach_all(node, counts.limit));
    const ExprPtr place = expr::column_ref(counts.with_ties ? columns + 1 : columns, TypeId::kInt8);
    const ExprPtr before = TRY(bind_function("-", {place, offset}, 0));
    const ExprPtr within = TRY(bind_function("<=", {before, limit}, 0));
    conditions.push_back(expr::make(
        ExprKind::kOr, TypeId::kBool,
        {expr::make(ExprKind::kIsNull, TypeId::kBool, {limit}), within}));
  }
  return select_columns(push_filter(node, expr::conjunction(std::move(conditions))),
                        range(0, columns));
}

// `rows` has columns to show and perhaps more to order by; `scope`: what the counts may not name.
Result<Binder::Bound> Binder::order_and_limit(const sql::Select& select, OrderedRows rows,
                                              const Scope& scope) {
  const RowCounts counts{TRY(bind_count(select.limit, "LIMIT", scope)),
                      TRY(bind_count(select.offset, "OFFSET", scope)),
                      select.with_ties && select.limit};
  const auto constant = [](const ExprPtr& e) { return !e || e->kind == ExprKind::kLiteral; };
  const auto value = [](const ExprPtr& e) {
    return static_cast<uint64_t>(std::get<int64_t>(e->literal.data));
  };
  const size_t visible = rows.visible;
  NodePtr node = rows.node;
  if (!constant(counts.limit) || !constant(counts.offset)) {
    node = TRY(limit_by_number(rows, counts));
  } else {
    TopNSpec spec{rows.order, {}, counts.offset ? value(counts.offset) : 0, {}, false};
    if (counts.limit) spec.limit = value(counts.limit);
    spec.with_ties = counts.with_ties && spec.limit;
    if (spec.limit || spec.offset > 0) node = make_top_n(std::move(node), std::move(spec));
  }
  const bool outermost = (common_tables_.size() == 1 && !is_view_) || &select == listed_;
  if (outermost || node->schema.size() == visible) {
    return Bound{std::move(node), outermost ? std::move(rows.order) : std::vector<SortColumn>(),
                 visible};
  }
  return Bound{select_columns(node, range(0, static_cast<uint32_t>(visible))), {}, visible};
}

}  // namespace weir::plan
