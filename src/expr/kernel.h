// What kernels are written with: a loop over rows that keeps NULL rows NULL and turns failures into
// row errors. A scalar function is a small lambda; everything around it is here.
//
//   map<int32_t>(call, [](uint32_t i, Row& row) -> int32_t { ... row.fail("22012", ...) ... })
#pragma once
#include <string>
#include <string_view>

#include "data/column.h"
#include "expr/expr.h"
#include "expr/function.h"

namespace weir::expr {

class Row {
 public:
  explicit Row(const KernelCall& call) : call_(call) {}
  void fail(const char* sqlstate, std::string message) {
    if (failed_) return;
    add_row_error(call_.errors, row_, sqlstate, std::move(message));
    failed_ = true;
  }
  void null() { failed_ = true; }  // the result is NULL, and no error
  void begin(uint32_t row) {
    row_ = row;
    failed_ = false;
  }
  bool failed() const { return failed_; }

 private:
  const KernelCall& call_;
  uint32_t row_ = 0;
  bool failed_ = false;
};

// Fixed-width results.
template <class R, class F>
ColumnPtr map(const KernelCall& call, F f) {
  ColumnBuilder out = ColumnBuilder::sized(call.result, call.rows);
  R* values = out.mutable_values<R>();
  uint8_t* validity = call.null_rows ? out.mutable_validity() : nullptr;
  Row row(call);
  for (uint32_t i = 0; i < call.rows; ++i) {
    if (call.null_rows && call.null_rows[i]) {
      validity[i] = 0;
      continue;
    }
    row.begin(i);
    values[i] = f(i, row);
    if (row.failed()) [[unlikely]] {
      if (!validity) validity = out.mutable_validity();
      validity[i] = 0;
      values[i] = R();
    }
  }
  return out.finish();
}

// Text results: f appends to `text`.
template <class F>
ColumnPtr map_text(const KernelCall& call, F f) {
  ColumnBuilder out(call.result);
  out.reserve(call.rows);
  Row row(call);
  std::string text;
  for (uint32_t i = 0; i < call.rows; ++i) {
    if (call.null_rows && call.null_rows[i]) {
      out.append_null();
      continue;
    }
    row.begin(i);
    text.clear();
    f(i, row, text);
    if (row.failed()) {
      out.append_null();
    } else {
      out.append_text(text);
    }
  }
  return out.finish();
}

template <class A, class R, class Op>
ColumnPtr unary(const KernelCall& call, Op op) {
  const Column& a = *call.args[0];
  return map<R>(call, [&](uint32_t i, Row& row) { return op(a.value<A>(i), row); });
}

template <class A, class B, class R, class Op>
ColumnPtr binary(const KernelCall& call, Op op) {
  const Column& a = *call.args[0];
  const Column& b = *call.args[1];
  return map<R>(call, [&](uint32_t i, Row& row) { return op(a.value<A>(i), b.value<B>(i), row); });
}

// The groups of the function table; each appends its own: add(name, ...).not_strict().
using FunctionList = std::vector<Function>;
class FunctionGroup {
 public:
  FunctionGroup(FunctionList& out, std::string_view group) : out_(out), group_(group) {}
  FunctionGroup& operator()(std::string_view name, std::vector<Type> args, Type result,
                            Kernel kernel, std::string_view summary) {
    out_.push_back({.name = name, .args = std::move(args), .result = result, .kernel = kernel,
                    .summary = summary, .group = group_});
    return *this;
  }
  FunctionGroup& not_strict() { return out_.back().strict = false, *this; }
  FunctionGroup& variadic() { return out_.back().variadic = true, *this; }
  FunctionGroup& changing() { return out_.back().volatility = Volatility::kVolatile, *this; }

 private:
  FunctionList& out_;
  std::string_view group_;
};
void add_arithmetic(FunctionList& out);
void add_comparisons(FunctionList& out);
void add_math(FunctionList& out);
void add_numeric_math(FunctionList& out);
void add_numeric_parts(FunctionList& out);
void add_degrees(FunctionList& out);
void add_chance(FunctionList& out);
void add_number_formats(FunctionList& out);
void add_to_number(FunctionList& out);
void add_strings(FunctionList& out);
void add_quoting(FunctionList& out);
void add_code_points(FunctionList& out);
void add_any_values(FunctionList& out);
void add_bytes(FunctionList& out);
void add_encodings(FunctionList& out);
void add_patterns(FunctionList& out);
void add_regular_expressions(FunctionList& out);
void add_similar(FunctionList& out);
void add_times(FunctionList& out);
void add_json(FunctionList& out);
void add_arrays(FunctionList& out);
void add_enums(FunctionList& out);
void add_records(FunctionList& out);
void add_type_casts(FunctionList& out);
void add_sizes(FunctionList& out);
void add_hashes(FunctionList& out);
void add_sessions(FunctionList& out);
void add_privileges(FunctionList& out);
void add_normal_forms(FunctionList& out);
void add_operator_names(FunctionList& out);  // behind those of operators
void add_spread(FunctionList& out);  // behind all others

}  // namespace weir::expr
