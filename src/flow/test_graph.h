// For the tests of operators: a graph over three relations, fed with rows as text, whose views and
// changes are read as text; it can be restarted from its tables at any epoch.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "flow/graph.h"
#include "flow/view_store.h"

namespace weir::flow {

using Lines = std::vector<std::string>;  // sorted

// "1|a|5": the values of a row; ~ is NULL.
std::string line_of(const Batch& batch, uint32_t row);
void append_line(BatchBuilder& builder, const std::string& line, int64_t weight);

// t (id, g, n, d, ts): rows come and go. a: the same columns, append-only. u (id, g, k).
class TestGraph final : private ViewSideOutput {
 public:
  TestGraph();
  // The plan is PostgreSQL's dialect; the test fails where it is refused.
  void add(const std::string& name, const std::string& sql,
           catalog::EmitMode emit = catalog::EmitMode::kOnChange,
           std::optional<int64_t> retain_seconds = std::nullopt);
  // A batch for each entry: relation and rows like "+1|a|5|1.0|2026-01-01 00:00:00"; ~ is NULL.
  // Watermarks are seconds behind 2026-01-01, of the epoch's start and of its end.
  using Batches = std::vector<std::pair<std::string, Lines>>;
  void epoch(const Batches& batches);
  void epoch(const Batches& batches, int64_t watermark, int64_t next_watermark);
  void end_of_input();
  void clock(int64_t seconds);  // behind 2026-01-01; of the epochs from here on
  Result<plan::View> planned(const std::string& name, const std::string& sql,
                             catalog::EmitMode emit, std::optional<int64_t> retain_seconds);
  void restart();  // a new graph from the tables of this one
  void add_beside(const std::string& name, const std::string& sql, const Batches& contents);
  void remove(const std::string& name) { graph_.remove_view(name); }

  Lines rows(const std::string& view) const;
  // "+1|a", "-2|b"
  const Lines& change(const std::string& view) const { return changes_.at(view); }
  const Lines& late() const { return late_; }  // "view +row", of all epochs
  const Lines& dead() const { return dead_; }  // "view 22012"
  uint64_t state_entries();
  Graph& graph() { return graph_; }

 private:
  void run(const Batches& batches, const RelationWatermarks& before,
           const RelationWatermarks& after);
  void take(Graph& graph, const std::string& view);
  void dead(const std::string& view, const Schema&, const Batch&, const RowError& error) override;
  void late(const std::string& view, const Schema&, LateRow row) override;

  catalog::Catalog catalog_;
  Micros now_ = 0;
  Graph graph_;
  std::map<std::string, plan::View> plans_;
  std::map<std::string, ViewStore> stores_;
  std::map<std::string, Lines> changes_;
  Lines late_;
  Lines dead_;
};

}  // namespace weir::flow
