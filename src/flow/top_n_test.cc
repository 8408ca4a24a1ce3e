#include <gtest/gtest.h>

#include "flow/test_graph.h"

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

}  // namespace
}  // namespace weir::flow
