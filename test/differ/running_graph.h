// A flow::Graph as a pipeline would run it, without a pipeline: planned views, their contents, the
// state as its deltas make it durable, and what was said to be late or dead.
#pragma once
#include <map>
#include <string>

#include "differ/postgres.h"
#include "flow/graph.h"
#include "flow/view_store.h"
#include "plan/planner.h"

namespace weir::differ {

// Its columns in their text forms, with | between.
std::string row_line(const Batch& batch, uint32_t row);

class RunningGraph {
 public:
  explicit RunningGraph(catalog::Catalog catalog) : catalog_(std::move(catalog)) {}

  // Before the first row.
  Status add(const catalog::ViewDefinition& definition);
  // Later: `contents` are the rows of every relation as of now. The view is made beside, with the
  // views that it `reads`, and grafted on.
  Status graft(const catalog::ViewDefinition& definition,
               const std::map<std::string, Batch>& contents,
               const std::vector<std::string>& reads = {});
  void remove(const std::string& view);

  void begin(const flow::RelationWatermarks& watermarks, Micros now = 0);
  void push(const std::string& relation, const Batch& delta) { graph_.push(relation, delta); }
  void finish(const flow::RelationWatermarks& watermarks);
  // A new graph from the state tables: from all deltas since the last restart, or from whole
  // tables.
  Status restart(bool from_deltas);

  Rows rows(const std::string& view) const;
  int64_t late_rows(const std::string& view) const;
  uint64_t state_entries();
  // The first errors of rows that each view's operators met; an operator that several share tells
  // the first of them.
  const std::map<std::string, std::string>& dead() const { return side_.dead_rows; }
  // A row that a view gave back and did not have: its contents stand still from there on.
  const std::map<std::string, std::string>& broken() const { return broken_; }
  const Schema& schema(const std::string& view) const { return *catalog_.find(view); }

 private:
  struct Side final : public flow::ViewSideOutput {
    void dead(const std::string& view, const Schema&, const Batch&,
              const RowError& error) override {
      dead_rows.emplace(view, std::string(error.sqlstate) + " " + error.message);
    }
    void late(const std::string& view, const Schema&, flow::LateRow row) override {
      late_rows[view] += std::abs(row.weight);  // equal rows come as one
    }
    std::map<std::string, int64_t> late_rows;
    std::map<std::string, std::string> dead_rows;
  };
  bool holds(const std::string& view, const Batch& change);
  void take(flow::Graph& graph, const std::string& view);
  void spill();

  catalog::Catalog catalog_;
  std::map<std::string, plan::View> plans_;
  flow::Graph graph_;
  std::map<std::string, flow::ViewStore> stores_;
  std::map<std::string, std::map<std::string, int64_t>> weights_;  // by view and row
  std::map<std::string, std::string> broken_;
  std::map<std::string, std::vector<std::string>> deltas_;  // by table id, epoch by epoch
  Side side_;
  Epoch epoch_{};
  Micros now_ = 0;
};

}  // namespace weir::differ
