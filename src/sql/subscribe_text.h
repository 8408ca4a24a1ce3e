// SUBSCRIBE, which PostgreSQL's grammar does not know: taken out of a text before it is parsed, so
// that what is left is a SELECT in the same place. `SUBSCRIBE [TO] view` becomes `TABLE view`,
// `SUBSCRIBE [TO] (query)` the query, and `WITH (SNAPSHOT = false, PROGRESS)` blanks.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"

namespace weir::sql {

struct SubscribeText {
  struct Place {
    size_t at = 0;  // of the word
    Subscribe options;
  };
  std::string text;  // of the same length
  std::vector<Place> places;
};

// Where it stands by itself, behind DECLARE ... FOR and in COPY (...). Errors: 42601 an option that
// there is not.
Result<SubscribeText> take_out_subscribe(std::string_view text);

}  // namespace weir::sql
