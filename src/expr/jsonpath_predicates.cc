// Predicates of paths: three-valued. What fails inside of one makes it unknown. A comparison holds
// when it holds for some pair of items; in strict mode no pair may be unknown.
#include <fmt/core.h>

#include "data/jsonb.h"
#include "expr/jsonpath_evaluation.h"
#include "expr/regex.h"

namespace weir::expr {

using enum PathKind;

PathWalk::Truth PathWalk::predicate(const PathNode& node, const PathItem& current) {
  if (!node.steps.empty()) return Truth::kUnknown;
  switch (node.kind) {
    case kAnd:
    case kOr: return both(node, current);
    case kNot: {
      const Truth truth = predicate(node.args[0], current);
      if (truth == Truth::kUnknown) return truth;
      return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    }
    case kIsUnknown: {
      const Truth truth = predicate(node.args[0], current);
      return truth == Truth::kUnknown && !hard_ ? Truth::kTrue : Truth::kFalse;
    }
    case kExists: return exists(node, current);
    default: return compare_all(node, current);
  }
}

PathWalk::Truth PathWalk::both(const PathNode& node, const PathItem& current) {
  const Truth deciding = node.kind == kAnd ? Truth::kFalse : Truth::kTrue;
  const Truth left = predicate(node.args[0], current);
  if (left == deciding || hard_) return left;
  const Truth right = predicate(node.args[1], current);
  if (right == deciding) return right;
  return left == Truth::kUnknown ? left : right;
}

PathWalk::Truth PathWalk::exists(const PathNode& node, const PathItem& current) {
  Items items;
  const PathError before = error_;
  const bool good = evaluate(node.args[0], current, &items);
  if (hard_) return Truth::kUnknown;
  error_ = before;
  if (!good && (!lax_ || items.empty())) return Truth::kUnknown;
  return items.empty() ? Truth::kFalse : Truth::kTrue;
}

PathWalk::Truth PathWalk::compare_all(const PathNode& node, const PathItem& current) {
  Items left;
  Items right{{"null"}};
  const PathError before = error_;
  bool good = evaluate(node.args[0], current, &left);
  if (good && node.args.size() > 1) {
    right.clear();
    good = evaluate(node.args[1], current, &right);
  }
  if (hard_) return Truth::kUnknown;
  error_ = before;
  if (!good) return Truth::kUnknown;
  left = unwrapped(std::move(left));
  if (node.kind != kStartsWith && node.kind != kLikeRegex) right = unwrapped(std::move(right));
  bool unknown = false;
  bool found = false;
  for (const PathItem& a : left) {
    for (const PathItem& b : right) {
      const Truth truth = holds(node, a, b);
      if (truth == Truth::kUnknown && !lax_) return truth;
      if (truth == Truth::kTrue && lax_) return truth;
      unknown = unknown || truth == Truth::kUnknown;
      found = found || truth == Truth::kTrue;
    }
  }
  if (found) return Truth::kTrue;
  return unknown ? Truth::kUnknown : Truth::kFalse;
}

namespace {

bool is_string(const PathItem& item) {
  return item.time == TypeId::kUnknown && json_kind(item.json) == JsonKind::kString;
}

bool agrees(PathKind kind, std::strong_ordering order) {
  switch (kind) {
    case kEqual: return order == 0;
    case kNotEqual: return order != 0;
    case kLess: return order < 0;
    case kLessOrEqual: return order <= 0;
    case kGreater: return order > 0;
    default: return order >= 0;
  }
}

}  // namespace

PathWalk::Truth PathWalk::holds(const PathNode& node, const PathItem& left,
                                const PathItem& right) {
  const auto truth = [](bool yes) { return yes ? Truth::kTrue : Truth::kFalse; };
  if (node.kind == kStartsWith) {
    if (!is_string(left) || !is_string(right)) return Truth::kUnknown;
    return truth(jsonb_unquoted(left.json).starts_with(jsonb_unquoted(right.json)));
  }
  if (node.kind == kLikeRegex) {
    return is_string(left) ? truth(node.regex->matches(jsonb_unquoted(left.json)))
                           : Truth::kUnknown;
  }
  return compare(node.kind, left, right);
}

PathWalk::Truth PathWalk::compare(PathKind kind, const PathItem& left, const PathItem& right) {
  const auto truth = [&](std::strong_ordering order) {
    return agrees(kind, order) ? Truth::kTrue : Truth::kFalse;
  };
  const JsonKind a = json_kind(left.json);
  const JsonKind b = json_kind(right.json);
  const bool times = left.time != TypeId::kUnknown && right.time != TypeId::kUnknown;
  if (times) return compare_times(kind, left, right);
  const bool null = a == JsonKind::kNull || b == JsonKind::kNull;
  if (a != b || left.time != right.time) {
    if (!null) return Truth::kUnknown;
    return kind == kNotEqual ? Truth::kTrue : Truth::kFalse;
  }
  if (a == JsonKind::kObject || a == JsonKind::kArray) return Truth::kUnknown;
  if (a == JsonKind::kString) {
    return truth(jsonb_unquoted(left.json) <=> jsonb_unquoted(right.json));
  }
  return truth(compare_jsonb(left.json, right.json));
}

// Times of day compare with times of day, dates and timestamps with each other; across zones only
// where the function may ask for the session's.
PathWalk::Truth PathWalk::compare_times(PathKind kind, const PathItem& left,
                                        const PathItem& right) {
  const bool clocks = left.time == TypeId::kTime;
  if (clocks != (right.time == TypeId::kTime)) return Truth::kUnknown;
  if (left.with_zone != right.with_zone && !zones_) {
    const auto name = [](const PathItem& item) -> std::string {
      if (item.time == TypeId::kTime) return item.with_zone ? "timetz" : "time";
      return item.time == TypeId::kDate ? "date" : item.with_zone ? "timestamptz" : "timestamp";
    };
    const PathItem& plain = left.with_zone ? right : left;
    const PathItem& zoned = left.with_zone ? left : right;
    fail_lasting("0A000", fmt::format("cannot convert value from {} to {} without time zone usage",
                                      name(plain), name(zoned)));
    return Truth::kUnknown;
  }
  std::strong_ordering order = left.micros <=> right.micros;
  // Equal instants of times with a zone stand in the order of their zones.
  if (order == 0 && clocks && left.json != right.json) order = right.json <=> left.json;
  return agrees(kind, order) ? Truth::kTrue : Truth::kFalse;
}

}  // namespace weir::expr
