// One scenario played to both: weir's graph, with all its queries as views, and PostgreSQL; after
// every epoch they must say the same. Besides, within weir: what was maintained is what a fresh
// graph computes at once, and the rows where a condition is true, false and unknown are all rows.
#pragma once
#include <memory>
#include <optional>
#include <set>

#include "differ/running_graph.h"
#include "differ/scenario.h"

namespace weir::differ {

struct Difference {
  std::string what;    // the kind: a smaller scenario must show the same
  std::string query;   // by name
  std::string detail;
};

struct TrialCounts {
  bool verbose = false;
  uint64_t compared = 0;
  uint64_t errors_compared = 0;
  uint64_t recomputed = 0;
  uint64_t partitioned = 0;
  uint64_t grafted = 0;
  std::map<std::string, uint64_t> errors;    // PostgreSQL's query failed over these rows
  std::map<std::string, uint64_t> refused_by_both;  // by PostgreSQL's message
  std::map<std::string, uint64_t> refused;   // by weir alone, by message
  std::map<std::string, std::string> refused_example;
};

class Trial {
 public:
  Trial(Postgres& postgres, Scenario scenario, TrialCounts& counts)
      : postgres_(postgres), scenario_(std::move(scenario)), counts_(counts) {}

  // The first difference; after it the query that showed it is left alone and the trial goes on.
  std::vector<Difference> run(size_t most);

 private:
  void start();
  void make(const ScenarioQuery& query);
  bool make_in_weir(const ScenarioQuery& query, const std::string& sql, const std::string& theirs,
                    const std::string& columns);
  void step(const ScenarioEpoch& epoch);
  void toggle(const std::string& name);
  std::map<std::string, Batch> contents() const;
  void compare();
  bool refused_a_row(const std::string& query);
  void compare_error(const ScenarioQuery& query, const std::string& theirs);
  std::string error_of(const ScenarioQuery& query) const;
  void compare_partition(size_t first);
  void recompute();
  void push_rows(RunningGraph& graph) const;
  void found(std::string what, const std::string& query, std::string detail);

  Postgres& postgres_;
  Scenario scenario_;
  TrialCounts& counts_;
  std::unique_ptr<RunningGraph> graph_;
  std::vector<ScenarioQuery> queries_;  // that both accept
  std::set<std::string> absent_;        // of them: not in the graph now
  std::vector<std::vector<ScenarioRow>> rows_;
  std::vector<Difference> found_;
  size_t steps_ = 0;
  Micros now_ = 0;
};

// The types of the columns must be the same, too.
std::string columns_of(const Schema& schema);

}  // namespace weir::differ
