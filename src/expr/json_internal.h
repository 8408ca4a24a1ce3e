// Canonical jsonb put together from parts that are canonical, and asked about: what the files of
// JSON functions share. Inside src/expr only.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expr/kernel.h"

namespace weir::expr {

enum class JsonKind : uint8_t { kObject, kArray, kString, kNumber, kBool, kNull };
JsonKind json_kind(std::string_view json);
const char* json_kind_name(JsonKind kind);  // "object", "array", "string", ...
inline bool is_scalar(std::string_view json) { return json_kind(json) > JsonKind::kArray; }

struct MemberText {
  std::string name;
  std::string value;
};
// In jsonb's order of names; of equal names the last counts.
std::string json_object_of(std::vector<MemberText> members);
std::string json_array_of(std::span<const std::string> elements);

bool json_has_key(std::string_view json, std::string_view key);          // ?
bool json_contains(std::string_view whole, std::string_view part);       // @>
std::string json_quoted(std::string_view text);

// Adds functions of one result type.
class JsonFunctions {
 public:
  JsonFunctions(FunctionList& out, Type result) : out_(out), result_(result) {}
  Function& operator()(std::string_view name, std::vector<Type> args, Kernel kernel,
                       std::string_view summary) {
    out_.push_back({.name = name, .args = std::move(args), .result = result_, .kernel = kernel,
                    .summary = summary, .group = "json"});
    return out_.back();
  }

 private:
  FunctionList& out_;
  Type result_;
};

void add_json_changes(FunctionList& out);
void add_json_making(FunctionList& out);
void add_json_containment(FunctionList& out);
void add_json_paths(FunctionList& out);

}  // namespace weir::expr
