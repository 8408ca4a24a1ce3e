// The running graph: the operators of all views of a pipeline, equal sub-plans (plan::Node::hash)
// as one operator. One epoch: begin(), push() any number of times, finish() once; then
// take_change() per view. It is edited between epochs only.
//
// A scan of a name that is a view of this graph reads that view's output within the same epoch; any
// other name is a relation that the owner pushes.
//
// Watermarks are kept per relation; each operator is called with the least of those below it, so a
// view over one input is not held back by another.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "flow/operator.h"

namespace weir::flow {

using RelationWatermarks = std::map<std::string, Micros>;  // absent: kNoWatermark

struct NamedTable {
  std::string id;  // stable across restarts: hash of the node, ordinal of the table
  state::TableBase* table = nullptr;
  // Where folders have the same contents that were written while joins kept their sides themselves.
  std::vector<std::string> older_ids = {};
};

// SideOutput with the view to whose dead letters or late rows it belongs: of an operator that
// several views share, the first of them in dependency order. `schema` describes the row's columns.
class ViewSideOutput {
 public:
  virtual ~ViewSideOutput() = default;
  virtual void dead(const std::string& view, const Schema& schema, const Batch& batch,
                    const RowError& error) = 0;
  virtual void late(const std::string& view, const Schema& schema, LateRow row) = 0;
};

// What one operator has done since measure(). A row of weight n counts n times.
struct OperatorProfile {
  uint64_t rows_in = 0;
  uint64_t rows_out = 0;
  int64_t nanos = 0;        // without the operators behind it
  uint64_t state_rows = 0;  // as they are now
  uint64_t state_bytes = 0;
};

class Graph {
 public:
  Graph();
  ~Graph();
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;

  // Operators of the view that exist already are shared and keep their state. emit, retain and
  // on_error come from view.definition.
  Status add_view(const plan::View& view);
  void remove_view(const std::string& name);  // with the operators that only it used
  bool has_view(const std::string& name) const;
  std::vector<std::string> views() const;     // in dependency order
  // Identity of what the view computes, with all that is below it: equal ids, equal state.
  uint64_t root_id(const std::string& view) const;

  // Relations to be pushed, with the columns that anyone reads (ascending).
  std::map<std::string, std::vector<uint32_t>> relations() const;

  void begin(Epoch epoch, Micros now, const RelationWatermarks& watermarks,
             ViewSideOutput& side);
  // A delta of a relation with all columns of its schema (those nobody reads may be constant
  // NULLs). batch.watermarks may carry the watermark as each row met it, for the judgement of
  // lateness.
  void push(const std::string& relation, const Batch& delta);
  // `watermarks`: after this epoch's rows. Windows close by them.
  void finish(const RelationWatermarks& watermarks);
  // The consolidated net change of a view in the finished epoch; empty if none.
  Batch take_change(const std::string& view);
  bool changed(const std::string& view) const;
  // True where an open window or retained group could change at a later watermark without new rows.
  bool waits_for_time() const;
  // The first time of the clock at which a view changes without new rows; none: it does not.
  std::optional<Micros> next_wake();

  std::vector<NamedTable> tables();
  void clear_dirty();
  uint64_t byte_size();

  // Of a query's graph, from begin() on: once it is true rows go no further. What is answered then
  // is not to be used.
  void stop_when(const std::atomic<bool>& cancelled);

  // From now on, until the graph is edited, operators count rows and time.
  void measure(Clock& clock);
  // Of a node of one of the views; nullopt: it runs within another, or nothing was measured.
  std::optional<OperatorProfile> profile(const plan::Node& node) const;

  // Takes over the views and operators of `side`, which has seen exactly the same input prefix;
  // operators that exist in both stay as they are here.
  Status graft(Graph side);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace weir::flow
