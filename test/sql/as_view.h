// A query of a record once more, as a view that is kept up to date: half of the tables' rows are
// there when it is made, the rest comes after it, a third goes, and all come back. At each step the
// view holds what the query answers.
#pragma once
#include <string>
#include <vector>

#include "engine/session.h"

namespace weir::test {

using Lines = std::vector<std::string>;  // rows as text

struct Trial {
  bool tried = false;   // false: no view can be made of it (two columns of one name, no table, ...)
  std::string wrong;    // empty: nothing
};

// `expected`: what PostgreSQL answered over the tables as they are now, which is how they are left.
Trial try_as_view(engine::Session& session, const std::string& query, const Lines& expected);

// The rows of one statement, as they stand in the files.
Result<Lines> rows_of(engine::Session& session, const std::string& sql);

}  // namespace weir::test
