#include "plan/scope.h"

#include <fmt/core.h>

#include "base/edit_distance.h"

namespace weir::plan {

std::string comma_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

void Scope::add(const std::string& table, const Schema& schema, uint32_t first) {
  for (uint32_t i = 0; i < schema.size(); ++i) {
    columns.push_back({table, schema.fields[i].name, schema.fields[i].type, first + i});
  }
}

std::vector<std::string> Scope::tables() const {
  std::vector<std::string> names;
  for (const ScopeColumn& column : columns) {
    if (std::find(names.begin(), names.end(), column.table) == names.end())
      names.push_back(column.table);
  }
  return names;
}

std::variant<size_t, NameError> find_column(const Scope& scope,
                                            const std::vector<std::string>& names) {
  const std::string& name = names.back();
  std::string table;
  for (size_t i = 0; i + 1 < names.size(); ++i) table += (table.empty() ? "" : ".") + names[i];
  std::optional<size_t> found;
  bool table_known = table.empty();
  std::vector<std::string> candidates;
  for (size_t i = 0; i < scope.columns.size(); ++i) {
    const ScopeColumn& column = scope.columns[i];
    if (table.empty() ? column.hidden : column.table != table) continue;
    table_known = true;
    candidates.push_back(column.name);
    if (column.name != name) continue;
    if (found) {
      return NameError{"42702", 1212, fmt::format("column reference \"{}\" is ambiguous", name),
                       "put the table's name before it"};
    }
    found = i;
  }
  if (found) return *found;
  if (!table_known) {
    return NameError{"42P01", 1213,
                     fmt::format("missing FROM-clause entry for table \"{}\"", table),
                     fmt::format("tables here are: {}", comma_list(scope.tables()))};
  }
  const auto nearest = nearest_spelling(name, candidates);
  const std::string known = candidates.empty()
                                ? "no column is known here: is a FROM clause missing?"
                                : fmt::format("columns here are: {}", comma_list(candidates));
  return NameError{"42703", 1211,
                   table.empty() ? fmt::format("column \"{}\" does not exist", name)
                                 : fmt::format("column {}.{} does not exist", table, name),
                   nearest ? fmt::format("did you mean \"{}\"?", *nearest)
                           : known};
}

}  // namespace weir::plan
