// What is closed leaves the state of joins, window functions, top-N and DISTINCT, and nothing else
// does. That what remains answers rightly is test/streaming's to show.
#include "flow/leaving.h"

#include <gtest/gtest.h>

#include "flow/test_graph.h"

namespace weir::flow {
namespace {

constexpr auto kOnClose = catalog::EmitMode::kOnClose;

constexpr const char* kInterval =
    "select a.id, t.id as other, t.ts from a join t on a.g = t.g and t.ts between a.ts and a.ts + "
    "interval '10 seconds'";

TEST(Leaving, RowsOfAnIntervalJoinGoWhenNothingOfThemCanComeInTime) {
  TestGraph graph;
  graph.add("v", kInterval, kOnClose);
  graph.epoch({{"a", {"+1|x|~|~|2026-01-01 00:00:05"}}, {"t", {"+7|x|~|~|2026-01-01 00:00:08"}}},
              0, 8);
  EXPECT_EQ(graph.rows("v"), Lines{"1|7|2026-01-01 00:00:08"});
  EXPECT_EQ(graph.state_entries(), 2U);  // a row of a that comes now may still ask for either
  graph.epoch({{"t", {"+8|x|~|~|2026-01-01 00:00:15"}}}, 8, 14);
  EXPECT_EQ(graph.state_entries(), 4U);  // with the pair that waits
  graph.epoch({}, 14, 15);
  EXPECT_EQ(graph.state_entries(), 2U);  // the row of a is done
  graph.epoch({}, 15, 18);
  EXPECT_EQ(graph.state_entries(), 1U);
  graph.restart();
  graph.epoch({}, 18, 25);
  EXPECT_EQ(graph.state_entries(), 0U);
  EXPECT_EQ(graph.rows("v"), (Lines{"1|7|2026-01-01 00:00:08", "1|8|2026-01-01 00:00:15"}));
}

TEST(Leaving, ARowThatComesTooLateForAnythingIsTold) {
  TestGraph graph;
  graph.add("v", kInterval, kOnClose);
  graph.epoch({}, 0, 20);
  graph.epoch({{"a", {"+1|x|~|~|2026-01-01 00:00:10", "+2|x|~|~|2026-01-01 00:00:11"}},
               {"t", {"+7|x|~|~|2026-01-01 00:00:20", "+8|x|~|~|2026-01-01 00:00:21"}}},
              20, 20);
  EXPECT_EQ(graph.late(), (Lines{"v +1|x|2026-01-01 00:00:10", "v +7|x|2026-01-01 00:00:20"}));
  EXPECT_EQ(graph.state_entries(), 3U);  // 2 and 8, and their pair
}

TEST(Leaving, OfAStreamAndATableTheStreamsRowsGo) {
  TestGraph graph;
  graph.add("v", "select a.id, u.k, a.ts from a left join u on a.g = u.g", kOnClose);
  graph.epoch({{"a", {"+1|x|~|~|2026-01-01 00:00:05"}}, {"u", {"+3|x|4"}}}, 0, 5);
  EXPECT_EQ(graph.rows("v"), Lines{"1|4|2026-01-01 00:00:05"});
  EXPECT_EQ(graph.state_entries(), 1U);
  graph.epoch({{"u", {"-3|x|4"}}}, 5, 6);  // reaches nothing that is closed
  EXPECT_EQ(graph.late(), Lines{});
  EXPECT_EQ(graph.rows("v"), Lines{"1|4|2026-01-01 00:00:05"});
}

TEST(Leaving, AViewThatRevisesKeepsItsRowsBesideOneThatCloses) {
  TestGraph graph;
  graph.add("open", kInterval);
  graph.add("closed", kInterval, kOnClose);
  graph.epoch({{"a", {"+1|x|~|~|2026-01-01 00:00:05"}}}, 0, 100);
  graph.epoch({{"t", {"+7|x|~|~|2026-01-01 00:00:06"}}}, 100, 100);
  EXPECT_EQ(graph.rows("open"), Lines{"1|7|2026-01-01 00:00:06"});
  EXPECT_EQ(graph.rows("closed"), Lines{});
}

TEST(Leaving, PartitionsOfClosedWindowsGo) {
  const std::string windows = " from tumble(t, ts, interval '10 seconds')";
  const std::string ranks =
      "select id, window_end, row_number() over (partition by window_end order by id) as r" +
      windows;
  const std::vector<std::string> queries{ranks, "select * from (" + ranks + ") q where r <= 3",
                                         "select distinct id, window_end" + windows};
  for (const std::string& sql : queries) {
    TestGraph graph;
    graph.add("v", sql, kOnClose);
    graph.epoch({{"t", {"+1|x|~|~|2026-01-01 00:00:05", "+2|x|~|~|2026-01-01 00:00:15"}}}, 0, 9);
    const uint64_t entries = graph.state_entries();
    graph.epoch({}, 9, 10);
    EXPECT_EQ(graph.state_entries(), entries / 2) << sql;
    graph.restart();
    graph.epoch({{"t", {"-1|x|~|~|2026-01-01 00:00:05"}}}, 10, 20);
    EXPECT_EQ(graph.state_entries(), 0U) << sql;
    EXPECT_EQ(graph.late().size(), 1U) << sql;
    EXPECT_EQ(graph.rows("v").size(), 2U) << sql;
  }
}

}  // namespace
}  // namespace weir::flow
