// Which function of a name a call means. PostgreSQL's rules (its documentation, chapter "Type
// Conversion"): an exact match; else the candidates that implicit casts reach, those with most
// exact matches, then most preferred types, then unknown literals taken as what the known arguments
// suggest, or as text. A polymorphic signature becomes a concrete one first: what its parameters
// stand for follows from the arguments.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/type.h"

namespace weir::expr {

struct Signature {
  std::span<const Type> parameters;  // kUnknown: any type, as it comes
  bool variadic = false;             // the last parameter repeats, one or more times
};

struct Overload {
  size_t index = 0;                  // of the signature
  std::vector<Type> arg_types;       // what each argument must be cast to (implicitly)
  Type element;                      // what kAnyElement, kAnyNonArray and kAnyCompatible stand for

  // A declared type with what it stands for put in.
  Type concrete(Type declared) const;
};

// All signatures are of functions of that name. Errors: 42883 (none fits; without a hint), 42725
// (ambiguous), 42804 (a polymorphic type that nothing determines).
Result<Overload> choose_overload(std::string_view name, std::span<const Type> args,
                                 std::span<const Signature> signatures);

// The type that all can be cast to implicitly and that one of them has; unknowns have no say.
// kUnknown: all are unknown. nullopt: there is none.
std::optional<Type> common_type(std::span<const Type> types);

Error no_such_function(std::string_view name, std::span<const Type> args);
bool is_operator_name(std::string_view name);

}  // namespace weir::expr
