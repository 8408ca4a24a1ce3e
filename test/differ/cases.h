// What the prefix differ tries: tables, views that together use every operator, views made at
// random, and streams of random changes.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace weir::differ {

struct ViewCase {
  std::string name;
  std::string sql;
  std::string postgres;  // the same question; differs for windows
  bool by_value = false; // 1.1 or 1.10, -0 or 0: which of equal values stands for them is left open
};

std::vector<std::string> tables();
std::vector<ViewCase> fixed_views();  // over t, u and v
// Window functions: over t, u and v; over the tables of RowStream.
std::vector<ViewCase> over_views();
std::vector<ViewCase> over_type_views();
// Over the tables of RowStream besides: every type, append-only input, views on views.
std::vector<ViewCase> graph_views();
// Whether a query shows one of several equal values that look different.
bool leaves_open(std::string_view sql);
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
