// What the prefix differ tries: tables, views that together use every operator, views made at
// random, and streams of random changes.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/random.h"

namespace weir::differ {

struct ViewCase {
  std::string name;
  std::string sql;
  std::string postgres;  // the same question; differs for windows
};

std::vector<std::string> tables();
std::vector<ViewCase> fixed_views();
ViewCase random_view(Random& random, int number);

// Statements that insert, update and delete; values come from small pools, so that keys meet.
class Stream {
 public:
  explicit Stream(Random& random) : random_(random) {}
  std::string next();

 private:
  std::string insert();
  std::string update();
  std::string remove();
  std::string row_of_t(int id);
  std::string row_of_u(int id);

  Random& random_;
  int next_t_ = 1;
  int next_u_ = 1;
};

}  // namespace weir::differ
