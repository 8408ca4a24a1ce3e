#include "expr/overload.h"

#include <fmt/core.h>

#include "data/cast.h"

namespace weir::expr {

namespace {

enum class Category : uint8_t { kNone, kString, kOther };
Category category(TypeId id) {
  if (id == TypeId::kUnknown) return Category::kNone;
  return id == TypeId::kText || id == TypeId::kBpchar ? Category::kString : Category::kOther;
}

bool is_preferred(TypeId id) {
  using enum TypeId;
  return id == kFloat8 || id == kText || id == kTimestamptz || id == kBool || id == kInterval;
}

bool is_unknown(const Type& type) { return type.id == TypeId::kUnknown; }

TypeId innermost(TypeId id) { return is_array_id(id) ? element_id(id) : id; }
bool is_compatible(TypeId declared) { return innermost(declared) == kAnyCompatible; }
bool is_polymorphic(TypeId declared) {
  const TypeId inner = innermost(declared);
  return inner == kAnyElement || inner == kAnyNonArray || inner == kAnyCompatible ||
         inner == kAnyEnum;
}

// A signature for these arguments, with a parameter each.
struct Candidate {
  size_t index = 0;
  std::vector<Type> declared;
  std::vector<Type> parameters;  // kUnknown where it is any type; what polymorphic ones stand for
  Type element;
  bool polymorphic = false;
};

// What the polymorphic parameters stand for; nullopt: the arguments do not fit them.
std::optional<Type> element_for(const Candidate& candidate, std::span<const Type> args) {
  std::vector<Type> types;
  bool compatible = false;
  for (size_t i = 0; i < args.size(); ++i) {
    const TypeId declared = candidate.declared[i].id;
    if (!is_polymorphic(declared) || is_unknown(args[i])) continue;
    compatible = compatible || is_compatible(declared);
    if (is_array_id(declared) && !args[i].is_array()) return std::nullopt;
    if (declared == kAnyNonArray && args[i].is_array()) return std::nullopt;
    if (declared == kAnyEnum && args[i].id != TypeId::kEnum) return std::nullopt;
    types.push_back(is_array_id(declared) ? args[i].element().plain() : args[i].plain());
  }
  if (compatible) return common_type(types);
  for (const Type& type : types) {
    if (type != types[0]) return std::nullopt;
  }
  return types.empty() ? Type() : types[0];
}

Type with_element(Type declared, Type element) {
  if (!is_polymorphic(declared.id)) return declared;
  if (is_unknown(element)) return is_compatible(declared.id) ? declared : Type();
  if (!is_array_id(declared.id)) return element;
  // Arrays have any number of dimensions: the array of arrays of a type is an array of the type.
  return element.is_array() ? element : element.array();
}

std::optional<Candidate> make_candidate(size_t index, const Signature& signature,
                                        std::span<const Type> args) {
  const size_t declared = signature.parameters.size();
  const bool counts = signature.variadic ? args.size() >= declared : args.size() == declared;
  if (!counts) return std::nullopt;
  Candidate candidate;
  candidate.index = index;
  bool compatible = false;
  for (size_t i = 0; i < args.size(); ++i) {
    candidate.declared.push_back(signature.parameters[std::min(i, declared - 1)]);
    compatible = compatible || is_compatible(candidate.declared.back().id);
    candidate.polymorphic = candidate.polymorphic || is_polymorphic(candidate.declared.back().id);
  }
  const std::optional<Type> element = element_for(candidate, args);
  if (!element) return std::nullopt;
  candidate.element = compatible && is_unknown(*element) ? Type(TypeId::kText) : *element;
  for (const Type& type : candidate.declared) {
    // There is no type for arrays of arrays: they are arrays of more dimensions.
    if (is_array_id(type.id) && is_polymorphic(type.id) && candidate.element.is_array()) {
      return std::nullopt;
    }
    candidate.parameters.push_back(with_element(type, candidate.element));
  }
  return candidate;
}

bool accepts(const Candidate& candidate, std::span<const Type> args) {
  for (size_t i = 0; i < args.size(); ++i) {
    const Type& want = candidate.parameters[i];
    if (is_unknown(want) || is_unknown(args[i])) continue;
    if (!cast_exists(args[i], want, CastContext::kImplicit)) return false;
  }
  return true;
}

bool is_exact(const Candidate& candidate, std::span<const Type> args) {
  for (size_t i = 0; i < args.size(); ++i) {
    const Type& want = candidate.parameters[i];
    if (args[i].id != want.id || (want.detail && want.detail != args[i].detail)) return false;
  }
  return !args.empty() && !is_unknown(args[0]);
}

// Keeps the candidates with the highest score.
template <class Score>
void keep_best(std::vector<Candidate>& candidates, Score score) {
  int best = -1;
  std::vector<Candidate> kept;
  for (Candidate& candidate : candidates) {
    const int points = score(candidate);
    if (points > best) kept.clear(), best = points;
    if (points == best) kept.push_back(std::move(candidate));
  }
  candidates = std::move(kept);
}

// An unknown next to known arguments of one type is taken to be of it too.
bool keep_alike(std::vector<Candidate>& candidates, std::span<const Type> args) {
  Type known;
  for (const Type& arg : args) {
    if (is_unknown(arg)) continue;
    if (!is_unknown(known) && known.id != arg.id) return false;
    known = arg;
  }
  if (is_unknown(known)) return false;
  std::vector<Candidate> same;
  for (const Candidate& candidate : candidates) {
    const bool all = std::all_of(candidate.parameters.begin(), candidate.parameters.end(),
                                 [&](const Type& type) { return type.id == known.id; });
    if (all) same.push_back(candidate);
  }
  if (same.size() != 1) return false;
  candidates = std::move(same);
  return true;
}

// The last resort: unknowns are taken to be of the one type that all known arguments have, and a
// candidate that takes it everywhere is meant.
void keep_coercible(std::vector<Candidate>& candidates, std::span<const Type> args) {
  Type known;
  for (const Type& arg : args) {
    if (is_unknown(arg)) continue;
    if (!is_unknown(known) && known.id != arg.id) return;
    known = arg;
  }
  if (is_unknown(known)) return;
  std::vector<Candidate> fitting;
  for (const Candidate& candidate : candidates) {
    const bool all = std::all_of(
        candidate.parameters.begin(), candidate.parameters.end(), [&](const Type& type) {
          return is_unknown(type) || cast_exists(known, type, CastContext::kImplicit);
        });
    if (all) fitting.push_back(candidate);
  }
  if (fitting.size() == 1) candidates = std::move(fitting);
}

void narrow(std::vector<Candidate>& candidates, std::span<const Type> args) {
  keep_best(candidates, [&](const Candidate& c) {
    int exact = 0;
    for (size_t i = 0; i < args.size(); ++i) {
      exact += !is_unknown(args[i]) && args[i].id == c.declared[i].id;
    }
    return exact;
  });
  if (candidates.size() == 1) return;
  keep_best(candidates, [&](const Candidate& c) {
    int points = 0;
    for (size_t i = 0; i < args.size(); ++i) {
      const TypeId want = c.declared[i].id;
      points += !is_unknown(args[i]) && (args[i].id == want || is_preferred(want));
    }
    return points;
  });
  if (candidates.size() == 1 || keep_alike(candidates, args)) return;
  keep_best(candidates, [&](const Candidate& c) {
    int strings = 0;
    for (size_t i = 0; i < args.size(); ++i) {
      strings += is_unknown(args[i]) && category(c.parameters[i].id) == Category::kString;
    }
    return strings;
  });
  if (candidates.size() == 1) return;
  keep_best(candidates, [&](const Candidate& c) {
    int preferred = 0;
    for (size_t i = 0; i < args.size(); ++i) {
      preferred += is_unknown(args[i]) && is_preferred(c.parameters[i].id);
    }
    return preferred;
  });
  if (candidates.size() > 1) keep_coercible(candidates, args);
}

Result<Overload> finish(const Candidate& chosen, std::span<const Type> args) {
  if (chosen.polymorphic && is_unknown(chosen.element)) {
    return Error(ErrorKind::kInvalidStatement, 1270,
                 "could not determine polymorphic type because input has type unknown")
        .hint("add an explicit cast to the argument")
        .sqlstate("42804");
  }
  Overload overload{chosen.index, {}, chosen.element};
  for (size_t i = 0; i < args.size(); ++i) {
    Type want = chosen.parameters[i];
    if (is_unknown(want)) want = is_unknown(args[i]) ? Type(TypeId::kText) : args[i];
    if (want.id == args[i].id && !want.detail) want.detail = args[i].detail;  // any record
    overload.arg_types.push_back(want);
  }
  return overload;
}

// An operator with an unknown on one side is first looked for with both sides of the other's type.
std::vector<Type> sides_alike(std::string_view name, std::span<const Type> args) {
  if (!is_operator_name(name) || args.size() != 2) return {};
  if (is_unknown(args[0]) == is_unknown(args[1])) return {};
  return std::vector<Type>(2, is_unknown(args[0]) ? args[1] : args[0]);
}

std::string call_text(std::string_view name, std::span<const Type> args) {
  const bool is_operator = is_operator_name(name);
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

}  // namespace

Type Overload::concrete(Type declared) const { return with_element(declared, element); }

bool is_operator_name(std::string_view name) {
  return name.empty() || (name[0] | 32) < 'a' || (name[0] | 32) > 'z';
}

std::optional<Type> common_type(std::span<const Type> types) {
  Type common;
  for (const Type& type : types) {
    if (is_unknown(type) || type.is_same_kind(common)) continue;
    const bool takes = cast_exists(type, common, CastContext::kImplicit);
    if (is_unknown(common) || (!takes && cast_exists(common, type, CastContext::kImplicit))) {
      common = type.plain();
    } else if (!cast_exists(type, common, CastContext::kImplicit)) {
      return std::nullopt;
    }
  }
  return common;
}

Error no_such_function(std::string_view name, std::span<const Type> args) {
  return Error(ErrorKind::kInvalidStatement, 1220,
               fmt::format("{} does not exist: {}",
                           is_operator_name(name) ? "operator" : "function",
                           call_text(name, args)))
      .sqlstate("42883");
}

Result<Overload> choose_overload(std::string_view name, std::span<const Type> args,
                                 std::span<const Signature> signatures) {
  std::vector<Candidate> candidates;
  const std::vector<Type> alike = sides_alike(name, args);
  for (size_t i = 0; i < signatures.size(); ++i) {
    std::optional<Candidate> candidate = make_candidate(i, signatures[i], args);
    if (!candidate) continue;
    if (is_exact(*candidate, args)) return finish(*candidate, args);
    if (!alike.empty() && !candidate->polymorphic && is_exact(*candidate, alike)) {
      return finish(*candidate, args);
    }
    if (accepts(*candidate, args)) candidates.push_back(std::move(*candidate));
  }
  if (candidates.empty()) return no_such_function(name, args);
  if (candidates.size() > 1) narrow(candidates, args);
  if (candidates.size() > 1) {
    return Error(ErrorKind::kInvalidStatement, 1221,
                 fmt::format("function {} is not unique", call_text(name, args)))
        .hint("add explicit casts to the arguments")
        .sqlstate("42725");
  }
  return finish(candidates[0], args);
}

}  // namespace weir::expr
