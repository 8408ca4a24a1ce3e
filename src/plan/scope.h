// The names that an expression may use: the columns of one plan node with the aliases of their
// tables.
#pragma once
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "sql/ast.h"

namespace weir::plan {

struct ScopeColumn {
  std::string table;
  std::string name;
  Type type;
  uint32_t column = 0;   // of the node
  bool hidden = false;   // the right side of USING: only by its table's name
  bool not_null = false;  // of a table's column
  bool optional = false;  // of a row that an outer join may leave away
  uint32_t table_id = 0;  // of a table that has a primary key; else 0
  bool in_key = false;    // of that table
};

struct Scope {
  std::vector<ScopeColumn> columns;

  void add(const std::string& table, const Schema& schema, uint32_t first = 0);
  std::vector<std::string> tables() const;
};

struct NameError {
  const char* sqlstate;
  uint16_t code;
  std::string message;
  std::string hint;
};
// Position in scope.columns; or why not.
std::variant<size_t, NameError> find_column(const Scope& scope,
                                            const std::vector<std::string>& names);

std::string comma_list(const std::vector<std::string>& names);  // "a, b", for messages

}  // namespace weir::plan
