#include <gtest/gtest.h>

#include "flow/test_graph.h"

namespace weir::flow {
namespace {

TEST(Aggregate, OneRowAlwaysWithoutGroups) {
  TestGraph graph;
  graph.add("v", "select count(*) as c, sum(n) as s, min(n) as lo from t");
  graph.epoch({});
  EXPECT_EQ(graph.rows("v"), Lines{"0|~|~"});
  graph.epoch({{"t", {"+1|a|5|~|~", "+2|a|3|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"2|8|3"});
  graph.epoch({{"t", {"-1|a|5|~|~", "-2|a|3|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"0|~|~"});
}

TEST(Aggregate, SaysOnlyTheNetChange) {
  TestGraph graph;
  graph.add("v", "select g, sum(n) as s from t group by g");
  graph.epoch({{"t", {"+1|a|5|~|~", "+2|b|1|~|~"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+a|5", "+b|1"}));
  // One row goes, another of the same value comes: nothing has changed.
  graph.epoch({{"t", {"-1|a|5|~|~"}}, {"t", {"+3|a|5|~|~"}}});
  EXPECT_EQ(graph.change("v"), Lines{});
  graph.epoch({{"t", {"-3|a|5|~|~", "+4|b|2|~|~"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+b|3", "-a|5", "-b|1"}));
}

TEST(Aggregate, TakesExtremesAndDistinctValuesBackAfterARestart) {
  TestGraph graph;
  graph.add("v", "select g, min(n) as lo, max(n) as hi, count(distinct n) as c from t group by g");
  graph.epoch({{"t", {"+1|a|5|~|~", "+2|a|9|~|~", "+3|a|9|~|~", "+4|a|7|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"a|5|9|3"});
  graph.restart();
  graph.epoch({{"t", {"-2|a|9|~|~", "-1|a|5|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"a|7|9|2"});
  graph.restart();
  graph.epoch({{"t", {"-3|a|9|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"a|7|7|1"});
}

TEST(Aggregate, ShowsAFormThatIsStillThere) {
  TestGraph graph;
  graph.add("v", "select d, count(*) as c from t group by d");
  graph.add("w", "select min(d) as lo, sum(distinct d) as s from t");
  graph.epoch({{"t", {"+1|a|~|1|~"}}});
  graph.epoch({{"t", {"+2|a|~|1.00|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1|2"});
  graph.restart();
  graph.epoch({{"t", {"-1|a|~|1|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1.00|1"});
  EXPECT_EQ(graph.rows("w"), Lines{"1.00|1.00"});
  graph.epoch({{"t", {"-2|a|~|1.00|~", "+3|a|~|2|~"}}});
  EXPECT_EQ(graph.rows("w"), Lines{"2|2"});  // no scale is left behind
}

TEST(Aggregate, AnOverflowBelongsToTheGroupWhileItLasts) {
  TestGraph graph;
  const std::string big = "99999999999999999999999999999999999999";
  graph.add("v", "select g, sum(d) as s from t group by g");
  graph.epoch({{"t", {"+1|a|~|" + big + "|~", "+2|b|~|1|~"}}});
  graph.epoch({{"t", {"+3|a|~|" + big + "|~", "+4|a|~|" + big + "|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"b|1"});
  EXPECT_EQ(graph.dead(), Lines{"v 22003"});
  graph.restart();
  graph.epoch({{"t", {"-1|a|~|" + big + "|~", "-4|a|~|" + big + "|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"a|" + big, "b|1"}));
}

TEST(Aggregate, KeepsOneValueOfAnExtremeOverAppendOnlyInput) {
  TestGraph graph;
  graph.add("v", "select max(n) as hi from a");
  for (int i = 0; i < 50; ++i) graph.epoch({{"a", {"+1|g|" + std::to_string(i % 37) + "|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"36"});
  EXPECT_EQ(graph.state_entries(), 2u);  // the group and its value
}

}  // namespace
}  // namespace weir::flow
