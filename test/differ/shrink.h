// A difference made small: fewer queries, epochs, rows, simpler SQL and values, as long as the same
// kind of difference stays.
#pragma once
#include "differ/trial.h"

namespace weir::differ {

struct Shrunk {
  Scenario scenario;
  Difference difference;
  bool reproduced = false;
};

Shrunk shrink(Postgres& postgres, Scenario scenario, Difference difference);

// As statements that anyone can run: what psql takes.
std::string as_sql(const Shrunk& shrunk);
// As a text test in the form of test/sql, with PostgreSQL's rows.
std::string as_record(Postgres& postgres, const Shrunk& shrunk);

}  // namespace weir::differ
