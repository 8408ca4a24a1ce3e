// All that a difference rests on: tables, queries, and what happens to the tables epoch by epoch.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "catalog/definition.h"
#include "differ/kinds.h"
#include "differ/postgres.h"

namespace weir::differ {

struct ScenarioTable {
  std::string name;
  bool keyed = false;  // by its first column
  std::vector<std::pair<std::string, Pool>> columns;
};

struct ScenarioQuery {
  std::string name;
  PartPtr sql;
  bool view = false;       // others may read it
  bool fails = false;      // rows may: weir has them dead where PostgreSQL's answer is an error
  int partition = -1;      // with the next three queries; their rows add up to this one's
  bool late = false;       // is not there before the epoch that first toggles it
};

using ScenarioRow = std::vector<std::string>;  // "\\N": NULL

struct ScenarioChange {
  size_t table = 0;
  ScenarioRow row;
  int weight = 1;
};

struct ScenarioEpoch {
  std::vector<ScenarioChange> changes;
  bool restart = false;
  bool from_deltas = false;
  Micros now = 0;
  std::vector<std::string> toggled;  // queries that go or come as views, before the changes
};

struct Scenario {
  std::vector<ScenarioTable> tables;
  std::vector<ScenarioQuery> queries;
  std::vector<ScenarioEpoch> epochs;
};

std::vector<ScenarioTable> random_tables(Random& random);
std::vector<ScenarioEpoch> random_epochs(Random& random, const std::vector<ScenarioTable>& tables,
                                         int count);

catalog::Catalog catalog_of(const Scenario& scenario);
std::string create_table(const ScenarioTable& table);
std::string statement(const ScenarioTable& table, const ScenarioChange& change);
Batch batch_of(const ScenarioTable& table, const std::vector<ScenarioRow>& rows,
               const std::vector<int>& weights);

}  // namespace weir::differ
