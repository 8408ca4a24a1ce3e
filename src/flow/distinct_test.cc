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

TEST(Distinct, OfRowsThatStayTheKeysAreKept) {
  TestGraph graph;
  graph.add("v", "select distinct d from a");
  graph.epoch({{"a", {"+1|a|~|1.0|~", "+2|a|~|1.000|~", "+3|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1.0", "~"}));
  std::string state;
  for (const NamedTable& table : graph.graph().tables()) table.table->write_all(state);
  EXPECT_LT(state.size(), 30U);  // two keys without their rows
  graph.restart();
  graph.epoch({{"a", {"+4|a|~|1|~", "+5|a|~|2|~"}}, {"a", {"+6|a|~|2.0|~"}}});
  EXPECT_EQ(graph.change("v"), Lines{"+2"});
}

}  // namespace
}  // namespace weir::flow
