// The names of functions' parameters, and what stands for those that a call leaves out: what calls
// by name go through (f(days => 3)). Functions that are not here have none, as in PostgreSQL 15.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weir::expr {

struct Parameter {
  std::string_view name;
  std::optional<std::string_view> value;  // as a literal without a type; nullopt: must be given
};

// Empty: the function has no names, or none with so many parameters.
std::vector<Parameter> parameters_of(std::string_view function, size_t count);

// Where each argument of a call belongs, by the names in it ("": by position); those without an
// argument have their default. nullopt: no list of the function's parameters fits.
struct Placed {
  std::optional<size_t> argument;
  std::string_view value;
};
std::optional<std::vector<Placed>> place_arguments(std::string_view function,
                                                   std::span<const std::string> names);

}  // namespace weir::expr
