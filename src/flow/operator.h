// The operator interface. An operator lives in one pipeline and is called by one thread. In an
// epoch it is pushed deltas, any number of times a port, then finished once, in topological order.
//
// The net-change rule: a stateful operator marks the keys that the epoch touches and at finish()
// emits, for each, the old row with -1 and the new one with +1, and nothing where they are equal.
// Stateless operators emit in push(). State lives in state::Table only (dirty lists give durability
// for free).
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "connect/source.h"
#include "plan/expiry.h"
#include "state/table.h"

namespace weir::flow {

constexpr Micros kNoWatermark = INT64_MIN;
constexpr Micros kHoldsNothingBack = INT64_MAX - 1;  // of an input that has no event time
constexpr Micros kEndOfTime = INT64_MAX;  // all inputs are bounded and finished

// A row that came behind the watermark of its closed window (decision 23).
struct LateRow {
  std::string input;                 // the relation the row belongs to
  Batch row;                         // one row, as the operator saw it
  int64_t weight = 1;
  std::optional<Micros> event_time;
  std::optional<Micros> window_start;
  std::optional<Micros> window_end;
  Micros watermark = 0;
  std::string reason;
};

// What an operator may say beside its output. Collected by the pipeline, committed with the epoch.
class SideOutput {
 public:
  virtual ~SideOutput() = default;
  // An error of a row in an expression. `raw` is made from the row (JSON).
  virtual void dead(const Schema& schema, const Batch& batch, const RowError& error) = 0;
  virtual void late(const Schema& schema, LateRow row) = 0;
};

struct EpochContext {
  Epoch epoch;
  Micros now = 0;                     // the epoch's clock
  Micros watermark = kNoWatermark;    // of the pipeline's inputs at the epoch's start
  Micros next_watermark = kNoWatermark;  // after this epoch's rows: what finish() may close by
  SideOutput& side;
  const std::atomic<bool>* cancelled = nullptr;  // of a query: what it answers is thrown away

  bool is_cancelled() const { return cancelled && *cancelled; }
};

// Where output goes: the pipeline's edge to the operators behind.
class Output {
 public:
  virtual ~Output() = default;
  virtual void emit(Batch batch) = 0;
};

class Arrangement;  // arrangement.h

class Operator {
 public:
  virtual ~Operator() = default;
  // Where its inputs are arranged (arrangements_of()): by port, before the first push and after
  // each edit of the graph. It is pushed what they hand on, before they have added it.
  virtual void read(const std::vector<const Arrangement*>&) {}
  virtual void push(int port, const Batch& delta, const EpochContext& epoch, Output& out) = 0;
  virtual void finish(const EpochContext& epoch, Output& out) = 0;
  // When all operators of the graph have finished: what can matter no more leaves the state.
  virtual void leave(const EpochContext&) {}
  // The keyed state, for the delta log, snapshots, accounting and recovery; stable order.
  virtual std::vector<state::TableBase*> tables() { return {}; }
  // True where a later watermark could change the output without new rows.
  virtual bool waits_for_time() const { return false; }
  // The clock's time at which the output changes without new rows and whatever the watermark: an
  // epoch that begins then or later makes it so.
  virtual std::optional<Micros> next_wake() { return std::nullopt; }
  // The relation as it is now, from state alone (for a graft that attaches behind a running
  // operator); false: this operator cannot, replay its inputs instead.
  virtual bool replay(Output& out) { return false; }
};

// When rows become final. Of an aggregate whose groups have a closing column, and of the gate in
// front of the output of any other on_close view.
struct Closing {
  bool on_close = false;             // emit once, when the watermark passes; else revise
  std::optional<Micros> retain;      // on_change: groups leave at close + retain
  uint32_t column = 0;               // of the operator's output
  plan::Ending ending = {};          // when a row closes, by that column
};

struct OperatorOptions {
  catalog::OnError on_error = catalog::OnError::kDeadLetter;
  std::optional<Closing> closing;
  // By input: what need not be kept, and the relations by whose watermarks.
  plan::InputExpiries expiries = {};
  std::set<std::string> closed_by = {};

  std::optional<plan::Expiry> expiry(size_t input) const {
    return input < expiries.size() ? expiries[input] : std::nullopt;
  }
};

// One operator for a node (not for scans: those are the pipeline's).
Result<std::unique_ptr<Operator>> make_operator(const plan::Node& node,
                                                const OperatorOptions& options);

// What its operator is pushed, by port: the node's inputs, except where the operator evaluates one
// of them itself.
std::vector<plan::NodePtr> operator_inputs(const plan::Node& node);

}  // namespace weir::flow
