#include "engine/system_functions.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

#include "base/hash.h"
#include "data/wire_type.h"
#include "expr/aggregate_function.h"
#include "expr/function.h"
#include "expr/parameters.h"
#include "expr/table_function.h"

namespace weir::engine {

namespace {

// Behind those of relations.
constexpr uint32_t kFirstFunctionOid = 1'100'000'000;
constexpr uint32_t kFunctionOids = 900'000'000;
constexpr uint32_t kRecord = 2249, kAny = 2276, kAnyElementOid = 2283, kAnyEnumOid = 3500;
constexpr PseudoType kPseudoTypes[] = {
    {kRecord, "record"},         {kAny, "\"any\""},
    {2277, "anyarray"},          {kAnyElementOid, "anyelement"},
    {2776, "anynonarray"},       {kAnyEnumOid, "anyenum"},
    {5077, "anycompatible"},
    {5078, "anycompatiblearray"}, {2275, "cstring"},
    {2278, "void"},              {2279, "trigger"},
    {2281, "internal"},          {3838, "event_trigger"}};

uint32_t oid_of(Type type) {
  if (type.id == TypeId::kUnknown) return kAny;
  if (type.id == kAnyElement) return kAnyElementOid;
  if (type.id == array_id(kAnyElement) || type.id == array_id(kAnyEnum)) return 2277;
  if (type.id == kAnyEnum) return kAnyEnumOid;
  if (type.id == kAnyNonArray) return 2776;
  if (type.id == kAnyCompatible) return 5077;
  if (type.id == array_id(kAnyCompatible)) return 5078;
  return wire_type(type).oid;
}

std::string type_text(uint32_t oid) {
  for (const PseudoType& pseudo : kPseudoTypes) {
    if (pseudo.oid == oid) return std::string(pseudo.name);
  }
  const auto type = type_of_oid(oid);
  return type ? type->name() : "-";
}

bool is_operator(std::string_view name) {
  return name.find_first_not_of("+-*/<>=~!@#%^&|`?") == std::string_view::npos;
}

// What has a syntax of its own, and names that are nobody's to call, are not functions.
bool is_callable(std::string_view name) {
  static constexpr std::string_view kSyntax[] = {"array", "greatest", "least", "current_catalog",
                                                 "current_role", "row", "user"};
  const bool plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
                     std::string_view::npos;
  return plain && std::find(std::begin(kSyntax), std::end(kSyntax), name) == std::end(kSyntax);
}

char volatility_letter(expr::Volatility volatility) {
  using enum expr::Volatility;
  return volatility == kImmutable ? 'i' : volatility == kStable ? 's' : 'v';
}

// A function whose parameters have names is one of all its parameters, some with a default.
bool leaves_out_parameters(std::string_view name, size_t count) {
  if (!expr::parameters_of(name, count).empty()) return false;
  for (size_t more = count + 1; more < count + 8; ++more) {
    if (!expr::parameters_of(name, more).empty()) return true;
  }
  return false;
}

SystemFunction described(const expr::Function& f) {
  SystemFunction out;
  out.name = f.name;
  for (const Type& arg : f.args) out.args.push_back(oid_of(arg));
  if (f.variadic && !f.args.empty()) out.variadic = out.args.back();
  const bool as_arguments = f.result_type || f.result.id == TypeId::kUnknown;
  out.result = as_arguments ? kAnyElementOid : oid_of(f.result);
  out.strict = f.strict;
  out.volatility = volatility_letter(f.volatility);
  out.summary = f.summary;
  return out;
}

SystemFunction described(const expr::TableFunction& f) {
  SystemFunction out;
  out.name = f.name;
  for (const Type& arg : f.args) out.args.push_back(oid_of(arg));
  if (f.variadic) out.variadic = out.args.back();
  const Schema columns = f.columns(f.args);
  out.result = columns.size() == 1   ? oid_of(columns.fields[0].type)
               : columns.size() == 0 ? kAnyElementOid
                                     : kRecord;
  out.returns_set = true;
  out.strict = f.strict;
  out.summary = f.summary;
  return out;
}

SystemFunction described(const expr::AggregateFunction& f) {
  SystemFunction out = described(f.signature);
  using enum expr::AggregateForm;
  out.kind = 'a';
  out.strict = false;
  out.form = f.form == kPlain ? 'n' : f.form == kOrderedSet ? 'o' : 'h';
  out.direct = f.direct;
  return out;
}

void add_window_functions(std::vector<SystemFunction>& out) {
  constexpr uint32_t kInt4Oid = 23, kInt8Oid = 20, kFloat8Oid = 701, kCompatible = 5077;
  const auto add = [&](std::string_view name, std::vector<uint32_t> args, uint32_t result) {
    SystemFunction& f = out.emplace_back();
    f.name = name;
    f.kind = 'w';
    f.args = std::move(args);
    f.result = result;
  };
  for (const std::string_view name : {"row_number", "rank", "dense_rank"}) add(name, {}, kInt8Oid);
  for (const std::string_view name : {"percent_rank", "cume_dist"}) add(name, {}, kFloat8Oid);
  add("ntile", {kInt4Oid}, kInt4Oid);
  for (const std::string_view name : {"lag", "lead"}) {
    add(name, {kAnyElementOid}, kAnyElementOid);
    add(name, {kAnyElementOid, kInt4Oid}, kAnyElementOid);
    add(name, {kCompatible, kInt4Oid, kCompatible}, kCompatible);
  }
  for (const std::string_view name : {"first_value", "last_value"}) {
    add(name, {kAnyElementOid}, kAnyElementOid);
  }
  add("nth_value", {kAnyElementOid, kInt4Oid}, kAnyElementOid);
}

void number(std::vector<SystemFunction>& functions) {
  std::set<uint32_t> taken;
  for (SystemFunction& f : functions) {
    std::string key = fmt::format("{}{}{}", f.kind == 'o' ? "operator " : "", f.name, f.kind);
    for (const uint32_t arg : f.args) key += fmt::format(",{}", arg);
    f.oid = static_cast<uint32_t>(hash64(key) % kFunctionOids) + kFirstFunctionOid;
    while (!taken.insert(f.oid).second) ++f.oid;
  }
}

std::string truth(bool b) { return b ? "t" : "f"; }

std::string oid_list(const std::vector<uint32_t>& oids) {
  std::string text;
  for (const uint32_t oid : oids) text += (text.empty() ? "" : " ") + std::to_string(oid);
  return text;
}

size_t defaults_of(const SystemFunction& f) {
  const auto parameters = expr::parameters_of(f.name, f.args.size());
  return static_cast<size_t>(std::count_if(parameters.begin(), parameters.end(),
                                           [](const auto& p) { return p.value.has_value(); }));
}

}  // namespace

std::span<const PseudoType> pseudo_types() { return kPseudoTypes; }

uint32_t pseudo_type_oid(std::string_view name) {
  for (const PseudoType& pseudo : kPseudoTypes) {
    if (pseudo.name == name) return pseudo.oid;
  }
  return 0;
}

std::string SystemFunction::arguments() const {
  const std::vector<expr::Parameter> parameters =
      kind == 'f' ? expr::parameters_of(name, args.size()) : std::vector<expr::Parameter>();
  std::string text;
  for (size_t i = 0; i < args.size(); ++i) {
    if (i > 0) text += form != 'n' && i == direct ? " ORDER BY " : ", ";
    if (i == 0 && form != 'n' && direct == 0) text += "ORDER BY ";
    const bool last = i + 1 == args.size();
    if (last && variadic != 0) text += "VARIADIC ";
    if (!parameters.empty()) text += std::string(parameters[i].name) + " ";
    text += type_text(args[i]);
    if (last && variadic != 0 && variadic != kAny) text += "[]";
    if (parameters.empty() || !parameters[i].value) continue;
    const bool quoted = args[i] != 16 && args[i] != 23 && args[i] != 701;
    text += quoted ? fmt::format(" DEFAULT '{}'::{}", *parameters[i].value, type_text(args[i]))
                   : fmt::format(" DEFAULT {}", *parameters[i].value);
  }
  return text;
}

std::string SystemFunction::result_text() const {
  return (returns_set ? "SETOF " : "") + type_text(result);
}

std::vector<SystemFunction> system_functions() {
  std::vector<SystemFunction> out;
  for (const expr::Function& f : expr::all_functions()) {
    if (is_operator(f.name)) {
      out.push_back(described(f));
      out.back().kind = 'o';
    } else if (is_callable(f.name) && !leaves_out_parameters(f.name, f.args.size())) {
      out.push_back(described(f));
    }
  }
  for (const expr::TableFunction& f : expr::all_table_functions()) {
    if (!leaves_out_parameters(f.name, f.args.size())) out.push_back(described(f));
  }
  for (const expr::AggregateFunction& f : expr::all_aggregates()) out.push_back(described(f));
  add_window_functions(out);
  number(out);
  return out;
}

std::vector<SystemRow> function_rows() {
  std::vector<SystemRow> rows;
  for (const SystemFunction& f : system_functions()) {
    if (f.kind == 'o') continue;
    rows.push_back({{"oid", std::to_string(f.oid)},
                    {"proname", std::string(f.name)},
                    {"prokind", std::string(1, f.kind)},
                    {"provariadic", std::to_string(f.variadic)},
                    {"proisstrict", truth(f.strict)},
                    {"proretset", truth(f.returns_set)},
                    {"prorows", f.returns_set ? "1000" : "0"},
                    {"provolatile", std::string(1, f.volatility)},
                    {"pronargs", std::to_string(f.args.size())},
                    {"pronargdefaults", std::to_string(f.kind == 'f' ? defaults_of(f) : 0)},
                    {"prorettype", std::to_string(f.result)},
                    {"proargtypes", oid_list(f.args)},
                    {"prosrc", std::string(f.name)}});
  }
  return rows;
}

std::vector<SystemRow> operator_rows() {
  std::vector<SystemRow> rows;
  for (const SystemFunction& f : system_functions()) {
    if (f.kind != 'o') continue;
    const bool binary = f.args.size() == 2;
    rows.push_back({{"oid", std::to_string(f.oid)},
                    {"oprname", std::string(f.name)},
                    {"oprkind", binary ? "b" : "l"},
                    {"oprleft", std::to_string(binary ? f.args[0] : 0)},
                    {"oprright", std::to_string(f.args.back())},
                    {"oprresult", std::to_string(f.result)}});
  }
  return rows;
}

std::vector<SystemRow> aggregate_rows() {
  std::vector<SystemRow> rows;
  for (const SystemFunction& f : system_functions()) {
    if (f.kind != 'a') continue;
    rows.push_back({{"aggfnoid", std::to_string(f.oid)},
                    {"aggkind", std::string(1, f.form)},
                    {"aggnumdirectargs", std::to_string(f.direct)}});
  }
  return rows;
}

}  // namespace weir::engine
