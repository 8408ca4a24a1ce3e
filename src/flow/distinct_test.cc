#include <gtest/gtest.h>

#include "flow/test_graph.h"

namespace weir::flow {
namespace {

TEST(Distinct, ARowStandsWhileAnyOfItsEqualsDoes) {
  TestGraph graph;
  graph.add("v", "select distinct g, n from t");
  graph.epoch({{"t", {"+1|a|1|~|~", "+2|a|1|~|~", "+3|~|~|~|~", "+4|~|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"a|1", "~|~"}));
  graph.restart();
  graph.epoch({{"t", {"-1|a|1|~|~", "-3|~|~|~|~"}}});
  EXPECT_EQ(graph.change("v"), Lines{});
  graph.epoch({{"t", {"-2|a|1|~|~", "-4|~|~|~|~"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"-a|1", "-~|~"}));
  EXPECT_EQ(graph.state_entries(), 0u);
}

TEST(Distinct, OfEqualRowsTheFirstThatIsLeftIsShown) {
  TestGraph graph;
  graph.add("v", "select distinct d from t");
  graph.epoch({{"t", {"+1|a|~|1.0|~", "+2|a|~|1.000|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1.0"});
  graph.epoch({{"t", {"-1|a|~|1.0|~"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+1.000", "-1.0"}));
}

}  // namespace
}  // namespace weir::flow
