// Shared by the files of array functions. Inside src/expr only.
#pragma once
#include "data/array.h"
#include "expr/kernel.h"

namespace weir::expr {

Array array_at(const Column& arrays, uint32_t row);  // of a NULL: no elements
bool same_value(const Column& a, uint32_t i, const Column& b, uint32_t j);  // NULL equals NULL
void too_many_dimensions(size_t dimensions, Row& row);

// Fills the function table: add(name, ...).not_strict().
class ArrayFunctions {
 public:
  explicit ArrayFunctions(FunctionList& out) : out_(out) {}
  ArrayFunctions& operator()(std::string_view name, std::vector<Type> args, Type result,
                             Kernel kernel, std::string_view summary) {
    out_.push_back({.name = name, .args = std::move(args), .result = result, .kernel = kernel,
                    .summary = summary, .group = "array"});
    return *this;
  }
  ArrayFunctions& not_strict() { return out_.back().strict = false, *this; }
  ArrayFunctions& variadic() { return out_.back().variadic = true, *this; }

 private:
  FunctionList& out_;
};
void add_array_changes(ArrayFunctions& add);
void add_array_texts(ArrayFunctions& add);

}  // namespace weir::expr
