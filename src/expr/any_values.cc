// Functions of values of any type.
#include "expr/kernel.h"

namespace weir::expr {

namespace {

using enum TypeId;

template <bool kNulls>
ColumnPtr count_nulls(const KernelCall& c) {
  return map<int32_t>(c, [&](uint32_t i, Row&) {
    int32_t n = 0;
    for (const ColumnPtr& arg : c.args) n += arg->is_null(i) == kNulls;
    return n;
  });
}

ColumnPtr type_name(const KernelCall& c) {
  std::string name = c.args[0]->type().plain().name();
  if (name.starts_with("bpchar")) name.replace(0, 6, "character");
  return map_text(c, [&](uint32_t, Row&, std::string& out) { out += name; });
}

}  // namespace

void add_any_values(FunctionList& out) {
  FunctionGroup add(out, "comparison");
  add("num_nonnulls", {kUnknown}, kInt4, count_nulls<false>, "number of arguments not NULL")
      .not_strict().variadic();
  add("num_nulls", {kUnknown}, kInt4, count_nulls<true>, "number of arguments that are NULL")
      .not_strict().variadic();
  add("pg_typeof", {kUnknown}, kText, type_name, "the name of the argument's type").not_strict();
}

}  // namespace weir::expr
