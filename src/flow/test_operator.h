// For the tests of operators: one operator alone, fed with rows as text, whose output is added up;
// and random trials, which hold what it has answered against a naive function of its inputs after
// every epoch.
#pragma once
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "flow/arrangement.h"
#include "flow/test_graph.h"

namespace weir::flow {

using Counts = std::map<std::string, int64_t>;  // a row as text ("1|a|~") -> how often it stands

class TestOperator final : private Output, private SideOutput {
 public:
  explicit TestOperator(plan::NodePtr node);
  ~TestOperator() override = default;

  // Rows like "+1|a|~", several times for a weight; a push is one batch.
  void push(int port, const Lines& rows);
  void push(int port, const std::vector<std::pair<std::string, int64_t>>& rows);
  void begin(Micros now) { now_ = now; }  // where the epoch's clock matters
  void finish();                // the epoch's end, and the commit
  void restart();               // a new operator from the tables of this one
  const Counts& rows() const { return rows_; }
  Lines change() const;         // net, of the last epoch: "+1|a", "-2x 1|b"
  const Lines& dead() const { return dead_; }  // SQLSTATEs
  uint64_t state_entries();
  Operator& op() { return *op_; }

 private:
  // From an arrangement to the operator.
  struct HandOn final : Output {
    TestOperator& to;
    int port;
    HandOn(TestOperator& test, int at) : to(test), port(at) {}
    void emit(Batch batch) override { to.op_->push(port, batch, to.context(), to); }
  };
  void make();
  std::vector<state::TableBase*> tables();
  void emit(Batch batch) override;
  void dead(const Schema&, const Batch& batch, const RowError& error) override;
  void late(const Schema&, LateRow) override {}
  EpochContext context() { return {Epoch(1), now_, kNoWatermark, kNoWatermark, *this}; }

  const plan::NodePtr node_;
  std::unique_ptr<Operator> op_;
  std::vector<std::unique_ptr<Arrangement>> arrangements_;  // of its inputs, where it reads some
  Micros now_ = 0;
  Counts rows_;
  Counts change_;
  Counts pending_;  // of the epoch that is open
  Lines dead_;
};

// A plan node over relations of these columns, called t, u, ... as an operator's inputs are.
plan::NodePtr test_scan(const std::string& relation, const std::vector<Field>& fields,
                        bool append_only = false);
// A call of a function or an operator.
expr::ExprPtr test_call(const std::string& name, std::vector<expr::ExprPtr> args);

struct Trial {
  plan::NodePtr node;
  std::function<std::string(std::mt19937&, int port)> row;  // of a small domain, so that rows meet
  std::function<Counts(const std::vector<Counts>& inputs, Micros now)> naive;
  bool append_only = false;
  Micros start = 0;           // of the clock,
  Micros most_per_epoch = 0;  // and by how much it moves
};
// Rows come and go in any order and number of batches, stand less often than never in between, and
// the operator is restarted now and then.
void expect_naive_results(const Trial& trial, uint32_t seed);

std::vector<std::string> split_row(const std::string& row);
// Seconds of 2026-01-01, below a thousand, as a timestamp's text: "2026-01-01 00:01:05"; and back.
std::string stamp_of(int64_t seconds);
int64_t seconds_of(const std::string& stamp);

}  // namespace weir::flow
