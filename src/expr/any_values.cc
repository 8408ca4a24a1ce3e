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

// What LIMIT and OFFSET are given, where it is known to the query that runs only.
template <bool kLimit>
ColumnPtr row_count(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    const int64_t count = c.args[0]->value<int64_t>(i);
    if (count < 0 && kLimit) row.fail("2201W", "LIMIT must not be negative");
    if (count < 0 && !kLimit) row.fail("2201X", "OFFSET must not be negative");
    return count;
  });
}

// How many rows or groups a frame reaches.
ColumnPtr frame_offset(const KernelCall& c) {
  return map<int64_t>(c, [&](uint32_t i, Row& row) -> int64_t {
    if (c.args[0]->is_null(i)) {
      row.fail("22004", "frame offset must not be null");
      return 0;
    }
    const int64_t rows = c.args[0]->value<int64_t>(i);
    if (rows < 0) row.fail("22013", "frame offset must not be negative");
    return rows;
  });
}

}  // namespace

void add_any_values(FunctionList& out) {
  FunctionGroup add(out, "comparison");
  add("num_nonnulls", {kUnknown}, kInt4, count_nulls<false>, "number of arguments not NULL")
      .not_strict().variadic();
  add("num_nulls", {kUnknown}, kInt4, count_nulls<true>, "number of arguments that are NULL")
      .not_strict().variadic();
  // No name that a query can call: without a summary they are not in the reference.
  add("limit count", {kInt8}, kInt8, row_count<true>, "");
  add("frame offset", {kInt8}, kInt8, frame_offset, "").not_strict();
  add("offset count", {kInt8}, kInt8, row_count<false>, "");
  add("pg_typeof", {kUnknown}, kText, type_name, "the name of the argument's type").not_strict();
}

}  // namespace weir::expr
