// A piece of SQL and the pieces that it is made of. The generator builds them; the shrinker puts
// simpler ones in their place, without knowing what they mean: PostgreSQL says what is still SQL.
// Where weir has a form of its own (windows over time), a piece has a text for each of them.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::differ {

struct Part;
using PartPtr = std::shared_ptr<const Part>;

struct Part {
  std::string sort;                  // pieces of one sort may stand for each other; "": for none
  std::vector<std::string> text;     // before, between and behind the children
  std::vector<PartPtr> children;
  std::vector<std::string> simpler;  // what may stand in its place
  std::string postgres;              // what PostgreSQL is asked in place of this one; "": the same
  bool list = false;                 // children may go, all but one
};

PartPtr word(std::string text, std::string sort = "");
PartPtr word_of_each(std::string text, std::string postgres, std::string sort = "");
// `pattern` has a $ for each child, and a % for the first child once more.
PartPtr form(std::string_view pattern, std::vector<PartPtr> children, std::string sort = "",
             std::vector<std::string> simpler = {});
// May vanish.
PartPtr clause(std::string_view pattern, std::vector<PartPtr> children);
PartPtr list(std::vector<PartPtr> children, std::string separator);

// One piece, that is not made simpler.
PartPtr whole(const Part& part);

std::string render(const Part& part);
std::string render_for_postgres(const Part& part);
// Every tree that is one step simpler, the largest steps first.
std::vector<PartPtr> simpler(const PartPtr& part);

}  // namespace weir::differ
