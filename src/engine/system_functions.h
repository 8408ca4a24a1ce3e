// Functions and operators as pg_catalog shows them: rows of pg_proc, pg_operator and pg_aggregate,
// made of the same tables that the binder resolves calls by.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/system_relations.h"

namespace weir::engine {

struct SystemFunction {
  std::string_view name;
  char kind = 'f';              // f: function, a: aggregate, w: window, o: operator
  std::vector<uint32_t> args;   // object ids of their types
  uint32_t variadic = 0;        // of the element type where the last argument may repeat
  uint32_t result = 0;
  bool returns_set = false;
  bool strict = true;
  char volatility = 'i';
  char form = 'n';              // of aggregates: n, o (ordered set) or h (hypothetical)
  size_t direct = 0;
  std::string_view summary;
  uint32_t oid = 0;

  std::string arguments() const;  // as psql's \df shows them
  std::string result_text() const;
};
// In the order of their tables; the object id follows from name and types.
std::vector<SystemFunction> system_functions();

std::vector<SystemRow> function_rows();
std::vector<SystemRow> operator_rows();
std::vector<SystemRow> aggregate_rows();

// Types of parameters that stand for several, and of functions that no query calls.
struct PseudoType {
  uint32_t oid;
  std::string_view name;
};
std::span<const PseudoType> pseudo_types();
uint32_t pseudo_type_oid(std::string_view name);  // 0: none of these

}  // namespace weir::engine
