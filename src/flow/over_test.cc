// Window functions held against a recomputation by definition: for every row, a look at all the
// others.
#include <gtest/gtest.h>

#include <fmt/core.h>

#include "base/random.h"
#include "flow/test_graph.h"

namespace weir::flow {
namespace {

TEST(Over, RanksFollowWhatComesAndGoes) {
  TestGraph graph;
  graph.add("v", "select id, row_number() over w as a, rank() over w as b from t "
                 "window w as (partition by g order by n)");
  graph.epoch({{"t", {"+1|a|5|~|~", "+2|a|7|~|~", "+3|b|6|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1|1|1", "2|2|2", "3|1|1"}));
  graph.restart();
  graph.epoch({{"t", {"+4|a|1|~|~"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+1|2|2", "+2|3|3", "+4|1|1", "-1|1|1", "-2|2|2"}));
  graph.epoch({{"t", {"-4|a|1|~|~"}}, {"t", {"+4|a|9|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1|1|1", "2|2|2", "3|1|1", "4|3|3"}));
}

TEST(Over, OnlyWhatChangedComesOut) {
  TestGraph graph;
  graph.add("v", "select id, sum(n) over (partition by g order by id) as s from t");
  graph.epoch({{"t", {"+1|a|5|~|~", "+2|a|7|~|~", "+3|a|1|~|~", "+4|b|1|~|~"}}});
  graph.epoch({{"t", {"-3|a|1|~|~", "+3|a|2|~|~"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+3|14", "-3|13"}));
  graph.epoch({{"t", {"-3|a|2|~|~", "+3|a|2|~|~"}}});
  EXPECT_EQ(graph.change("v"), Lines{});
}

TEST(Over, EqualRowsHaveANumberEach) {
  TestGraph graph;
  graph.add("v", "select g, row_number() over (order by g) as r from (select g from t) q");
  graph.epoch({{"t", {"+1|a|~|~|~", "+2|a|~|~|~", "+3|b|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"a|1", "a|2", "b|3"}));
  graph.epoch({{"t", {"-1|a|~|~|~"}}});
  EXPECT_EQ(graph.change("v"), (Lines{"+b|2", "-a|2", "-b|3"}));
}

TEST(Over, AnErrorIsSaidOnceAndItsRowIsNotThere) {
  TestGraph graph;
  graph.add("v", "select id, nth_value(id, n::int) over (order by id) as v from t");
  graph.epoch({{"t", {"+1|a|1|~|~", "+2|a|0|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"1|1"});
  EXPECT_EQ(graph.dead(), Lines{"v 22016"});
  graph.epoch({{"t", {"+3|a|1|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1|1", "3|1"}));
  EXPECT_EQ(graph.dead(), Lines{"v 22016"});
  graph.epoch({{"t", {"-2|a|0|~|~", "+2|a|2|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1|1", "2|2", "3|1"}));
}

TEST(Over, AnArgumentFailsOnlyWhereAFrameHoldsItsRow) {
  TestGraph graph;
  graph.add("v",
            "select id, sum(6 / n) over (order by id rows between 1 following and 1 following) "
            "as s from t");
  graph.epoch({{"t", {"+1|a|0|~|~", "+2|a|2|~|~"}}});
  EXPECT_EQ(graph.rows("v"), (Lines{"1|3", "2|~"}));
  EXPECT_EQ(graph.dead(), Lines{});
  graph.epoch({{"t", {"+0|a|3|~|~"}}});  // its frame holds the first row
  EXPECT_EQ(graph.rows("v"), (Lines{"0|3", "2|~"}));
  EXPECT_EQ(graph.dead(), Lines{"v 22012"});
  graph.restart();
  graph.epoch({{"t", {"+3|a|6|~|~"}}});  // said once
  EXPECT_EQ(graph.dead(), Lines{"v 22012"});
  graph.epoch({{"t", {"-0|a|3|~|~"}}});
  EXPECT_EQ(graph.rows("v"),
            (Lines{"1|3", "2|1", "3|~"}));
}

TEST(Over, StateGoesWithTheRows) {
  TestGraph graph;
  graph.add("v", "select id, count(*) over (partition by g) as c from t");
  graph.epoch({{"t", {"+1|a|1|~|~", "+2|b|1|~|~"}}});
  EXPECT_EQ(graph.state_entries(), 2u);
  graph.epoch({{"t", {"-1|a|1|~|~", "-2|b|1|~|~"}}});
  EXPECT_EQ(graph.state_entries(), 0u);
}

struct Row {
  int64_t id = 0;
  std::string group;
  std::optional<int64_t> n;

  std::string line(char sign) const {
    return fmt::format("{}{}|{}|{}|~|~", sign, id, group, n ? std::to_string(*n) : "~");
  }
};

// Ascending, NULLs last.
bool before(const Row& a, const Row& b) {
  if (a.n.has_value() != b.n.has_value()) return a.n.has_value();
  return a.n && *a.n < *b.n;
}
bool peers(const Row& a, const Row& b) { return a.n == b.n; }

std::string shown(std::optional<int64_t> v) { return v ? std::to_string(*v) : "~"; }

std::vector<Row> partition_of(const Row& row, const std::vector<Row>& all) {
  std::vector<Row> partition;
  for (const Row& other : all) {
    if (other.group == row.group) partition.push_back(other);
  }
  std::sort(partition.begin(), partition.end(), [](const Row& a, const Row& b) {
    return before(a, b) || (peers(a, b) && a.id < b.id);
  });
  return partition;
}

// One row's results in kSql, by counting.
std::string expected(const Row& row, const std::vector<Row>& all) {
  const std::vector<Row> partition = partition_of(row, all);
  const auto size = static_cast<int64_t>(partition.size());
  int64_t at = 0;
  while (partition[static_cast<size_t>(at)].id != row.id) ++at;
  int64_t smaller = 0;
  int64_t near = 0;            // RANGE BETWEEN 2 PRECEDING AND 1 FOLLOWING
  std::optional<int64_t> least;
  int64_t others = 0;          // GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES
  const auto group_of = [&](const Row& r) {
    int64_t groups = 0;
    for (size_t i = 0; i < partition.size(); ++i) {
      const bool first = i == 0 || !peers(partition[i - 1], partition[i]);
      groups += first && before(partition[i], r) ? 1 : 0;
    }
    return groups;
  };
  for (const Row& other : partition) {
    smaller += before(other, row) ? 1 : 0;
    const bool in_range = row.n && other.n ? *other.n >= *row.n - 2 && *other.n <= *row.n + 1
                                           : row.n.has_value() == other.n.has_value();
    near += in_range ? other.id : 0;
    const bool tie = peers(other, row) && other.id != row.id;
    if (std::abs(group_of(other) - group_of(row)) <= 1 && !tie) others += other.id;
  }
  for (int64_t i = std::max<int64_t>(0, at - 2); i <= std::min(size - 1, at + 1); ++i) {
    const std::optional<int64_t>& n = partition[static_cast<size_t>(i)].n;
    if (n && (!least || *n < *least)) least = n;
  }
  const auto id_at = [&](int64_t i) {
    return i >= 0 && i < size ? shown(partition[static_cast<size_t>(i)].id) : std::string("~");
  };
  return fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", row.id, at + 1, smaller + 1,
                     group_of(row) + 1, id_at(at - 2), near, shown(least), others);
}

constexpr const char* kSql =
    "select id, row_number() over o as a, rank() over w as b, dense_rank() over w as c, "
    "lag(id, 2) over o as d, "
    "sum(id) over (w range between 2 preceding and 1 following)::bigint as e, "
    "min(n) over (o rows between 2 preceding and 1 following) as f, "
    "sum(id) over (w groups between 1 preceding and 1 following exclude ties)::bigint as g "
    "from t window w as (partition by g order by n), o as (partition by g order by n, id)";

TEST(Over, EqualsARecomputationByDefinition) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    TestGraph graph;
    graph.add("v", kSql);
    std::vector<Row> rows;
    int64_t next_id = 1;
    for (int epoch = 0; epoch < 15; ++epoch) {
      Lines changes;
      for (uint64_t i = 0; i < random.below(6); ++i) {
        if (!rows.empty() && random.below(2) == 0) {
          const auto at = rows.begin() + static_cast<long>(random.below(rows.size()));
          changes.push_back(at->line('-'));
          rows.erase(at);
          continue;
        }
        Row row{next_id++, std::string(1, static_cast<char>('a' + random.below(2))), {}};
        if (random.below(5) > 0) row.n = static_cast<int64_t>(random.below(8));
        changes.push_back(row.line('+'));
        rows.push_back(row);
      }
      graph.epoch({{"t", changes}});
      Lines wanted;
      for (const Row& row : rows) wanted.push_back(expected(row, rows));
      std::sort(wanted.begin(), wanted.end());
      ASSERT_EQ(graph.rows("v"), wanted) << "seed " << seed << ", epoch " << epoch;
      if (random.below(4) == 0) graph.restart();
    }
  }
}

}  // namespace
}  // namespace weir::flow
