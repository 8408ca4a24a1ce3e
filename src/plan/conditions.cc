#include "plan/conditions.h"

#include <algorithm>

namespace weir::plan {

namespace {

using expr::ExprKind;
using expr::ExprPtr;

std::vector<ExprPtr> conjuncts_of(const ExprPtr& e) {
  std::vector<ExprPtr> conjuncts;
  expr::split_conjuncts(e, conjuncts);
  return conjuncts;
}

bool holds(const std::vector<ExprPtr>& conjuncts, const ExprPtr& e) {
  return std::any_of(conjuncts.begin(), conjuncts.end(),
                     [&](const ExprPtr& c) { return expr::equal(*c, *e); });
}

ExprPtr any_of_these(const ExprPtr& like, std::vector<ExprPtr> branches) {
  if (branches.size() == 1) return branches[0];
  return expr::make(ExprKind::kOr, like->type, std::move(branches));
}

void add_conditions_of_or(const ExprPtr& e, std::vector<ExprPtr>& out) {
  std::vector<std::vector<ExprPtr>> branches;
  for (const ExprPtr& branch : e->args) branches.push_back(conjuncts_of(branch));
  std::vector<ExprPtr> shared;
  for (const ExprPtr& conjunct : branches[0]) {
    const bool everywhere = std::all_of(branches.begin(), branches.end(), [&](const auto& branch) {
      return holds(branch, conjunct);
    });
    if (everywhere && !holds(shared, conjunct)) shared.push_back(conjunct);
  }
  if (shared.empty()) return out.push_back(e);
  std::vector<ExprPtr> rests;
  bool all_said = false;  // a branch is no more than what is shared
  for (std::vector<ExprPtr>& branch : branches) {
    std::erase_if(branch, [&](const ExprPtr& c) { return holds(shared, c); });
    all_said = all_said || branch.empty();
    rests.push_back(expr::conjunction(std::move(branch)));
  }
  out.insert(out.end(), shared.begin(), shared.end());
  if (!all_said) out.push_back(any_of_these(e, std::move(rests)));
}

bool within(const ExprPtr& e, uint32_t begin, uint32_t end) {
  std::vector<uint32_t> columns;
  expr::collect_columns(*e, columns);
  return !columns.empty() && columns.front() >= begin && columns.back() < end;
}

}  // namespace

std::vector<ExprPtr> conditions_of(const ExprPtr& predicate) {
  std::vector<ExprPtr> conditions;
  for (const ExprPtr& conjunct : conjuncts_of(predicate)) {
    if (conjunct->kind == ExprKind::kOr) {
      add_conditions_of_or(conjunct, conditions);
    } else {
      conditions.push_back(conjunct);
    }
  }
  return conditions;
}

ExprPtr implied_within(const ExprPtr& e, uint32_t begin, uint32_t end) {
  if (e->kind != ExprKind::kOr) return nullptr;
  std::vector<ExprPtr> branches;
  for (const ExprPtr& branch : e->args) {
    std::vector<ExprPtr> conjuncts = conjuncts_of(branch);
    std::erase_if(conjuncts, [&](const ExprPtr& c) { return !within(c, begin, end); });
    if (conjuncts.empty()) return nullptr;
    branches.push_back(expr::conjunction(std::move(conjuncts)));
  }
  return any_of_these(e, std::move(branches));
}

}  // namespace weir::plan
