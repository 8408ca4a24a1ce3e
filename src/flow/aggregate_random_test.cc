// Every aggregate under random insertions and deletions, with restarts: the views must say what a
// graph says that was given only the rows which are still there, byte for byte (scales, floats,
// order of lists).
#include <gtest/gtest.h>

#include "base/random.h"
#include "flow/aggregate_state.h"
#include "flow/test_graph.h"

namespace weir::flow {
namespace {

constexpr const char* kViews[] = {
    "select g, sum(d) as a, avg(d) as b, sum(n::float8 / 3) as c, avg(n::float8 / 7) as e, "
    "sum(n::real / 3) as f from t group by g",
    "select g, min(d) as a, max(d) as b, sum(distinct d) as c, avg(distinct d) as e, "
    "count(distinct d) as f from t group by g",
    "select g, stddev(d) as a, variance(n) as b, var_pop(d) as c, stddev_samp(distinct d) as e "
    "from t group by g",
    "select var_pop(n::float8 / 3) as a, stddev(n::float8 * 1e9) as b, corr(n, d) as c, "
    "regr_slope(d, n) as e, covar_samp(n, id) as f, regr_intercept(n, d) as h from t",
    "select g, bool_and(n > 0) as a, bool_or(n > 2) as b, bit_and(n) as c, bit_or(n) as e, "
    "bit_xor(n) as f from t group by g",
    "select g, string_agg(n::text, ',' order by n nulls first) as a, "
    "string_agg(d::text, ',' order by n desc, id) as b, "
    "string_agg(id::text, ',') as i, string_agg(distinct n::text, '-') as c from t group by g",
    "select g, jsonb_agg(d order by id) as a, jsonb_object_agg(coalesce(n, 0), id) as b, "
    "jsonb_agg(distinct d) as c from t group by g",
    "select g, percentile_cont(0.3) within group (order by n) as a, "
    "percentile_disc(0.7) within group (order by d) as b, mode() within group (order by n) as c "
    "from t group by g",
    "select rank(1) within group (order by n) as a, "
    "dense_rank(1.0) within group (order by d) as b, "
    "cume_dist(2) within group (order by n desc) as c from t",
    "select g, sum(ts - '2026-01-01') as a, avg(ts - '2026-01-01') as b from t group by g",
    "select g, approx_count_distinct(n) as a, "
    "approx_percentile(0.5) within group (order by n) as b from t group by g",
    "select g, n % 2 as m, count(*) as c, sum(d) as s from t group by cube (g, n % 2)",
};

class Rows {
 public:
  explicit Rows(Random& random) : random_(random) {}
  Lines next_epoch() {
    Lines lines;
    for (uint64_t i = random_.below(6) + 1; i-- > 0;) {
      if (!rows_.empty() && random_.below(5) < 2) {
        const auto at = static_cast<std::ptrdiff_t>(random_.below(rows_.size()));
        lines.push_back("-" + rows_[static_cast<size_t>(at)]);
        rows_.erase(rows_.begin() + at);
      } else {
        rows_.push_back(make());
        lines.push_back("+" + rows_.back());
      }
    }
    return lines;
  }
  Lines all() const {
    Lines lines;
    for (const std::string& row : rows_) lines.push_back("+" + row);
    return lines;
  }

 private:
  std::string make() {
    static constexpr const char* kNumbers[] = {"~", "0", "1", "2", "3", "-4", "7"};
    static constexpr const char* kDecimals[] = {"~",    "1",     "1.0", "1.00",  "-0.5",
                                                "2.25", "2.250", "0",   "0.000", "1e10"};
    static constexpr const char* kTimes[] = {"~", "2026-01-01 00:00:01", "2026-01-02 10:00:00.5"};
    const std::string group = random_.below(7) == 0 ? "~" : std::string(1, "abc"[random_.below(3)]);
    return std::to_string(++id_) + "|" + group + "|" + kNumbers[random_.below(7)] + "|" +
           kDecimals[random_.below(10)] + "|" + kTimes[random_.below(3)];
  }
  Random& random_;
  Lines rows_;
  int id_ = 0;
};

void add_views(TestGraph& graph) {
  for (size_t i = 0; i < std::size(kViews); ++i) graph.add("v" + std::to_string(i), kViews[i]);
}

TEST(AggregateRandom, SaysWhatTheRowsThatAreLeftSay) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Random random(seed);
    Rows rows(random);
    TestGraph graph;
    add_views(graph);
    for (int epoch = 1; epoch <= 40; ++epoch) {
      graph.epoch({{"t", rows.next_epoch()}});
      if (epoch % 7 == 0) graph.restart();
      if (epoch % 5 != 0) continue;
      TestGraph fresh;
      add_views(fresh);
      fresh.epoch({{"t", rows.all()}});
      for (size_t i = 0; i < std::size(kViews); ++i) {
        const std::string view = "v" + std::to_string(i);
        ASSERT_EQ(graph.rows(view), fresh.rows(view))
            << "seed " << seed << " epoch " << epoch << ": " << kViews[i];
      }
      ASSERT_EQ(graph.dead(), Lines{});
    }
  }
}

// min and max keep one value where rows only come: what it is must be that of all rows, over
// restarts, and where other calls have sets of their own.
TEST(AggregateRandom, ExtremesOfRowsThatOnlyCome) {
  static constexpr const char* kExtremes[] = {
      "select g, min(n) as a, max(d::numeric(12,3)) as b, max(ts) as c, count(*) as e "
      "from {} group by g",
      "select g, max(id) as a, count(distinct n) as b, min(d::numeric(12,3)) "
      "filter (where n > 0) as c, "
      "string_agg(id::text, ',' order by id) as e from {} group by g",
      "select max(n) as a, min(ts) as b from {}",
      "select n, max(id) as a from {} where d > 0 group by n",
  };
  const auto over = [](std::string sql, const std::string& relation) {
    return sql.replace(sql.find("{}"), 2, relation);
  };
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    Random random(seed);
    Rows rows(random);
    TestGraph graph;
    for (size_t i = 0; i < std::size(kExtremes); ++i) {
      graph.add("a" + std::to_string(i), over(kExtremes[i], "a"));
      graph.add("t" + std::to_string(i), over(kExtremes[i], "t"));
    }
    for (int epoch = 1; epoch <= 30; ++epoch) {
      Lines lines = rows.next_epoch();
      std::erase_if(lines, [](const std::string& line) { return line[0] == '-'; });
      graph.epoch({{"a", lines}, {"t", lines}});
      if (random.below(4) == 0) graph.restart();
      for (size_t i = 0; i < std::size(kExtremes); ++i) {
        const std::string number = std::to_string(i);
        ASSERT_EQ(graph.rows("a" + number), graph.rows("t" + number))
            << "seed " << seed << " epoch " << epoch << ": " << kExtremes[i];
      }
    }
  }
}

TEST(AggregateRandom, ApproximatesOverAppendOnlyInput) {
  TestGraph graph;
  graph.add("v", "select approx_count_distinct(n) as c, approx_percentile(0.9) within group "
                 "(order by n) as p from a");
  Lines lines;
  for (int i = 1; i <= 20000; ++i) lines.push_back("+1|g|" + std::to_string(i) + "|~|~");
  graph.epoch({{"a", lines}});
  graph.restart();
  graph.epoch({{"a", lines}});
  const std::string row = graph.rows("v").at(0);
  EXPECT_NEAR(std::stod(row), 20000, 20000 * 0.05) << row;
  EXPECT_NEAR(std::stod(row.substr(row.find('|') + 1)), 18000, 180) << row;
  EXPECT_EQ(graph.state_entries(), 1u);
}

TEST(AggregateState, AFrameMovesOverItsRows) {
  BatchBuilder builder({{{"n", TypeId::kInt4}}});
  for (int32_t i = 0; i < 100; ++i) {
    builder.column(0).append<int32_t>(i % 10);
    builder.end_row();
  }
  const Batch rows = builder.finish();
  plan::AggregateCall call;
  call.kind = plan::AggregateKind::kMax;
  call.arguments = {0};
  call.result = TypeId::kInt4;
  const auto greatest = AggregateState::make(call, {{{"n", TypeId::kInt4}}});
  for (uint32_t i = 0; i < 100; ++i) {
    greatest->add(rows, i, 1);
    if (i >= 3) greatest->add(rows, i - 3, -1);
    ColumnBuilder out{TypeId::kInt4};
    RowError error;
    ASSERT_TRUE(greatest->finish(out, &error));
    int32_t expected = 0;
    for (uint32_t k = i < 2 ? 0 : i - 2; k <= i; ++k) {
      expected = std::max(expected, static_cast<int32_t>(k % 10));
    }
    EXPECT_EQ(out.finish()->value<int32_t>(0), expected) << i;
  }
  greatest->clear();
  ColumnBuilder out{TypeId::kInt4};
  RowError error;
  ASSERT_TRUE(greatest->finish(out, &error));
  EXPECT_TRUE(out.finish()->is_null(0));
}

TEST(AggregateState, TheOnlyValueIsAnErrorWhereThereAreSeveralRows) {
  BatchBuilder builder({{{"n", TypeId::kInt4}}});
  for (int32_t i = 0; i < 2; ++i) {
    builder.column(0).append<int32_t>(7);
    builder.end_row();
  }
  const Batch rows = builder.finish();
  plan::AggregateCall call;
  call.kind = plan::AggregateKind::kSingle;
  call.arguments = {0};
  call.result = TypeId::kInt4;
  const auto single = AggregateState::make(call, {{{"n", TypeId::kInt4}}});
  single->add(rows, 0, 1);
  single->add(rows, 1, 1);
  ColumnBuilder out{TypeId::kInt4};
  RowError error;
  EXPECT_FALSE(single->finish(out, &error));
  EXPECT_STREQ(error.sqlstate, "21000");
  single->add(rows, 0, -1);
  ASSERT_TRUE(single->finish(out, &error));
  EXPECT_EQ(out.finish()->value<int32_t>(0), 7);
}

}  // namespace
}  // namespace weir::flow
