#include "flow/graph.h"

#include <gtest/gtest.h>

#include "flow/test_graph.h"

namespace weir::flow {
namespace {

constexpr const char* kCounts = "select g, count(*) as c from t group by g";

TEST(Graph, EqualPlansShareTheirState) {
  TestGraph graph;
  graph.add("v", kCounts);
  const size_t tables = graph.graph().tables().size();
  graph.add("w", kCounts);
  EXPECT_EQ(graph.graph().tables().size(), tables);
  EXPECT_EQ(graph.graph().root_id("v"), graph.graph().root_id("w"));
  graph.epoch({{"t", {"+1|a|~|~|~"}}});
  graph.remove("v");
  graph.epoch({{"t", {"+2|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("w"), Lines{"a|2"});
}

TEST(Graph, ViewsOnViewsMoveInOneEpoch) {
  TestGraph graph;
  graph.add("v", kCounts);
  graph.add("w", "select c, count(*) as groups from v group by c");
  graph.epoch({{"t", {"+1|a|~|~|~", "+2|b|~|~|~"}}});
  EXPECT_EQ(graph.rows("w"), Lines{"1|2"});
  graph.epoch({{"t", {"+3|a|~|~|~"}}});
  EXPECT_EQ(graph.change("w"), (Lines{"+1|1", "+2|1", "-1|2"}));
}

TEST(Graph, AGraftedViewGoesOnFromWhereItWasMade) {
  TestGraph graph;
  graph.add("v", kCounts);
  graph.epoch({{"t", {"+1|a|~|~|~"}}});
  graph.add_beside("w",
                   "select g, c from (select g, count(*) as c from t group by g) q where c > 1",
                   {{"t", {"+1|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("w"), Lines{});
  graph.epoch({{"t", {"+2|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"a|2"});
  EXPECT_EQ(graph.rows("w"), Lines{"a|2"});
}

TEST(Graph, ListsOfValuesAreToldApart) {
  TestGraph graph;
  graph.add("one", "select * from (values ('x'';|''y')) q(s)");
  graph.add("two", "select * from (values ('x'), ('y')) q(s)");
  graph.epoch({});
  EXPECT_EQ(graph.rows("one"), Lines{"x';|'y"});
  EXPECT_EQ(graph.rows("two"), (Lines{"x", "y"}));
  graph.restart();
  graph.epoch({});
  EXPECT_EQ(graph.rows("two"), (Lines{"x", "y"}));
}

TEST(Graph, RowsWithErrorsAreSaidUnderTheirView) {
  TestGraph graph;
  graph.add("v", "select id, 10 / n as q from t");
  graph.epoch({{"t", {"+1|a|0|~|~", "+2|a|5|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"2|2"});
  EXPECT_EQ(graph.dead(), Lines{"v 22012"});
}

TEST(Graph, RelationsSayWhichColumnsAreRead) {
  TestGraph graph;
  graph.add("v", kCounts);
  graph.add("w", "select n from t where id > 0");
  const auto relations = graph.graph().relations();
  ASSERT_TRUE(relations.contains("t"));
  EXPECT_EQ(relations.at("t"), (std::vector<uint32_t>{0, 1, 2}));
}

}  // namespace
}  // namespace weir::flow
