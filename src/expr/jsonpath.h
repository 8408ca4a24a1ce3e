// SQL/JSON paths, as PostgreSQL 15 has them: `strict $.items[*] ? (@.price > $least).name`. The
// parser answers a tree; jsonpath_evaluation.h walks it. A node is a primary or an operator with
// the steps (.name, [*], ?(...), .size()) that go on from each of its items.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/decimal.h"

namespace weir::expr {

class Regex;  // expr/regex.h

enum class PathKind : uint8_t {
  // primaries
  kRoot, kCurrent, kLast, kVariable, kNull, kTrue, kFalse, kNumber, kString,
  // operators on numbers: args
  kAdd, kSubtract, kMultiply, kDivide, kModulo, kPlus, kMinus,
  // predicates: args
  kAnd, kOr, kNot, kIsUnknown, kExists, kStartsWith, kLikeRegex,
  kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual,
  // steps
  kMember,      // .text
  kAnyMember,   // .*
  kAnyElement,  // [*]
  kSubscripts,  // [args[0] to args[1], ...]; kNull as the second: one element
  kAnyLevel,    // .**{first to last}
  kFilter,      // ?(args[0])
  kMethod,      // .text(), args[0]: the template of datetime()
};

constexpr uint32_t kLastLevel = UINT32_MAX;  // of .**: the leaves

struct PathNode {
  PathKind kind = PathKind::kNull;
  std::string text;
  Decimal number;
  uint32_t first = 0;
  uint32_t last = kLastLevel;
  std::shared_ptr<const Regex> regex;
  std::vector<PathNode> args;
  std::vector<PathNode> steps;

  bool is_predicate() const {
    return kind >= PathKind::kAnd && kind <= PathKind::kGreaterOrEqual;
  }
};

struct JsonPath {
  bool strict = false;
  PathNode root;
};

struct PathError {
  const char* sqlstate = nullptr;  // null: none
  std::string message;
};
// False: not a path, with the reason in *error.
bool parse_jsonpath(std::string_view text, JsonPath* path, PathError* error);

}  // namespace weir::expr
