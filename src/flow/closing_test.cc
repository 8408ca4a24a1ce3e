#include <gtest/gtest.h>

#include "flow/test_graph.h"

namespace weir::flow {
namespace {

constexpr auto kOnClose = catalog::EmitMode::kOnClose;
constexpr const char* kMinutes =
    "select window_end, count(*) as c from tumble(a, ts, interval '1 minute') group by window_end";

std::string at(int id, const std::string& time) {
  return "+" + std::to_string(id) + "|a|1|~|2026-01-01 " + time;
}

TEST(Closing, AGroupComesOutOnceWhenTheWatermarkReachesItsEnd) {
  TestGraph graph;
  graph.add("v", kMinutes, kOnClose);
  graph.epoch({{"a", {at(1, "00:00:10"), at(2, "00:01:00")}}}, 0, 59);
  EXPECT_EQ(graph.rows("v"), Lines{});
  graph.restart();
  graph.epoch({{"a", {at(3, "00:00:59")}}}, 59, 60);  // a window is half-open and closes at its end
  EXPECT_EQ(graph.change("v"), Lines{"+2026-01-01 00:01:00|2"});
  graph.epoch({{"a", {at(4, "00:00:59"), at(5, "00:01:59")}}}, 60, 120);
  EXPECT_EQ(graph.change("v"), Lines{"+2026-01-01 00:02:00|2"});
  ASSERT_EQ(graph.late().size(), 1u);
  EXPECT_EQ(graph.late()[0].substr(0, 4), "v +2");  // of its columns the time alone is read
  EXPECT_EQ(graph.state_entries(), 0u);
  EXPECT_FALSE(graph.graph().waits_for_time());
}

TEST(Closing, LatenessIsJudgedByTheStartOfTheEpoch) {
  TestGraph graph;
  graph.add("v", kMinutes, kOnClose);
  graph.epoch({{"a", {at(1, "00:05:00")}}, {"a", {at(2, "00:00:10")}}}, 0, 300);
  EXPECT_EQ(graph.rows("v"), Lines{"2026-01-01 00:01:00|1"});
  EXPECT_EQ(graph.late(), Lines{});
}

TEST(Closing, TheEndOfInputClosesWhatIsOpen) {
  TestGraph graph;
  graph.add("v", kMinutes, kOnClose);
  graph.add("rows", "select id, ts from a", kOnClose);
  graph.epoch({{"a", {at(1, "00:00:10"), "+2|a|1|~|~"}}}, 0, 0);
  graph.end_of_input();
  EXPECT_EQ(graph.rows("v"), Lines{"2026-01-01 00:01:00|1"});
  EXPECT_EQ(graph.rows("rows"), (Lines{"1|2026-01-01 00:00:10", "2|~"}));
  EXPECT_EQ(graph.state_entries(), 0u);
}

TEST(Closing, RetainTakesAGroupBackAndRefusesItAfterwards) {
  TestGraph graph;
  graph.add("v", kMinutes, catalog::EmitMode::kOnChange, 30);
  graph.epoch({{"a", {at(1, "00:00:10")}}}, 0, 60);
  EXPECT_EQ(graph.rows("v"), Lines{"2026-01-01 00:01:00|1"});
  graph.restart();
  graph.epoch({{"a", {at(2, "00:00:20")}}}, 60, 89);  // closed, but kept
  EXPECT_EQ(graph.rows("v"), Lines{"2026-01-01 00:01:00|2"});
  graph.epoch({}, 89, 90);
  EXPECT_EQ(graph.change("v"), Lines{"-2026-01-01 00:01:00|2"});
  EXPECT_EQ(graph.state_entries(), 0u);
  graph.epoch({{"a", {at(3, "00:00:30")}}}, 90, 90);
  EXPECT_EQ(graph.rows("v"), Lines{});
  EXPECT_EQ(graph.late().size(), 1u);
}

TEST(Closing, RetainHoldsForRowsWithoutAnAggregate) {
  TestGraph graph;
  graph.add("v", "select id, ts from t where n > 0", catalog::EmitMode::kOnChange, 10);
  const std::string row = "1|a|1|~|2026-01-01 00:00:10";
  graph.epoch({{"t", {"+" + row, "+2|a|1|~|2026-01-01 00:00:15"}}}, 0, 15);
  EXPECT_EQ(graph.rows("v").size(), 2u);
  graph.epoch({{"t", {"-" + row}}}, 15, 15);  // a delete in time
  EXPECT_EQ(graph.rows("v"), Lines{"2|2026-01-01 00:00:15"});
  graph.restart();
  graph.epoch({}, 15, 25);
  EXPECT_EQ(graph.rows("v"), Lines{});
  EXPECT_EQ(graph.state_entries(), 0u);
}

TEST(Closing, ARowIsLateForThoseOfItsWindowsThatAreClosed) {
  TestGraph graph;
  graph.add("v",
            "select window_end, count(*) as c from hop(a, ts, interval '30 seconds', "
            "interval '1 minute') group by window_end",
            kOnClose);
  graph.epoch({{"a", {at(1, "00:00:10")}}}, 40, 40);
  graph.end_of_input();
  EXPECT_EQ(graph.rows("v"), Lines{"2026-01-01 00:01:00|1"});
  EXPECT_EQ(graph.late().size(), 1u);
}

constexpr const char* kSessions =
    "select window_start, window_end, count(*) as c from session(t, ts, interval '10 seconds', g) "
    "group by g, window_start, window_end";

TEST(Closing, ASessionThatHasClosedTakesNoMoreRows) {
  TestGraph graph;
  graph.add("v", kSessions, kOnClose);
  graph.epoch({{"t", {at(1, "00:00:10"), at(2, "00:00:15")}}}, 0, 20);
  EXPECT_EQ(graph.rows("v"), Lines{});
  graph.epoch({{"t", {at(3, "00:00:21")}}}, 20, 30);  // in time, and it goes on
  graph.restart();
  graph.epoch({}, 30, 31);
  EXPECT_EQ(graph.rows("v"), Lines{"2026-01-01 00:00:10|2026-01-01 00:00:31|3"});
  EXPECT_EQ(graph.state_entries(), 0u);
  graph.epoch({{"t", {at(4, "00:00:30"), at(5, "00:00:20")}}}, 31, 40);  // the second is late
  EXPECT_EQ(graph.rows("v"), (Lines{"2026-01-01 00:00:10|2026-01-01 00:00:31|3",
                                    "2026-01-01 00:00:30|2026-01-01 00:00:40|1"}));
  EXPECT_EQ(graph.late().size(), 1u);
  graph.epoch({{"t", {"-1|a|1|~|2026-01-01 00:00:10"}}}, 40, 50);  // a delete comes too late, too
  EXPECT_EQ(graph.late().size(), 2u);
  EXPECT_EQ(graph.state_entries(), 0u);
}

}  // namespace
}  // namespace weir::flow
