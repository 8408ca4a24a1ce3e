// Conditions: comparisons, patterns, lists, sub-queries, put together by AND, OR and NOT.
#include <algorithm>

#include <fmt/core.h>

#include "differ/grammar.h"

namespace weir::differ {

namespace {

const std::vector<std::string> kSimpler = {"true", "false", "null::boolean"};
const std::vector<std::string> kOperators = {"=", "<>", "<", "<=", ">", ">="};
const std::vector<std::string> kPatterns = {"'a\1'", "'\1b'", "'_'", "'\1'", "'A_b'", "''"};
const std::vector<std::string> kRegexes = {"'^a'", "'b'", "'[a-c]+'", "'a|b'", "'.'"};

}  // namespace

PartPtr Grammar::comparison(int depth, const Scope& scope) {
  const Kind kind = random_kind(random_);
  Kind other = kind;
  constexpr std::string_view kNumbers = "ibnf";
  if (kNumbers.find(static_cast<char>(kind)) != std::string_view::npos && random_.chance(0.2))
    other = static_cast<Kind>(kNumbers[random_.below(kNumbers.size())]);
  const PartPtr a = argument(kind, depth - 1, scope).sql;
  const PartPtr b = argument(other, depth - 1, scope).sql;
  const std::string op = one_of(kOperators);
  switch (random_.below(8)) {
    case 0: return form("$ is distinct from $", {a, b}, "?", kSimpler);
    case 1: return form("$ is not distinct from $", {a, b}, "?", kSimpler);
    case 2: return form("$ is null", {a}, "?", kSimpler);
    case 3: return form("$ is not null", {a}, "?", kSimpler);
    case 4: {
      const PartPtr c = argument(other, depth - 1, scope).sql;
      const std::string between =
          one_of({"between", "not between", "between symmetric", "not between symmetric"});
      return form("$ " + between + " $ and $", {a, b, c}, "?", kSimpler);
    }
    default: return form("$ " + op + " $", {a, b}, "?", kSimpler);
  }
}

PartPtr Grammar::membership(int depth, const Scope& scope) {
  const auto of = [&](Kind kind) { return argument(kind, depth - 1, scope).sql; };
  const std::string op = one_of(kOperators);
  switch (random_.below(8)) {
    case 0: return form("$ like " + one_of(kPatterns), {of(Kind::kText)}, "?", kSimpler);
    case 1: return form("$ not ilike " + one_of(kPatterns), {of(Kind::kText)}, "?", kSimpler);
    case 2: return form("$ ~ " + one_of(kRegexes), {of(Kind::kText)}, "?", kSimpler);
    case 3: {
      const PartPtr value = of(Kind::kInt4);
      // With an element: PostgreSQL's planner may take NULL = any ('{}') for NULL.
      return form("$ = any ($ || 0)", {value, of(Kind::kInt4Array)}, "?", kSimpler);
    }
    case 4: {
      const PartPtr value = of(Kind::kText);
      const PartPtr array = of(Kind::kTextArray);
      return form("$ " + op + " all ($ || 'a'::text)", {value, array}, "?", kSimpler);
    }
    case 5: {
      const PartPtr array = of(Kind::kInt4Array);
      return form("$ " + one_of({"@>", "<@", "&&"}) + " $", {array, of(Kind::kInt4Array)}, "?",
                  kSimpler);
    }
    case 6: return form("$ ? 'a'", {of(Kind::kJsonb)}, "?", kSimpler);
    default: {
      const Kind kind = random_kind(random_);
      std::vector<PartPtr> items;
      const PartPtr value = of(kind);
      for (uint64_t i = 1 + random_.below(3); i-- > 0;) items.push_back(of(kind));
      return form("$ " + one_of({"in", "not in"}) + " ($)", {value, list(items, ", ")}, "?",
                  kSimpler);
    }
  }
}

// What stands to the left of a sub-query: at times another one.
PartPtr Grammar::asking(Kind kind, const Scope& scope) {
  if (!random_.chance(0.15)) return argument(kind, 1, scope).sql;
  note("sub-query to the left of another");
  return scalar_subquery(kind, 2, scope).sql;
}

PartPtr Grammar::subquery_condition(int depth, const Scope& scope) {
  const Context context{std::min(depth - 1, 1), &scope, false};
  const Kind kind = random_kind(random_);
  switch (random_.below(6)) {
    case 0:
    case 1: {
      note("exists");
      const std::string not_ = one_of({"", "not "});
      return form(not_ + "exists ($)", {any_query({kind}, context).sql}, "?", kSimpler);
    }
    case 2: {
      note("row in sub-query");
      const Kind second = random_kind(random_);
      const PartPtr a = asking(kind, scope);
      const PartPtr b = asking(second, scope);
      return form("($, $) " + one_of({"in", "not in"}) + " ($)",
                  {a, b, any_query({kind, second}, context).sql}, "?", kSimpler);
    }
    case 3: {
      note("any or all of a sub-query");
      const PartPtr a = asking(kind, scope);
      return form("$ " + one_of(kOperators) + one_of({" any", " all"}) + " ($)",
                  {a, any_query({kind}, context).sql}, "?", kSimpler);
    }
    default: {
      note("in sub-query");
      const PartPtr a = asking(kind, scope);
      return form("$ " + one_of({"in", "not in"}) + " ($)",
                  {a, any_query({kind}, context).sql}, "?", kSimpler);
    }
  }
}

PartPtr Grammar::condition(int depth, const Scope& scope) {
  if (depth > 0 && random_.chance(0.35)) {
    const PartPtr a = condition(depth - 1, scope);
    switch (random_.below(7)) {
      case 0: return form("not ($)", {a}, "?", kSimpler);
      case 1: return form("($) is true", {a}, "?", kSimpler);
      case 2: return form("($) is not false", {a}, "?", kSimpler);
      case 3: return form("($) is unknown", {a}, "?", kSimpler);
      case 4: return form("(($) or ($))", {a, condition(depth - 1, scope)}, "?", kSimpler);
      default: return form("(($) and ($))", {a, condition(depth - 1, scope)}, "?", kSimpler);
    }
  }
  if (depth > 0 && plain_ == 0 && random_.chance(0.2)) {
    note("condition with a sub-query");
    return subquery_condition(depth, scope);
  }
  if (random_.chance(0.1)) {
    const auto named = column(Kind::kBool, scope);
    if (named) return form("$", {named->sql}, "?", kSimpler);
  }
  return form("($)", {random_.chance(0.75) ? comparison(depth, scope) : membership(depth, scope)},
              "?", kSimpler);
}

}  // namespace weir::differ
