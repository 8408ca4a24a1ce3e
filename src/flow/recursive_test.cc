#include <gtest/gtest.h>

#include <set>

#include "flow/test_operator.h"
#include "plan/build.h"

namespace weir::flow {
namespace {

// select n from t union [all] select b from r join u on r.n = u.a
plan::NodePtr reachable(bool distinct) {
  const auto start = test_scan("t", {{"n", TypeId::kInt8}});
  const auto working = test_scan("r", {{"n", TypeId::kInt8}});
  const auto edges = test_scan("u", {{"a", TypeId::kInt8}, {"b", TypeId::kInt8}});
  plan::JoinSpec join;
  join.left_keys = {0};
  join.right_keys = {0};
  auto step = plan::make_project(plan::make_join(working, edges, std::move(join)),
                                 {expr::column_ref(2, TypeId::kInt8)}, {"n"});
  return plan::make_recursive(start, std::move(step), {"r", distinct});
}

Counts naive_reach(const Counts& start, const Counts& edges, bool distinct) {
  Counts result;
  Counts working = start;
  while (!working.empty()) {
    Counts fresh;
    for (const auto& [n, times] : working) {
      if (distinct && result.contains(n)) continue;
      result[n] = distinct ? 1 : result[n] + times;
      for (const auto& [edge, m] : edges) {
        const std::vector<std::string> ends = split_row(edge);
        if (ends[0] == n) fresh[ends[1]] += times * m;
      }
    }
    working = std::move(fresh);
  }
  return result;
}

TEST(Recursive, IsGoingOnUntilNothingIsAdded) {
  for (const bool distinct : {true, false}) {
    Trial trial;
    trial.node = reachable(distinct);
    trial.row = [=](std::mt19937& random, int port) {
      const uint32_t from = random() % 6;
      if (port == 0) return std::to_string(from);
      // UNION ALL ends where no edge leads back.
      const uint32_t to = distinct ? random() % 6 : from + 1 + random() % 3;
      return std::to_string(from) + "|" + std::to_string(to);
    };
    trial.naive = [=](const std::vector<Counts>& inputs, Micros) {
      return naive_reach(inputs[0], inputs[1], distinct);
    };
    for (uint32_t seed = 1; seed <= 4; ++seed) expect_naive_results(trial, seed);
  }
}

TEST(Recursive, AnEdgeThatGoesTakesWhatWasBehindIt) {
  TestOperator op(reachable(true));
  op.push(0, Lines{"+1"});
  op.push(1, Lines{"+1|2", "+2|3", "+3|1", "+5|6"});
  op.finish();
  EXPECT_EQ(op.rows(), (Counts{{"1", 1}, {"2", 1}, {"3", 1}}));
  op.restart();
  op.push(1, Lines{"-1|2", "+1|5"});
  op.push(1, Lines{"+3|9", "-3|9"});
  op.finish();
  EXPECT_EQ(op.change(), (Lines{"-2", "-3", "+5", "+6"}));
  op.push(0, Lines{"-1"});
  op.push(1, Lines{"-2|3", "-3|1", "-5|6", "-1|5"});
  op.finish();
  EXPECT_EQ(op.state_entries(), 0u);
}

TEST(Recursive, AllOverACycleFailsOnceAndIsThereAgainWhenTheCycleHasGone) {
  TestOperator op(reachable(false));
  op.push(0, Lines{"+1"});
  op.push(1, Lines{"+1|2", "+2|1"});
  op.finish();
  EXPECT_EQ(op.rows(), Counts{});
  EXPECT_EQ(op.dead(), Lines{"54001"});
  op.restart();
  op.push(1, Lines{"-2|1"});
  op.finish();
  EXPECT_EQ(op.rows(), (Counts{{"1", 1}, {"2", 1}}));
  EXPECT_EQ(op.dead(), Lines{"54001"});
}

}  // namespace
}  // namespace weir::flow
