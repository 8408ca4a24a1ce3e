// Joins that share what they keep: however they hang together, they answer as each alone would.
#include "flow/arrangement.h"

#include <gtest/gtest.h>

#include <random>

#include <fmt/core.h>

#include "flow/test_graph.h"

namespace weir::flow {
namespace {

constexpr const char* kJoin = "select t.id, u.k from t join u on t.g = u.g";

TEST(Arrangement, JoinsOfOneInputKeepItOnce) {
  TestGraph graph;
  graph.add("v", kJoin);
  graph.epoch({{"t", {"+1|a|~|~|~", "+2|b|~|~|~"}}, {"u", {"+1|a|5"}}});
  const uint64_t entries = graph.state_entries();
  graph.add_beside("w", "select t.id, a.id as other from t join a on t.g = a.g",
                   {{"t", {"+1|a|~|~|~", "+2|b|~|~|~"}}});
  EXPECT_EQ(graph.state_entries(), entries);
  graph.epoch({{"a", {"+9|b|~|~|~"}}, {"t", {"+3|b|~|~|~"}}});
  EXPECT_EQ(graph.state_entries(), entries + 2);
  EXPECT_EQ(graph.rows("w"), (Lines{"2|9", "3|9"}));
  EXPECT_EQ(graph.rows("v"), (Lines{"1|5"}));
}

TEST(Arrangement, OtherKeysAndColumnsAreOthers) {
  TestGraph graph;
  graph.add("v", kJoin);
  const size_t tables = graph.graph().tables().size();
  graph.add("w", "select t.g, u.k from t join u on t.id = u.id");
  EXPECT_EQ(graph.graph().tables().size(), tables + 2);
  graph.add("s", "select t.id from t where exists (select from u where u.g = t.g)");
  EXPECT_EQ(graph.graph().tables().size(), tables + 3);  // the keys of u alone
  graph.add("e", "select t.id from t where not exists (select from u where u.g = t.g)");
  EXPECT_EQ(graph.graph().tables().size(), tables + 3);
}

TEST(Arrangement, StaysWhileAnyViewReadsIt) {
  TestGraph graph;
  graph.add("v", kJoin);
  graph.add("w", "select t.id, u.k from t left join u on t.g = u.g");
  graph.epoch({{"t", {"+1|a|~|~|~"}}});
  graph.remove("v");
  graph.epoch({{"u", {"+1|a|5"}}});
  EXPECT_EQ(graph.rows("w"), Lines{"1|5"});
  graph.add("v", kJoin);  // of which it is said nowhere that it begins with what is there
  graph.epoch({{"t", {"+2|a|~|~|~"}}});
  EXPECT_EQ(graph.rows("v"), Lines{"2|5"});
}

TEST(Arrangement, TablesHaveTheIdsOfFoldersWhereJoinsKeptTheirSides) {
  TestGraph graph;
  graph.add("v", "select t.id from t left join u on t.g = u.g and t.n < u.k");
  const std::vector<NamedTable> tables = graph.graph().tables();
  ASSERT_EQ(tables.size(), 3U);
  ASSERT_EQ(tables[0].older_ids.size(), 1U);
  ASSERT_EQ(tables[1].older_ids.size(), 1U);
  const std::string join = tables[2].id.substr(0, tables[2].id.find('.'));
  EXPECT_EQ(tables[0].older_ids[0], join + ".0");
  EXPECT_EQ(tables[1].older_ids[0], join + ".1");
  EXPECT_EQ(tables[2].id, join + ".2");
  EXPECT_TRUE(tables[2].older_ids.empty());
}

// An input that reaches a join on several ways, directly and through other joins.
const std::vector<std::string> kTangled{
    "select t.id, u.k from t join u on t.g = u.g",
    "select x.id, y.id as other from t x join t y on x.g = y.g",
    "select x.id, q.id as other, q.k from t x join (select y.id, y.g, u.k from t y join u on "
    "y.g = u.g) q on x.g = q.g",
    "select q.id, x.id as other, q.k from (select y.id, y.g, u.k from t y join u on y.g = u.g) q "
    "join t x on x.g = q.g",
    "select x.id, u.k from t x left join u on x.g = u.g and x.n < u.k",
    "select x.id, y.id as other from t x full join (select id, g from t where n > 1) y "
    "on x.g = y.g",
    "select x.id from t x where exists (select from t y where y.g = x.g and y.n > x.n)",
    "select x.id from t x where not exists (select from u where u.g = x.g)",
    "select x.id, c.n from t x join (select g, count(*) as n from t group by g) c on c.g = x.g",
};

std::string row_of(std::mt19937& random, const std::string& relation) {
  const auto below = [&](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  const char* const groups[] = {"a", "b", "c", "~"};
  const char* const group = groups[below(4)];
  if (relation == "u") return fmt::format("{}|{}|{}", below(3), group, below(4));
  return fmt::format("{}|{}|{}|~|~", below(3), group, below(4));
}

class Tangle {
 public:
  explicit Tangle(uint32_t seed) : random_(seed) {
    for (size_t i = 0; i < kTangled.size(); ++i) graph_.add(name(i), kTangled[i]);
  }

  void run() {
    for (int epoch = 0; epoch < 40; ++epoch) {
      TestGraph::Batches batches;
      for (uint32_t n = below(5); n > 0; --n) batches.push_back(next());
      graph_.epoch(batches);
      if (below(5) == 0) graph_.restart();
      if (epoch % 8 == 7) compare();
    }
  }

 private:
  static std::string name(size_t i) { return fmt::format("v{}", i); }
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }

  std::pair<std::string, Lines> next() {
    std::pair<std::string, Lines> batch{below(2) == 0 ? "t" : "u", {}};
    Lines& there = there_[batch.first];
    for (uint32_t n = 1 + below(5); n > 0; --n) {
      if (!there.empty() && below(3) == 0) {
        const auto gone = there.begin() + below(static_cast<uint32_t>(there.size()));
        batch.second.push_back("-" + *gone);
        there.erase(gone);
      } else {
        there.push_back(row_of(random_, batch.first));
        batch.second.push_back("+" + there.back());
      }
    }
    return batch;
  }

  // Each view alone, fed once with what is there.
  void compare() {
    for (size_t i = 0; i < kTangled.size(); ++i) {
      TestGraph alone;
      alone.add(name(i), kTangled[i]);
      TestGraph::Batches batches;
      for (const auto& [relation, rows] : there_) {
        for (const std::string& row : rows) batches.push_back({relation, {"+" + row}});
      }
      alone.epoch(batches);
      ASSERT_EQ(graph_.rows(name(i)), alone.rows(name(i))) << kTangled[i];
    }
  }

  std::mt19937 random_;
  TestGraph graph_;
  std::map<std::string, Lines> there_;
};

TEST(Arrangement, TangledJoinsAnswerAsEachAlone) {
  for (uint32_t seed = 1; seed <= 20; ++seed) Tangle(seed).run();
}

}  // namespace
}  // namespace weir::flow
