// Aggregates that a sub-query names and that belong to a query around it: all columns in their
// arguments are of outer queries, and the innermost of these has the aggregate among its own calls.
// To the sub-query it is a column of that query's groups.
#include "plan/decorrelate.h"
#include "plan/over_binder.h"

namespace weir::plan {

using expr::Expr;
using expr::ExprKind;

namespace {

struct UsedLevels {
  bool local = false;               // columns of the query that names the aggregate
  std::vector<uint32_t> outer;
};

void collect_levels(const Expr& leaf, uint32_t own, UsedLevels& used) {
  if (leaf.kind == ExprKind::kColumn) used.local = true;
  if (leaf.kind != ExprKind::kOuter) return;
  if (leaf.level == own) {
    used.local = true;
  } else {
    used.outer.push_back(leaf.level);
  }
}

void collect_levels(const expr::ExprPtr& e, const std::vector<Pending>& pending,
                    UsedLevels& used) {
  if (!e) return;
  expr::any_leaf(*e, [&](const Expr& leaf) {
    collect_levels(leaf, 0, used);
    if (leaf.kind != ExprKind::kPending) return false;
    const Pending& asked = pending[leaf.column];
    if (asked.node) {
      visit_leaves(*asked.node, [&](const Expr& inner) {
        if (inner.kind == ExprKind::kOuter) collect_levels(inner, asked.level, used);
      });
    }
    collect_levels(asked.left, pending, used);
    for (const expr::ExprPtr& computed : asked.computed) collect_levels(computed, pending, used);
    return false;
  });
}

std::vector<const sql::Expr*> parts_of(const sql::Expr& e) {
  std::vector<const sql::Expr*> parts;
  for (const sql::ExprPtr& arg : e.args) parts.push_back(arg.get());
  for (const sql::SortItem& item : e.order) parts.push_back(item.expr.get());
  if (e.filter) parts.push_back(e.filter.get());
  return parts;
}

// Outside of its sub-queries: most aggregates do, and binding these only to see whose columns they
// name doubles the work with each level.
bool names_own_column(Binder& binder, const sql::Expr& e, const Scope& scope) {
  if (e.kind != sql::ExprKind::kColumn) {
    const std::vector<const sql::Expr*> parts = parts_of(e);
    return std::any_of(parts.begin(), parts.end(), [&](const sql::Expr* part) {
      return names_own_column(binder, *part, scope);
    });
  }
  const Result<expr::ExprPtr> bound = binder.bind(e, scope);
  return bound && expr::any_leaf(**bound, [](const Expr& leaf) {
    return leaf.kind == ExprKind::kColumn;
  });
}

}  // namespace

// The number of the level; nothing: it belongs to the query that names it.
std::optional<size_t> Binder::aggregate_owner(const sql::Expr& e, const Scope& scope) {
  if (levels_.empty()) return std::nullopt;
  const auto place = std::pair(&e, levels_.back().id);
  if (const auto known = owners_.find(place); known != owners_.end()) return known->second;
  return owners_[place] =
      names_own_column(*this, e, scope) ? std::nullopt : find_owner(e, scope);
}

std::optional<size_t> Binder::find_owner(const sql::Expr& e, const Scope& scope) {
  const size_t pending = pending_.size();
  const size_t ungrouped = std::exchange(ungrouped_levels_, levels_.size());
  OverCalls* const over = std::exchange(over_, nullptr);
  UsedLevels used;
  for (const sql::Expr* part : parts_of(e)) {
    const Result<ExprPtr> bound = bind(*part, scope);
    if (bound) {
      collect_levels(*bound, pending_, used);
    } else {
      used.local = true;  // whoever binds it says what is wrong
    }
  }
  ungrouped_levels_ = ungrouped;
  over_ = over;
  pending_.resize(pending);
  if (used.local) return std::nullopt;
  for (size_t i = levels_.size(); i-- > 0;) {
    if (std::find(used.outer.begin(), used.outer.end(), levels_[i].id) != used.outer.end())
      return i;
  }
  return std::nullopt;
}

Result<expr::ExprPtr> Binder::bind_outer_aggregate(const sql::Expr& e, size_t owner) {
  const QueryLevel level = levels_[owner];
  if (!level.grouping) {
    if (level.wants_groups) *level.wants_groups = true;
    return error(1224, "42803", "aggregate functions are not allowed here", e.location);
  }
  const std::vector<QueryLevel> inner(levels_.begin() + static_cast<long>(owner), levels_.end());
  levels_.resize(owner);
  const size_t ungrouped = std::exchange(ungrouped_levels_, std::min(owner, ungrouped_levels_));
  OverCalls* const over = std::exchange(over_, nullptr);
  Result<ExprPtr> call = e.kind == sql::ExprKind::kGrouping
                             ? bind_grouping_call(e, *level.scope, *level.grouping)
                             : bind_aggregate(e, *level.scope, *level.grouping);
  over_ = over;
  ungrouped_levels_ = ungrouped;
  levels_.insert(levels_.end(), inner.begin(), inner.end());
  return as_outer(TRY(std::move(call)), level.id);
}

// Whether it has an aggregate of the query that it stands in.
bool Binder::has_aggregate(const sql::Expr& e, const Scope& scope) {
  if (!contains_aggregate(e)) return false;
  if (levels_.empty()) return true;
  if (is_aggregate_call(e) || e.kind == sql::ExprKind::kGrouping) return !aggregate_owner(e, scope);
  const auto in_expr = [&](const sql::ExprPtr& arg) { return has_aggregate(*arg, scope); };
  const auto in_item = [&](const sql::SortItem& item) { return has_aggregate(*item.expr, scope); };
  if (e.over && (std::any_of(e.over->partition.begin(), e.over->partition.end(), in_expr) ||
                 std::any_of(e.over->order.begin(), e.over->order.end(), in_item)))
    return true;
  return std::any_of(e.args.begin(), e.args.end(), in_expr);
}

bool Binder::is_aggregated(const sql::Select& select, const Scope& scope) {
  const auto in_expr = [&](const sql::ExprPtr& e) { return has_aggregate(*e, scope); };
  const auto in_item = [&](const auto& item) { return has_aggregate(*item.expr, scope); };
  for (const sql::WindowDefinition& window : select.windows) {
    if (std::any_of(window.order.begin(), window.order.end(), in_item) ||
        std::any_of(window.partition.begin(), window.partition.end(), in_expr))
      return true;
  }
  return !select.group_by.empty() || !select.grouping.empty() || select.having != nullptr ||
         std::any_of(select.items.begin(), select.items.end(), in_item) ||
         std::any_of(select.order.begin(), select.order.end(), in_item);
}

}  // namespace weir::plan
