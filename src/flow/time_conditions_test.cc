// What a view's text says of time, as plans and as rows: conditions on now(), asof joins.
#include <gtest/gtest.h>

#include "flow/test_graph.h"
#include "plan/planner.h"

namespace weir::flow {
namespace {

std::string at(int id, const std::string& time) {
  return "+" + std::to_string(id) + "|a|1|~|2026-01-01 " + time;
}

// Whether a row of 00:10:00 is there at each second.
std::string standing(const std::string& condition, const std::vector<int64_t>& seconds) {
  TestGraph graph;
  graph.add("v", "select id from t where " + condition);
  graph.clock(0);
  graph.epoch({{"t", {at(1, "00:10:00")}}});
  std::string there;
  for (const int64_t second : seconds) {
    graph.clock(second);
    graph.epoch({});
    there += graph.rows("v").empty() ? '-' : '+';
  }
  return there;
}

std::string refusal(const std::string& sql) {
  TestGraph graph;
  const Result<plan::View> view =
      graph.planned("v", sql, catalog::EmitMode::kOnChange, std::nullopt);
  return view ? "accepted" : view.error().to_string();
}

TEST(Now, RowsComeAndGoWithTheClock) {
  const std::vector<int64_t> minute{599, 600, 601, 4199, 4200, 4201};
  EXPECT_EQ(standing("ts > now() - interval '1 hour'", minute), "++++--");
  EXPECT_EQ(standing("ts >= now() - interval '1 hour'", minute), "+++++-");
  EXPECT_EQ(standing("ts <= now()", minute), "-+++++");
  EXPECT_EQ(standing("ts < now()", minute), "--++++");
  EXPECT_EQ(standing("not (ts < now())", minute), "++----");
  EXPECT_EQ(standing("now() between ts and ts + interval '1 hour'", minute), "-++++-");
  EXPECT_EQ(standing("ts <= now() and ts > now() - interval '1 hour' and n > 0", minute),
            "-+++--");
  EXPECT_EQ(standing("now() - ts < interval '1 hour'", minute), "++++--");
  EXPECT_EQ(standing("ts - now() > interval '1 second'", {598, 599, 600}), "+--");
  EXPECT_EQ(standing("now() > timestamp '2026-01-01 00:10:00'", minute), "--++++");
  EXPECT_EQ(standing("ts >= now() - interval '1 hour' and ts < localtimestamp", minute), "--+++-");
}

TEST(Now, CalendarUnitsAreCut) {
  const std::vector<int64_t> days{0, 86'399, 86'400, 2 * 86'400 - 1, 2 * 86'400};
  EXPECT_EQ(standing("ts::date = current_date", days), "++---");
  EXPECT_EQ(standing("ts::date >= current_date - 1", days), "++++-");
  EXPECT_EQ(standing("ts::date < current_date", days), "--+++");
  EXPECT_EQ(standing("ts >= date_trunc('day', now())", days), "++---");
  EXPECT_EQ(standing("ts >= current_date - interval '1 day'", days), "++++-");
  EXPECT_EQ(standing("ts > date_trunc('minute', now())", {599, 600, 601, 659}), "+---");
  EXPECT_EQ(standing("ts >= date_trunc('minute', now())", {599, 600, 659, 660}), "+++-");
  EXPECT_EQ(standing("ts < date_trunc('month', now())", {0, 31 * 86'400 - 1, 31 * 86'400}), "--+");
}

TEST(Now, StandsInHavingAndInConditionsOverBothSidesOfAJoin) {
  TestGraph graph;
  graph.add("v", "select g, count(*) from t group by g having max(ts) > now() - interval '1 min'");
  graph.add("w", "select t.id, k from t join u on t.g = u.g and t.ts + k * interval '1 second' > "
                 "now()");
  graph.clock(600);
  graph.epoch({{"t", {at(1, "00:10:00")}}, {"u", {"+1|a|30"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"a|1"});
  EXPECT_EQ(graph.rows("w"), Lines{"1|30"});
  graph.restart();
  graph.clock(630);
  graph.epoch({{"t", {at(2, "00:10:20")}}});
  EXPECT_EQ(graph.rows("v"), Lines{"a|2"});
  EXPECT_EQ(graph.rows("w"), Lines{"2|30"});
  graph.clock(680);
  graph.epoch({});
  EXPECT_EQ(graph.rows("v"), Lines{});
  EXPECT_EQ(graph.rows("w"), Lines{});
}

TEST(Now, IsRefusedByNameWhereItCannotBeWaitedFor) {
  for (const std::string sql :
       {"select id from t where ts > now() - interval '1 hour' or n = 1",
        "select id, now() from t", "select id from t where ts > now() - interval '1 month'",
        "select count(*) from t group by now()",
        "select id from t where extract(hour from now()) > 3",
        "select t.id from t left join u on t.id = u.id and t.ts + k * interval '1 s' < now()"}) {
    const std::string text = refusal(sql);
    EXPECT_NE(text.find("WR1274"), std::string::npos) << sql << "\n" << text;
  }
}

constexpr const char* kAsof =
    "select x.id, y.n from t x left join lateral (select n from t y where y.g = x.g and y.ts <= "
    "x.ts and y.n > 1 order by y.ts desc limit 1) y on true";

TEST(Asof, ALateralJoinOfTheLatestIsOne) {
  TestGraph graph;
  const Result<plan::View> view =
      graph.planned("v", kAsof, catalog::EmitMode::kOnChange, std::nullopt);
  ASSERT_TRUE(view.has_value());
  EXPECT_NE(plan::explain(*view).find("asof"), std::string::npos) << plan::explain(*view);
  graph.add("v", kAsof);
  graph.epoch({{"t", {at(1, "00:00:10"), "+2|a|5|~|2026-01-01 00:00:05",
                      "+3|b|7|~|2026-01-01 00:00:01"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1|5", "2|5", "3|7"}));
  graph.epoch({{"t", {"+4|a|6|~|2026-01-01 00:00:07", "-2|a|5|~|2026-01-01 00:00:05"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1|6", "3|7", "4|6"}));
}

TEST(Asof, OtherFormsKeepTheirMeaning) {
  for (const std::string inner :
       {"select n from t y where y.g = x.g and y.ts <= x.ts order by y.ts limit 1",
        "select n from t y where y.g = x.g and y.ts <= x.ts order by y.ts desc limit 2",
        "select n + x.n from t y where y.g = x.g and y.ts <= x.ts order by y.ts desc limit 1",
        "select n from t y where y.g = x.g and y.ts <> x.ts order by y.ts desc limit 1"}) {
    TestGraph graph;
    const Result<plan::View> view =
        graph.planned("v", "select x.id from t x, lateral (" + inner + ") y",
                      catalog::EmitMode::kOnChange, std::nullopt);
    ASSERT_TRUE(view.has_value()) << view.error().to_string();
    EXPECT_EQ(plan::explain(*view).find("asof"), std::string::npos) << inner;
  }
}

TEST(Asof, TheBoundMayBeAnExpressionAndStrict) {
  TestGraph graph;
  graph.add("v",
            "select x.id, y.id as other from t x cross join lateral (select y.id from t y where "
            "x.ts - interval '5 seconds' > y.ts order by ts desc limit 1) y");
  graph.epoch({{"t", {at(1, "00:00:01"), at(2, "00:00:06"), at(3, "00:00:07")}}});
  EXPECT_EQ(graph.rows("v"), Lines{"3|1"});
}

TEST(Asof, TheKeywordIsNotTakenForAName) {
  EXPECT_NE(refusal("select t.id from t asof left join u on t.id = u.id").find("WR1275"),
            std::string::npos);
}

}  // namespace
}  // namespace weir::flow
