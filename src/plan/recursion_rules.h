// Where a recursive query may name itself. Elsewhere a row that the recursion adds could take away
// what it rests on, and there would be no fixpoint.
#pragma once
#include <string>

#include "sql/ast.h"

namespace weir::plan {

bool reads_relation(const sql::Select& select, const std::string& name);

// What is wrong with the recursive term; empty: nothing.
std::string wrong_recursion(const sql::Select& step, const std::string& name);

}  // namespace weir::plan
