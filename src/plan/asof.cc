// The form: projections, the first row by one time descending, projections, a filter that alone
// names the outer query, and below it a relation of its own. Each conjunct of the filter is about
// that relation alone, or an equality of the two sides, or the one bound `time <= outer time`.
#include "plan/asof.h"

#include <fmt/core.h>

#include "expr/function.h"
#include "plan/build.h"
#include "plan/decorrelate.h"
#include "plan/projection.h"

namespace weir::plan {

namespace {

using expr::Expr;
using expr::ExprKind;
using expr::ExprPtr;

bool is_outer(const Expr& leaf) { return leaf.kind == ExprKind::kOuter; }
bool has_outer(const ExprPtr& e) { return expr::any_leaf(*e, is_outer); }

// Of outer columns of the level and constants; one column at least.
bool is_left_side(const ExprPtr& e, uint32_t level) {
  return has_outer(e) && !expr::any_leaf(*e, [&](const Expr& leaf) {
    return leaf.kind == ExprKind::kOuter ? leaf.level != level
                                         : leaf.kind != ExprKind::kLiteral;
  });
}

ExprPtr over_left(const ExprPtr& e) {
  return expr::replace_leaves(e, [](const Expr& leaf) -> ExprPtr {
    return is_outer(leaf) ? expr::column_ref(leaf.column, leaf.type) : nullptr;
  });
}

// Expressions over a projection's output, over its input.
ExprPtr below(const ExprPtr& e, const Node& project) {
  const auto& exprs = std::get<ProjectSpec>(project.spec).exprs;
  return expr::replace_leaves(e, [&](const Expr& leaf) -> ExprPtr {
    return leaf.kind == ExprKind::kColumn ? exprs[leaf.column] : nullptr;
  });
}

struct Form {
  NodePtr versions;              // free of the outer query
  std::vector<ExprPtr> answers;  // over it, one for each column of the sub-query
  ExprPtr time;                  // over it, what the newest is found by
  std::vector<ExprPtr> left_keys;
  std::vector<ExprPtr> right_keys;
  ExprPtr left_time;
  bool strict = false;           // time < outer time
};

bool take_equality(const ExprPtr& a, const ExprPtr& b, uint32_t level, Form& form) {
  if (!is_left_side(a, level) || has_outer(b) || a->type.id != b->type.id) return false;
  form.left_keys.push_back(over_left(a));
  form.right_keys.push_back(b);
  return true;
}

// a <= b or a < b; a is the version's time.
bool take_bound(const ExprPtr& a, const ExprPtr& b, uint32_t level, Form& form) {
  if (form.left_time || !expr::equal(*a, *form.time) || !is_left_side(b, level)) return false;
  if (a->type.id != b->type.id) return false;
  form.left_time = over_left(b);
  return true;
}

bool take(const ExprPtr& e, uint32_t level, Form& form) {
  if (e->kind != ExprKind::kCall || e->args.size() != 2) return false;
  const std::string_view op = e->function->name;
  const ExprPtr& a = e->args[0];
  const ExprPtr& b = e->args[1];
  if (op == "=") return take_equality(a, b, level, form) || take_equality(b, a, level, form);
  const bool less = op == "<" || op == "<=";
  if (!less && op != ">" && op != ">=") return false;
  if (!(less ? take_bound(a, b, level, form) : take_bound(b, a, level, form))) return false;
  form.strict = op.size() == 1;
  return true;
}

bool take_all(const Node& filter, uint32_t level, Form& form) {
  std::vector<ExprPtr> conjuncts;
  expr::split_conjuncts(std::get<FilterSpec>(filter.spec).predicate, conjuncts);
  std::vector<ExprPtr> own;
  for (const ExprPtr& e : conjuncts) {
    if (!has_outer(e)) {
      own.push_back(e);
    } else if (!take(e, level, form)) {
      return false;
    }
  }
  form.versions = filter.inputs[0];
  if (!own.empty()) form.versions = make_filter(form.versions, expr::conjunction(std::move(own)));
  return form.left_time != nullptr && outer_columns(*form.versions, level).empty();
}

std::optional<Form> form_of(const NodePtr& sub, uint32_t level) {
  Form form;
  for (uint32_t i = 0; i < sub->schema.size(); ++i)
    form.answers.push_back(expr::column_ref(i, sub->schema.fields[i].type));
  const Node* node = sub.get();
  const auto through_projects = [&] {
    for (; node->kind == NodeKind::kProject; node = node->inputs[0].get()) {
      for (ExprPtr& e : form.answers) e = below(e, *node);
      if (form.time) form.time = below(form.time, *node);
    }
  };
  through_projects();
  const auto* top = std::get_if<TopNSpec>(&node->spec);
  if (!top || top->limit != 1 || top->offset != 0 || top->with_ties || !top->partition.empty() ||
      top->order.size() != 1 || !top->order[0].descending) {
    return std::nullopt;
  }
  const uint32_t by = top->order[0].column;
  form.time = expr::column_ref(by, node->schema.fields[by].type);
  node = node->inputs[0].get();
  through_projects();
  const bool fits = form.time->type.is_time() && node->kind == NodeKind::kFilter &&
                    std::none_of(form.answers.begin(), form.answers.end(), has_outer) &&
                    !has_outer(form.time) && take_all(*node, level, form);
  return fits ? std::optional<Form>(std::move(form)) : std::nullopt;
}

ExprPtr next_instant(const ExprPtr& time) {
  const bool date = time->type.id == TypeId::kDate;
  const ExprPtr tick = date ? expr::literal(Value{TypeId::kInt4, int64_t{1}})
                            : expr::literal(Value{TypeId::kInterval, Interval{0, 0, 1}});
  const std::vector<Type> types{time->type, tick->type};
  const Result<expr::Resolved> plus = expr::resolve_function("+", types);
  return expr::call(*plus->function, {time, tick}, plus->result);
}

}  // namespace

NodePtr as_asof_join(const NodePtr& left, const NodePtr& sub, uint32_t level, bool outer) {
  std::optional<Form> form = form_of(sub, level);
  if (!form) return nullptr;
  Projection of_left(left);
  of_left.keep_all();
  Projection of_right(form->versions);
  for (uint32_t i = 0; i < form->answers.size(); ++i)
    of_right.append(form->answers[i], sub->schema.fields[i].name);
  AsofJoinSpec spec;
  spec.outer = outer;
  for (size_t i = 0; i < form->left_keys.size(); ++i) {
    spec.left_keys.push_back(of_left.add(form->left_keys[i], "key"));
    spec.right_keys.push_back(of_right.add(form->right_keys[i], "key"));
  }
  spec.left_time = of_left.add(form->left_time, "time");
  spec.right_time = of_right.add(form->strict ? next_instant(form->time) : form->time, "time");
  const NodePtr joined = make_asof_join(of_left.make(), of_right.make(), spec);
  Projection out(joined);
  const auto shown = [&](uint32_t c, const Field& field) {
    out.append(expr::column_ref(c, field.type), field.name);
  };
  const auto left_width = static_cast<uint32_t>(joined->inputs[0]->schema.size());
  for (uint32_t i = 0; i < left->schema.size(); ++i) shown(i, left->schema.fields[i]);
  for (uint32_t i = 0; i < sub->schema.size(); ++i) shown(left_width + i, sub->schema.fields[i]);
  return out.make();
}

}  // namespace weir::plan
