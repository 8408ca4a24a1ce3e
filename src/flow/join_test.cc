#include <gtest/gtest.h>

#include "flow/test_graph.h"

namespace weir::flow {
namespace {

constexpr const char* kLeft = "select t.id, u.k from t left join u on t.g = u.g";

TEST(Join, MeetsEachPairOnceWhicheverSideComesLast) {
  TestGraph graph;
  graph.add("v", "select t.id, u.id as uid from t join u on t.g = u.g");
  graph.epoch({{"t", {"+1|a|~|~|~"}}, {"u", {"+7|a|0"}}});
  graph.epoch({{"u", {"+8|a|0"}}, {"t", {"+2|a|~|~|~", "+3|b|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1|7", "1|8", "2|7", "2|8"}));
  graph.restart();
  graph.epoch({{"u", {"-7|a|0"}}, {"t", {"-1|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"2|8"});
}

TEST(Join, NullKeysMatchNothing) {
  TestGraph graph;
  graph.add("inner_join", "select t.id, u.id as uid from t join u on t.g = u.g");
  graph.add("left_join", kLeft);
  graph.epoch({{"t", {"+1|~|~|~|~"}}, {"u", {"+7|~|0"}}});
  EXPECT_EQ(graph.rows("inner_join"), Lines{});
  EXPECT_EQ(graph.rows("left_join"), Lines{"1|~"});
  graph.epoch({{"t", {"-1|~|~|~|~"}}});
  EXPECT_EQ(graph.rows("left_join"), Lines{});
}

TEST(Join, LeftRowsComeOutAloneWhileTheyHaveNoMatch) {
  TestGraph graph;
  graph.add("v", kLeft);
  graph.epoch({{"t", {"+1|a|~|~|~"}}});
  EXPECT_EQ(graph.change("v"), Lines{"+1|~"});
  graph.epoch({{"u", {"+7|a|5", "+8|a|6"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+1|5", "+1|6", "-1|~"}));
  graph.restart();
  graph.epoch({{"u", {"-7|a|5"}}});
  EXPECT_EQ(graph.change("v"), Lines{"-1|5"});
  graph.epoch({{"u", {"-8|a|6"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+1|~", "-1|6"}));
}

TEST(Join, ALeftRowThatWasAwayCountsItsMatchesAnew) {
  TestGraph graph;
  graph.add("v", kLeft);
  graph.epoch({{"t", {"+1|a|~|~|~"}}});
  graph.epoch({{"t", {"-1|a|~|~|~"}}, {"u", {"+7|a|5"}}, {"t", {"+1|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1|5"});
  graph.epoch({{"t", {"-1|a|~|~|~"}}, {"u", {"-7|a|5"}}, {"t", {"+1|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1|~"});
  graph.epoch({{"u", {"+7|a|5"}}});
  graph.epoch({{"t", {"-1|a|~|~|~", "+1|a|~|~|~", "-1|a|~|~|~", "+1|a|~|~|~"}}});
  graph.epoch({{"u", {"-7|a|5"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1|~"});
}

TEST(Join, ResidualConditionsDecideWhatAMatchIs) {
  TestGraph graph;
  graph.add("v", "select t.id, u.k from t left join u on t.g = u.g and t.n < u.k");
  graph.epoch({{"t", {"+1|a|5|~|~"}}, {"u", {"+7|a|5", "+8|a|9"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1|9"});
  graph.epoch({{"u", {"-8|a|9"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1|~"});
}

TEST(Join, RepeatedRowsMultiply) {
  TestGraph graph;
  graph.add("v", kLeft);
  graph.epoch({{"t", {"+1|a|~|~|~", "+1|a|~|~|~"}}, {"u", {"+7|a|5", "+7|a|5"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1|5", "1|5", "1|5", "1|5"}));
  graph.epoch({{"u", {"-7|a|5", "-7|a|5"}}, {"t", {"-1|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1|~"});
}

TEST(Join, StateGoesWithTheRows) {
  TestGraph graph;
  graph.add("v", kLeft);
  graph.epoch({{"t", {"+1|a|~|~|~"}}, {"u", {"+7|a|5"}}});
  graph.epoch({{"t", {"-1|a|~|~|~"}}, {"u", {"-7|a|5"}}});
  EXPECT_EQ(graph.state_entries(), 0u);
}

}  // namespace
}  // namespace weir::flow
