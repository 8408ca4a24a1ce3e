// PostgreSQL's overload resolution (its documentation, chapter "Type Conversion"): an exact match;
// else the candidates that implicit casts reach, those with most exact matches, then most preferred
// types, then unknown literals taken as what the known arguments suggest, or as text.
#include <fmt/core.h>

#include "base/edit_distance.h"
#include "data/cast.h"
#include "expr/kernel.h"
#include "expr/resolve_internal.h"

namespace weir::expr {

namespace {

FunctionList build_table() {
  FunctionList table;
  add_arithmetic(table);
  add_comparisons(table);
  add_math(table);
  add_strings(table);
  add_patterns(table);
  add_times(table);
  add_json(table);
  return table;
}

const FunctionList& table() {
  static const FunctionList functions = build_table();
  return functions;
}

enum class Category : uint8_t { kNone, kBool, kNumber, kString, kTime, kInterval, kOther };
Category category(TypeId id) {
  using enum TypeId;
  switch (id) {
    case kBool: return Category::kBool;
    case kInt2:
    case kInt4:
    case kInt8:
    case kFloat4:
    case kFloat8:
    case kNumeric: return Category::kNumber;
    case kText: return Category::kString;
    case kDate:
    case kTime:
    case kTimestamp:
    case kTimestamptz: return Category::kTime;
    case kInterval: return Category::kInterval;
    case kUnknown: return Category::kNone;
    default: return Category::kOther;
  }
}

bool is_preferred(TypeId id) {
  using enum TypeId;
  return id == kFloat8 || id == kText || id == kTimestamptz || id == kBool || id == kInterval;
}

const Type& parameter(const Function& f, size_t i) {
  return f.args[std::min(i, f.args.size() - 1)];
}

bool takes(const Function& f, size_t count) {
  return f.variadic ? count >= f.args.size() : count == f.args.size();
}

bool accepts(const Function& f, std::span<const Type> args) {
  for (size_t i = 0; i < args.size(); ++i) {
    const Type& want = parameter(f, i);
    if (want.id == TypeId::kUnknown || args[i].id == TypeId::kUnknown) continue;
    if (!cast_exists(args[i], want, CastContext::kImplicit)) return false;
  }
  return true;
}

// Keeps the candidates with the highest score.
template <class Score>
void keep_best(std::vector<const Function*>& candidates, Score score) {
  int best = -1;
  std::vector<const Function*> kept;
  for (const Function* f : candidates) {
    const int points = score(*f);
    if (points > best) kept.clear(), best = points;
    if (points == best) kept.push_back(f);
  }
  candidates = std::move(kept);
}

void narrow(std::vector<const Function*>& candidates, std::span<const Type> args) {
  keep_best(candidates, [&](const Function& f) {
    int exact = 0;
    for (size_t i = 0; i < args.size(); ++i) exact += args[i].id == parameter(f, i).id;
    return exact;
  });
  if (candidates.size() == 1) return;
  keep_best(candidates, [&](const Function& f) {
    int points = 0;
    for (size_t i = 0; i < args.size(); ++i) {
      const TypeId want = parameter(f, i).id;
      points += args[i].id != TypeId::kUnknown && (args[i].id == want || is_preferred(want));
    }
    return points;
  });
  if (candidates.size() == 1) return;
  // An unknown next to a known argument is taken to be of its type.
  Type known;
  bool one_type = true;
  for (const Type& arg : args) {
    if (arg.id == TypeId::kUnknown) continue;
    if (known.id != TypeId::kUnknown && known.id != arg.id) one_type = false;
    known = arg;
  }
  if (one_type && known.id != TypeId::kUnknown) {
    std::vector<const Function*> same;
    for (const Function* f : candidates) {
      bool all = true;
      for (size_t i = 0; i < args.size(); ++i) all = all && parameter(*f, i).id == known.id;
      if (all) same.push_back(f);
    }
    if (same.size() == 1) {
      candidates = same;
      return;
    }
  }
  keep_best(candidates, [&](const Function& f) {
    int strings = 0;
    for (size_t i = 0; i < args.size(); ++i) {
      strings += args[i].id == TypeId::kUnknown &&
                 category(parameter(f, i).id) == Category::kString;
    }
    return strings;
  });
  if (candidates.size() == 1) return;
  keep_best(candidates, [&](const Function& f) {
    int preferred = 0;
    for (size_t i = 0; i < args.size(); ++i) {
      preferred += args[i].id == TypeId::kUnknown && is_preferred(parameter(f, i).id);
    }
    return preferred;
  });
}

Resolved finish(const Function& f, std::span<const Type> args) {
  Resolved resolved{&f, {}, f.result};
  Type common;
  for (const Type& arg : args) {
    if (arg.id == TypeId::kUnknown) continue;
    if (common.id == TypeId::kUnknown || cast_exists(common, arg, CastContext::kImplicit)) {
      common = Type(arg.id);
    }
  }
  for (size_t i = 0; i < args.size(); ++i) {
    Type want = parameter(f, i);
    if (want.id == TypeId::kUnknown) {
      want = f.returns_first_arg_type ? common : args[i];
      if (want.id == TypeId::kUnknown) want = TypeId::kText;
    }
    resolved.arg_types.push_back(want);
  }
  if (f.returns_first_arg_type) resolved.result = resolved.arg_types[0];
  if (f.result_type) resolved.result = f.result_type(resolved.arg_types);
  return resolved;
}

std::string signature(std::string_view name, std::span<const Type> args) {
  const bool is_operator = !name.empty() && !((name[0] | 32) >= 'a' && (name[0] | 32) <= 'z');
  if (is_operator && args.size() == 2) {
    return fmt::format("{} {} {}", args[0].name(), name, args[1].name());
  }
  std::string text = is_operator ? std::string(name) + " " : std::string(name) + "(";
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0) text += ", ";
    text += args[i].name();
  }
  return is_operator ? text : text + ")";
}

Error no_such_function(std::string_view name, std::span<const Type> args, bool known) {
  const bool is_operator = !((name[0] | 32) >= 'a' && (name[0] | 32) <= 'z');
  Error error = Error(ErrorKind::kInvalidStatement, 1220,
                      fmt::format("{} does not exist: {}", is_operator ? "operator" : "function",
                                  signature(name, args)))
                    .sqlstate("42883");
  if (known) {
    return std::move(error).hint("no function of this name takes these types: add explicit casts");
  }
  std::vector<std::string> names;
  for (const Function& f : all_functions()) names.emplace_back(f.name);
  const auto nearest = is_operator ? std::nullopt : nearest_spelling(name, names);
  if (nearest) return std::move(error).hint(fmt::format("did you mean \"{}\"?", *nearest));
  return error;
}

}  // namespace

std::span<const Function> all_functions() { return table(); }

// Beside another number a real counts as a double: PostgreSQL has operators of both that win.
std::vector<Type> widened_reals(std::span<const Type> args) {
  std::vector<Type> out(args.begin(), args.end());
  if (out.size() != 2) return out;
  for (size_t i = 0; i < 2; ++i) {
    const Type& other = args[1 - i];
    if (out[i].id == TypeId::kFloat4 && other.id != TypeId::kFloat4 && other.is_number()) {
      out[i] = TypeId::kFloat8;
    }
  }
  return out;
}

Result<Resolved> resolve_among(const std::vector<const Function*>& named, std::string_view name,
                               std::span<const Type> types) {
  const std::vector<Type> args = widened_reals(types);
  std::vector<const Function*> candidates;
  for (const Function* f : named) {
    if (!takes(*f, args.size())) continue;
    bool exact = true;
    for (size_t i = 0; i < args.size(); ++i) exact = exact && args[i].id == parameter(*f, i).id;
    if (exact && !args.empty() && args[0].id != TypeId::kUnknown) return finish(*f, args);
    if (accepts(*f, args)) candidates.push_back(f);
  }
  if (candidates.empty()) return no_such_function(name, args, !named.empty());
  if (candidates.size() > 1) narrow(candidates, args);
  if (candidates.size() > 1) {
    return Error(ErrorKind::kInvalidStatement, 1221,
                 fmt::format("function {} is not unique", signature(name, args)))
        .hint("add explicit casts to the arguments")
        .sqlstate("42725");
  }
  return finish(*candidates[0], args);
}

Result<Resolved> resolve_function(std::string_view name, std::span<const Type> types) {
  std::vector<const Function*> named;
  for (const Function& f : table()) {
    if (f.name == name) named.push_back(&f);
  }
  return resolve_among(named, name, types);
}

}  // namespace weir::expr
