// The function table, and which of its functions a call means (expr/overload.h).
#include <fmt/core.h>

#include "base/edit_distance.h"
#include "expr/kernel.h"
#include "expr/overload.h"
#include "expr/resolve_internal.h"
#include "expr/spread.h"

namespace weir::expr {

namespace {

FunctionList build_table() {
  FunctionList table;
  add_arithmetic(table);
  add_comparisons(table);
  add_math(table);
  add_numeric_math(table);
  add_numeric_parts(table);
  add_degrees(table);
  add_chance(table);
  add_number_formats(table);
  add_strings(table);
  add_quoting(table);
  add_code_points(table);
  add_any_values(table);
  add_bytes(table);
  add_encodings(table);
  add_patterns(table);
  add_times(table);
  add_json(table);
  add_arrays(table);
  add_enums(table);
  add_records(table);
  add_type_casts(table);
  add_sizes(table);
  add_hashes(table);
  add_sessions(table);
  add_privileges(table);
  add_normal_forms(table);
  add_operator_names(table);
  add_spread(table);
  return table;
}

const FunctionList& table() {
  static const FunctionList functions = build_table();
  return functions;
}

Resolved finish(const Function& f, Overload overload) {
  const Type declared = overload.concrete(f.result);
  Resolved resolved{&f, std::move(overload.arg_types), declared};
  if (f.result_type) resolved.result = f.result_type(resolved.arg_types);
  return resolved;
}

Error with_hint(Error error, std::string_view name) {
  std::vector<std::string> names;
  for (const Function& f : all_functions()) {
    if (f.name == name) {
      return std::move(error).hint(
          "no function of this name takes these types: add explicit casts");
    }
    if (spread_name(f.name.substr(0, f.name.find(' '))) != f.name) names.emplace_back(f.name);
  }
  const auto nearest = is_operator_name(name) ? std::nullopt : nearest_spelling(name, names);
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

static bool takes_reals(const std::vector<const Function*>& named) {
  return std::any_of(named.begin(), named.end(), [](const Function* f) {
    return std::any_of(f->args.begin(), f->args.end(), [](const Type& t) { return t.is_float(); });
  });
}

Result<Resolved> resolve_among(const std::vector<const Function*>& named, std::string_view name,
                               std::span<const Type> types) {
  const bool is_comparison = name.starts_with("is ");
  const bool widens = (is_operator_name(name) || is_comparison) && takes_reals(named);
  const std::vector<Type> args =
      widens ? widened_reals(types) : std::vector<Type>(types.begin(), types.end());
  std::vector<Signature> signatures;
  for (const Function* f : named) signatures.push_back({f->args, f->variadic});
  Result<Overload> chosen = choose_overload(name, args, signatures);
  if (chosen) return finish(*named[chosen->index], std::move(*chosen));
  Error error = std::move(chosen).error();
  return error.sqlstate() == "42883" ? with_hint(std::move(error), name) : std::move(error);
}

Result<Resolved> resolve_function(std::string_view name, std::span<const Type> types) {
  std::vector<const Function*> named;
  for (const Function& f : table()) {
    if (f.name == name) named.push_back(&f);
  }
  return resolve_among(named, name, types);
}

}  // namespace weir::expr
