#include "plan/change_binder.h"

#include <fmt/core.h>

#include "data/cast.h"
#include "plan/build.h"
#include "plan/over_binder.h"
#include "plan/record_binder.h"

namespace weir::plan {

Result<expr::ExprPtr> ChangeBinder::assign(expr::ExprPtr value, const Field& column,
                                           int32_t location) {
  value = TRY(RecordBinder(binder_).fit_row(std::move(value), column.type, location));
  const bool unknown = value->type.id == TypeId::kUnknown;
  if (!unknown && !value->type.is_same_kind(column.type) &&
      !cast_exists(value->type, column.type, CastContext::kAssignment)) {
    return binder_.error(1260, "42804",
                         fmt::format("column \"{}\" is of type {} but expression is of type {}",
                                     column.name, column.type.name(), value->type.name()),
                         location);
  }
  // What is too long for the column is an error, where a cast would cut it: the caller looks.
  const bool is_text = column.type.id == TypeId::kText || column.type.id == TypeId::kBpchar;
  const bool cuts = is_text && !unknown && value->type != column.type;
  return binder_.coerce(std::move(value), cuts ? column.type.plain() : column.type, location, true);
}

Status ChangeBinder::assign_items(std::vector<Binder::Item>& items) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (i >= binder_.assigned_columns_->size() || !binder_.no_rows(items[i].expr)) continue;
    items[i].expr = expr::fold_constants(
        TRY(assign(items[i].expr, (*binder_.assigned_columns_)[i], items[i].location)));
  }
  return {};
}

Result<ChangeBinder::Bound> ChangeBinder::bind_assigned(const sql::Select& select,
                                            const std::vector<Field>& columns) {
  binder_.assigned_ = &select;
  binder_.assigned_columns_ = &columns;
  return binder_.bind_query(select);
}

Result<ChangeBinder::Source> ChangeBinder::bind_change(const sql::Select& select,
                                           const std::vector<Assignment>& assignments) {
  binder_.common_tables_.emplace_back();
  ++binder_.may_query_;
  Result<Source> bound = bind_changed_rows(select, assignments);
  --binder_.may_query_;
  binder_.common_tables_.pop_back();
  return bound;
}

Result<ChangeBinder::Source> ChangeBinder::bind_changed_rows(const sql::Select& select,
                                                 const std::vector<Assignment>& assignments) {
  TRY_VOID(binder_.bind_common_tables(select));
  Source source = TRY(binder_.bind_from_list(select));
  const Schema read = source.node->schema;
  NodePtr node = TRY(binder_.bind_where(select, source));
  std::vector<Binder::Item> items;
  for (const Field& field : read.fields) {
    items.push_back({expr::column_ref(static_cast<uint32_t>(items.size()), field.type), field.name,
                     select.location});
  }
  for (const Assignment& assignment : assignments) {
    items.push_back({TRY(bind_value(assignment, source.scope)), assignment.column.name,
                     assignment.value->location});
  }
  OverCalls over{&select, {}, {}};
  return Source{TRY(binder_.project_items(std::move(node), std::move(items), over)),
                std::move(source.scope)};
}

Result<expr::ExprPtr> ChangeBinder::bind_value(const Assignment& assignment,
                                               const Scope& scope) {
  const sql::Expr& e = *assignment.value;
  if (contains_aggregate(e)) {
    return binder_.error(1224, "42803", "aggregate functions are not allowed in UPDATE",
                         e.location);
  }
  TRY_VOID(binder_.refuse_over(e, "UPDATE"));
  expr::ExprPtr value = TRY(binder_.bind(e, scope));
  TRY_VOID(binder_.no_rows(value));
  return expr::fold_constants(TRY(assign(std::move(value), assignment.column, e.location)));
}

Result<ChangeBinder::Bound> ChangeBinder::bind_returning(const sql::Select& select) {
  binder_.common_tables_.emplace_back();
  ++binder_.may_query_;
  Result<Bound> bound = bind_returned(select);
  --binder_.may_query_;
  binder_.common_tables_.pop_back();
  return bound;
}

Result<ChangeBinder::Bound> ChangeBinder::bind_returned(const sql::Select& select) {
  for (const sql::SelectItem& item : select.items) {
    if (contains_aggregate(*item.expr)) {
      return binder_.error(1224, "42803", "aggregate functions are not allowed in RETURNING",
                   item.expr->location);
    }
    TRY_VOID(binder_.refuse_over(*item.expr, "RETURNING"));
  }
  const Schema& schema = binder_.given_->node->schema;
  std::vector<Binder::Item> items = TRY(binder_.bind_items(select, binder_.given_->scope, nullptr));
  for (const Binder::Item& item : items) TRY_VOID(binder_.no_rows(item.expr));
  const size_t visible = items.size();
  const auto last = static_cast<uint32_t>(schema.size() - 1);
  items.push_back({expr::column_ref(last, schema.fields[last].type), "order", select.location});
  OverCalls over{&select, {}, {}};
  NodePtr node = TRY(binder_.project_items(binder_.given_->node, std::move(items), over));
  return Bound{std::move(node), {{static_cast<uint32_t>(visible), false, false}}, visible};
}

}  // namespace weir::plan
