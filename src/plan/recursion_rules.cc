#include "plan/recursion_rules.h"

#include <fmt/core.h>

#include "plan/binder.h"

namespace weir::plan {

namespace {

bool reads(const sql::Expr* e, const std::string& name) {
  if (!e) return false;
  if (e->select && reads_relation(*e->select, name)) return true;
  return std::any_of(e->args.begin(), e->args.end(),
                     [&](const auto& arg) { return reads(arg.get(), name); });
}

bool reads(const sql::From& from, const std::string& name) {
  if (from.kind == sql::FromKind::kTable && from.schema.empty() && from.name == name) return true;
  if (from.select && reads_relation(*from.select, name)) return true;
  return (from.left && reads(*from.left, name)) || (from.right && reads(*from.right, name));
}

bool in_expressions(const sql::Select& select, const std::string& name) {
  return reads(select.where.get(), name) || reads(select.having.get(), name) ||
         std::any_of(select.items.begin(), select.items.end(),
                     [&](const auto& item) { return reads(item.expr.get(), name); });
}

std::string within(const char* what, const std::string& name) {
  return fmt::format("recursive reference to query \"{}\" must not appear within {}", name, what);
}

std::string wrong_in_from(const sql::From& from, const std::string& name) {
  if (from.select) return wrong_recursion(*from.select, name);
  if (from.kind != sql::FromKind::kJoin) return "";
  const bool left_may_go = from.join == sql::JoinKind::kRight || from.join == sql::JoinKind::kFull;
  const bool right_may_go = from.join == sql::JoinKind::kLeft || from.join == sql::JoinKind::kFull;
  if ((left_may_go && reads(*from.left, name)) || (right_may_go && reads(*from.right, name)))
    return within("an outer join", name);
  const std::string wrong = wrong_in_from(*from.left, name);
  return wrong.empty() ? wrong_in_from(*from.right, name) : wrong;
}

bool has_aggregates(const sql::Select& select) {
  return select.having || std::any_of(select.items.begin(), select.items.end(), [](const auto& i) {
           return contains_aggregate(*i.expr);
         });
}

}  // namespace

bool reads_relation(const sql::Select& select, const std::string& name) {
  const auto from_reads = [&](const sql::From& from) { return reads(from, name); };
  if (std::any_of(select.from.begin(), select.from.end(), from_reads)) return true;
  for (const sql::CommonTable& table : select.with)
    if (table.select && reads_relation(*table.select, name)) return true;
  return in_expressions(select, name) || (select.left && reads_relation(*select.left, name)) ||
         (select.right && reads_relation(*select.right, name));
}

std::string wrong_recursion(const sql::Select& step, const std::string& name) {
  if (step.op != sql::SetOp::kNone) {
    if (step.op == sql::SetOp::kExcept && reads_relation(*step.right, name))
      return within("EXCEPT", name);
    const std::string wrong = wrong_recursion(*step.left, name);
    return wrong.empty() ? wrong_recursion(*step.right, name) : wrong;
  }
  if (in_expressions(step, name)) return within("a subquery", name);
  const auto from_reads = [&](const sql::From& from) { return reads(from, name); };
  if (!std::any_of(step.from.begin(), step.from.end(), from_reads)) return "";
  if (has_aggregates(step))
    return "aggregate functions are not allowed in a recursive query's recursive term";
  for (const sql::From& from : step.from) {
    if (const std::string wrong = wrong_in_from(from, name); !wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace weir::plan
