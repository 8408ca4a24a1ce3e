#include <gtest/gtest.h>

#include "flow/test_graph.h"
#include "flow/test_operator.h"
#include "plan/build.h"

namespace weir::flow {
namespace {

TEST(TopN, ADeletedRowIsFollowedByTheNext) {
  TestGraph graph;
  graph.add("v", "select id, n from t order by n desc nulls last, id limit 2");
  graph.epoch({{"t", {"+1|a|5|~|~", "+2|a|7|~|~", "+3|a|6|~|~", "+4|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"2|7", "3|6"}));
  graph.restart();
  graph.epoch({{"t", {"-2|a|7|~|~"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+1|5", "-2|7"}));
  graph.epoch({{"t", {"-1|a|5|~|~", "-3|a|6|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"4|~"});
}

TEST(TopN, TheOffsetMovesTheWindow) {
  TestGraph graph;
  graph.add("v", "select id, n from t order by n, id limit 2 offset 1");
  graph.epoch({{"t", {"+1|a|1|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{});
  graph.epoch({{"t", {"+2|a|2|~|~", "+3|a|3|~|~", "+4|a|4|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"2|2", "3|3"}));
  graph.epoch({{"t", {"+5|a|0|~|~"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+1|1", "-3|3"}));
}

TEST(TopN, RepeatedRowsFillTheWindowAsOftenAsTheyStand) {
  TestGraph graph;
  graph.add("v", "select g from t order by g limit 3");
  graph.epoch({{"t", {"+1|a|~|~|~", "+2|a|~|~|~", "+3|a|~|~|~", "+4|a|~|~|~", "+5|b|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"a", "a", "a"}));
  graph.epoch({{"t", {"-1|a|~|~|~", "-2|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"a", "a", "b"}));
}

TEST(TopN, ChangesBehindTheWindowAreSilent) {
  TestGraph graph;
  graph.add("v", "select id from t order by id limit 1");
  graph.epoch({{"t", {"+1|a|~|~|~"}}});
  graph.epoch({{"t", {"+2|a|~|~|~", "+3|a|~|~|~"}}});
  EXPECT_EQ(graph.change("v"), Lines{});
}

plan::NodePtr top(plan::TopNSpec spec, bool append_only = false) {
  return plan::make_top_n(
      test_scan("t", {{"g", TypeId::kInt8}, {"n", TypeId::kInt8}}, append_only), std::move(spec));
}

// Rows in order, cut by counting.
Counts naive_top(const plan::TopNSpec& spec, const Counts& rows) {
  std::map<std::string, std::vector<std::string>> partitions;
  for (const auto& [row, n] : rows) {
    auto& of = partitions[spec.partition.empty() ? "" : split_row(row)[spec.partition[0]]];
    of.insert(of.end(), static_cast<size_t>(n), row);
  }
  Counts out;
  for (auto& [key, of] : partitions) {
    const auto n = [](const std::string& row) { return std::stoll(split_row(row)[1]); };
    std::stable_sort(of.begin(), of.end(), [&](const auto& a, const auto& b) {
      return spec.order[0].descending ? n(a) > n(b) : n(a) < n(b);
    });
    const uint64_t end = spec.limit ? spec.offset + *spec.limit : of.size();
    for (size_t i = spec.offset; i < of.size(); ++i) {
      const bool tie =
          spec.with_ties && end > spec.offset && i >= end && n(of[i]) == n(of[end - 1]);
      if (i < end || tie) ++out[of[i]];
    }
  }
  return out;
}

void try_top(const plan::TopNSpec& spec, bool append_only) {
  Trial trial;
  trial.node = top(spec, append_only);
  trial.append_only = append_only;
  trial.row = [](std::mt19937& random, int) {
    const uint32_t g = random() % 3;
    return std::to_string(g) + "|" + std::to_string(random() % 6);
  };
  trial.naive = [&](const std::vector<Counts>& inputs, Micros) {
    return naive_top(spec, inputs[0]);
  };
  for (uint32_t seed = 1; seed <= 4; ++seed) expect_naive_results(trial, seed);
}

TEST(TopN, IsSortingAndCutting) {
  for (const bool append_only : {false, true}) {
    for (const bool ties : {false, true}) {
      for (const bool descending : {false, true}) {
        plan::TopNSpec spec;
        spec.order = {{1, descending, false}};
        spec.limit = 2;
        spec.with_ties = ties;
        spec.partition = {0};
        try_top(spec, append_only);
        spec.offset = 1;
        try_top(spec, append_only);
        spec.partition = {};
        try_top(spec, append_only);
      }
    }
  }
  plan::TopNSpec rest;
  rest.order = {{1, false, false}};
  rest.offset = 3;
  try_top(rest, true);
}

TEST(TopN, OnlyPartitionsThatChangeSpeak) {
  plan::TopNSpec spec;
  spec.order = {{1, true, false}};
  spec.limit = 1;
  spec.partition = {0};
  TestOperator op(top(spec));
  op.push(0, Lines{"+1|5", "+1|4", "+2|9"});
  op.finish();
  EXPECT_EQ(op.change(), (Lines{"+1|5", "+2|9"}));
  op.restart();
  op.push(0, Lines{"-1|5", "+1|6"});
  op.push(0, Lines{"-1|6"});
  op.finish();
  EXPECT_EQ(op.change(), (Lines{"+1|4", "-1|5"}));
}

TEST(TopN, OfAppendOnlyInputOnlyTheWindowIsKept) {
  plan::TopNSpec spec;
  spec.order = {{1, true, false}};
  spec.limit = 1;
  TestOperator op(top(spec, true));
  op.push(0, Lines{"+1|1", "+1|2", "+1|3"});
  op.finish();
  EXPECT_EQ(op.state_entries(), 1u);
  op.restart();
  op.push(0, Lines{"+1|2", "+1|9"});
  op.finish();
  EXPECT_EQ(op.change(), (Lines{"-1|3", "+1|9"}));
}

}  // namespace
}  // namespace weir::flow
