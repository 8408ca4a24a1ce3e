// What CREATE TYPE and ALTER TYPE say, beside the fields of a row (Statement::definitions).
#pragma once
#include <string>
#include <vector>

namespace weir::sql {

struct TypeChange {
  bool is_enum = false;
  std::vector<std::string> labels;         // of CREATE
  std::string label;                       // the new one of ALTER
  std::string neighbour;                   // empty: behind all
  bool after = false;                      // the neighbour; else before it
  std::string renamed;                     // RENAME VALUE renamed TO label
};

}  // namespace weir::sql
