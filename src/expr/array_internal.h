// Shared by the files of array functions. Inside src/expr only.
#pragma once
#include "data/array.h"
#include "expr/kernel.h"

namespace weir::expr {

Array array_at(const Column& arrays, uint32_t row);  // of a NULL: no elements
bool same_value(const Column& a, uint32_t i, const Column& b, uint32_t j);  // NULL equals NULL
void too_many_dimensions(size_t dimensions, Row& row);

using ArrayFunctions = FunctionGroup;
void add_array_changes(ArrayFunctions& add);
void add_array_texts(ArrayFunctions& add);

}  // namespace weir::expr
