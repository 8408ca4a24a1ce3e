// GROUP BY: the expressions that are grouped by and, with GROUPING SETS, ROLLUP and CUBE, the sets
// of them. Each set is an aggregate of its own over the one shared input; a projection puts NULLs
// where its groups are missing and constants where GROUPING() was asked, and a UNION ALL takes them
// together. A set without groups always has its one row, and a set named twice answers twice.
#include <fmt/core.h>

#include <algorithm>

#include "plan/binder.h"
#include "plan/build.h"

namespace weir::plan {

namespace {

using Set = std::vector<uint32_t>;  // of groups
using Sets = std::vector<Set>;

constexpr size_t kMaxSets = 4096;  // as PostgreSQL

Set joined(const Set& a, const Set& b) {
  Set out = a;
  for (const uint32_t group : b) {
    if (std::find(out.begin(), out.end(), group) == out.end()) out.push_back(group);
  }
  return out;
}

Sets product(const Sets& a, const Sets& b) {
  Sets out;
  for (const Set& x : a) {
    for (const Set& y : b) out.push_back(joined(x, y));
  }
  return out;
}

// All of the lists, then one less from the right, down to none.
Sets rollup(const Sets& lists) {
  Sets out;
  for (size_t n = lists.size() + 1; n-- > 0;) {
    Set set;
    for (size_t i = 0; i < n; ++i) set = joined(set, lists[i]);
    out.push_back(std::move(set));
  }
  return out;
}

// Every choice of the lists.
Sets cube(const Sets& lists) {
  Sets out;
  for (size_t choice = size_t{1} << lists.size(); choice-- > 0;) {
    Set set;
    for (size_t i = 0; i < lists.size(); ++i) {
      if (choice >> (lists.size() - 1 - i) & 1) set = joined(set, lists[i]);
    }
    out.push_back(std::move(set));
  }
  return out;
}

}  // namespace

// A position or an alias of the select list, or an expression: its number among the groups.
Result<uint32_t> Binder::bind_group(const sql::Select& select, const sql::Expr& e,
                                    const Scope& scope, Grouping& grouping) {
  const sql::Expr* target = &e;
  if (e.kind == sql::ExprKind::kInteger) {
    const size_t position = std::stoul(e.text);
    if (position < 1 || position > select.items.size()) {
      return error(1243, "42P10", fmt::format("GROUP BY position {} is not in select list", e.text),
                   e.location);
    }
    target = select.items[position - 1].expr.get();
  } else if (is_other_constant(e)) {
    return error(1248, "42601", "non-integer constant in GROUP BY", e.location);
  } else if (e.kind == sql::ExprKind::kColumn && e.names.size() == 1 &&
             !std::holds_alternative<size_t>(find_column(scope, e.names))) {
    for (const sql::SelectItem& item : select.items) {
      if (item.alias == e.names[0]) target = item.expr.get();
    }
  }
  TRY_VOID(refuse_over(*target, "GROUP BY"));
  if (has_aggregate(*target, scope))
    return error(1224, "42803", "aggregate functions are not allowed in GROUP BY", e.location);
  ExprPtr bound = TRY(bind(*target, scope));
  if (bound->type.id == TypeId::kUnknown)
    bound = TRY(coerce(std::move(bound), TypeId::kText, e.location));
  const auto known =
      std::find_if(grouping.groups.begin(), grouping.groups.end(),
                   [&](const ExprPtr& group) { return expr::equal(*group, *bound); });
  const auto index = static_cast<uint32_t>(known - grouping.groups.begin());
  if (known == grouping.groups.end()) grouping.groups.push_back(std::move(bound));
  return index;
}

Result<std::vector<std::vector<uint32_t>>> Binder::bind_grouping_item(
    const sql::Select& select, const sql::GroupingItem& item, const Scope& scope,
    Grouping& grouping) {
  Sets lists;
  for (const std::vector<sql::ExprPtr>& list : item.lists) {
    Set set;
    for (const sql::ExprPtr& e : list) {
      set = joined(set, {TRY(bind_group(select, *e, scope, grouping))});
    }
    lists.push_back(std::move(set));
  }
  switch (item.kind) {
    case sql::GroupingKind::kEmpty: return Sets{{}};
    case sql::GroupingKind::kList: return lists;
    case sql::GroupingKind::kRollup: return rollup(lists);
    case sql::GroupingKind::kCube:
      if (lists.size() > 12)
        return error(1259, "54011", "CUBE is limited to 12 elements", item.location);
      return cube(lists);
    case sql::GroupingKind::kSets: break;
  }
  Sets all;
  for (const sql::GroupingItem& part : item.items) {
    const Sets sets = TRY(bind_grouping_item(select, part, scope, grouping));
    all.insert(all.end(), sets.begin(), sets.end());
  }
  return all;
}

Status Binder::bind_groups(const sql::Select& select, const Scope& scope, Grouping& grouping) {
  for (const sql::ExprPtr& e : select.group_by) {
    TRY_VOID(bind_group(select, *e, scope, grouping));
  }
  if (select.grouping.empty()) return {};
  grouping.sets = Sets{{}};
  for (const sql::GroupingItem& item : select.grouping) {
    const Sets sets = TRY(bind_grouping_item(select, item, scope, grouping));
    if (grouping.sets->size() * sets.size() > kMaxSets) {
      return error(1259, "54011",
                   fmt::format("too many grouping sets present (maximum {})", kMaxSets),
                   item.location);
    }
    grouping.sets = product(*grouping.sets, sets);
  }
  if (!select.group_distinct) return {};
  Sets kept;
  Sets sorted;
  for (const Set& set : *grouping.sets) {
    Set of = set;
    std::sort(of.begin(), of.end());
    if (std::find(sorted.begin(), sorted.end(), of) != sorted.end()) continue;
    sorted.push_back(std::move(of));
    kept.push_back(set);
  }
  grouping.sets = std::move(kept);
  return {};
}

// GROUPING(a, b): a bit for each, set where the row's set is without it.
Result<expr::ExprPtr> Binder::bind_grouping_call(const sql::Expr& e, const Scope& scope,
                                                 Grouping& grouping) {
  Grouping::Call call;
  call.grouping_of.emplace();
  call.result = TypeId::kInt4;
  if (e.args.size() > 31)
    return error(1248, "54023", "GROUPING must have fewer than 32 arguments", e.location);
  for (const sql::ExprPtr& arg : e.args) {
    const ExprPtr bound = TRY(bind(*arg, scope));
    const auto group =
        std::find_if(grouping.groups.begin(), grouping.groups.end(),
                     [&](const ExprPtr& known) { return expr::equal(*known, *bound); });
    if (group == grouping.groups.end()) {
      return error(1248, "42803",
                   "arguments to GROUPING must be grouping expressions of the associated query "
                   "level",
                   arg->location);
    }
    call.grouping_of->push_back(static_cast<uint32_t>(group - grouping.groups.begin()));
  }
  if (!grouping.sets) {
    Set all(grouping.groups.size());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    grouping.sets = Sets{all};
  }
  grouping.calls.push_back(std::move(call));
  return expr::column_ref(
      static_cast<uint32_t>(grouping.groups.size() + grouping.calls.size() - 1), TypeId::kInt4);
}

// A column of a table whose primary key is grouped by, in every set: as the result of a call. Null:
// it is none.
expr::ExprPtr Binder::dependent_column(const ScopeColumn& column, const Scope& scope,
                                       Grouping& grouping) {
  if (column.table_id == 0) return nullptr;
  const auto grouped = [&](const ScopeColumn& key) {
    const ExprPtr plain = expr::column_ref(key.column, key.type);
    const auto at = std::find_if(grouping.groups.begin(), grouping.groups.end(),
                                 [&](const ExprPtr& group) { return expr::equal(*plain, *group); });
    const auto index = static_cast<uint32_t>(at - grouping.groups.begin());
    if (at == grouping.groups.end() || !grouping.sets) return at != grouping.groups.end();
    return std::all_of(grouping.sets->begin(), grouping.sets->end(), [&](const Set& set) {
      return std::find(set.begin(), set.end(), index) != set.end();
    });
  };
  for (const ScopeColumn& key : scope.columns) {
    if (key.table_id == column.table_id && key.in_key && !grouped(key)) return nullptr;
  }
  const ExprPtr plain = expr::column_ref(column.column, column.type);
  const auto known = std::find_if(
      grouping.calls.begin(), grouping.calls.end(),
      [&](const auto& call) { return call.dependent && expr::equal(*call.dependent, *plain); });
  const auto place = static_cast<uint32_t>(grouping.groups.size() +
                                           (known - grouping.calls.begin()));
  if (known == grouping.calls.end()) {
    grouping.calls.emplace_back();
    grouping.calls.back().result = column.type;
    grouping.calls.back().dependent = plain;
  }
  return expr::column_ref(place, column.type);
}

namespace {

int64_t missing_bits(const std::vector<uint32_t>& asked, const Set& set) {
  int64_t bits = 0;
  for (const uint32_t group : asked) {
    bits = bits * 2 + (std::find(set.begin(), set.end(), group) == set.end() ? 1 : 0);
  }
  return bits;
}

}  // namespace

// The rows of one set in the layout of all: groups, then calls.
NodePtr Binder::build_set(NodePtr input, const Grouping& grouping, const Set& set) {
  Grouping of_set;
  for (const uint32_t group : set) of_set.groups.push_back(grouping.groups[group]);
  std::vector<ExprPtr> exprs;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < grouping.groups.size(); ++i) {
    const Type type = grouping.groups[i]->type;
    const auto at = std::find(set.begin(), set.end(), i);
    exprs.push_back(at == set.end()
                        ? expr::literal(Value::null(type))
                        : expr::column_ref(static_cast<uint32_t>(at - set.begin()), type));
    names.push_back(fmt::format("group{}", i + 1));
  }
  for (const Grouping::Call& call : grouping.calls) {
    if (call.grouping_of) {
      exprs.push_back(expr::literal({TypeId::kInt4, missing_bits(*call.grouping_of, set)}));
    } else {
      Grouping::Call moved = call;
      for (DirectArgument& direct : moved.direct) {
        if (!direct.group) continue;
        const auto at = std::find(set.begin(), set.end(), *direct.group);
        const Type type = grouping.groups[*direct.group]->type;
        if (at == set.end()) {
          direct = {std::nullopt, Value::null(type)};
        } else {
          direct.group = static_cast<uint32_t>(at - set.begin());
        }
      }
      of_set.calls.push_back(std::move(moved));
      exprs.push_back(expr::column_ref(
          static_cast<uint32_t>(set.size() + of_set.calls.size() - 1), call.result));
    }
    names.push_back(fmt::format("call{}", names.size() + 1));
  }
  return make_project(build_aggregate(std::move(input), of_set), std::move(exprs),
                      std::move(names));
}

NodePtr Binder::build_groups(NodePtr input, const Grouping& grouping) {
  if (!grouping.sets) return build_aggregate(std::move(input), grouping);
  std::vector<NodePtr> parts;
  for (const Set& set : *grouping.sets) parts.push_back(build_set(input, grouping, set));
  return parts.size() == 1 ? parts[0] : make_union_all(std::move(parts));
}

}  // namespace weir::plan
