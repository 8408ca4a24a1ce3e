#include "state/table.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "state/index.h"

namespace weir::state {
namespace {

using Weights = Table<Weight>;

std::map<std::string, int64_t> contents(const Weights& table) {
  std::map<std::string, int64_t> out;
  table.for_each([&](uint32_t id) { out[std::string(table.key(id))] = table.value(id).n; });
  return out;
}

void set(Weights& table, const std::string& key, int64_t n) {
  bool inserted = false;
  const uint32_t id = table.find_or_insert(key, &inserted);
  table.touch(id);
  table.value(id).n = n;
}

// Random changes: the table, one rebuilt from all deltas, and one from its whole are as a map is.
TEST(Table, DeltasAndWholeTablesRestoreIt) {
  Random random(7);
  Weights table, follower;
  std::map<std::string, int64_t> model;
  for (int commit = 0; commit < 200; ++commit) {
    for (int i = 0; i < 30; ++i) {
      const std::string key = "key " + std::to_string(random.below(200)) + std::string(20, 'x');
      if (random.chance(0.4)) {
        const uint32_t id = table.find(key);
        EXPECT_EQ(id == Weights::kNone, !model.contains(key));
        if (id != Weights::kNone) table.erase(id);
        model.erase(key);
      } else {
        model[key] = random.between(-5, 5);
        set(table, key, model[key]);
      }
    }
    std::string delta;
    table.write_delta(delta);
    table.clear_dirty();
    ASSERT_TRUE(follower.apply(delta).has_value());
    ASSERT_EQ(contents(table), model);
    ASSERT_EQ(contents(follower), model);
    EXPECT_EQ(table.size(), model.size());
  }
  std::string all;
  table.write_all(all);
  Weights restored;
  ASSERT_TRUE(restored.apply(all).has_value());
  EXPECT_EQ(contents(restored), model);
  EXPECT_EQ(restored.dirty_count(), 0u);
}

TEST(Table, AnErasedEntryComesBackEmptyUnderItsId) {
  Weights table;
  set(table, "a", 5);
  const uint32_t id = table.find("a");
  table.clear_dirty();
  table.erase(id);
  EXPECT_EQ(table.find("a"), Weights::kNone);
  bool inserted = false;
  EXPECT_EQ(table.find_or_insert("a", &inserted), id);
  EXPECT_TRUE(inserted);
  EXPECT_TRUE(table.revived());
  EXPECT_EQ(table.value(id).n, 0);
}

TEST(Table, DamagedDeltasAreRefused) {
  Weights table;
  set(table, "some key", 5);
  std::string delta;
  table.write_delta(delta);
  for (size_t cut = 1; cut < delta.size(); ++cut) {
    Weights other;
    const Status applied = other.apply(std::string_view(delta).substr(0, cut));
    ASSERT_FALSE(applied.has_value()) << cut;
    EXPECT_EQ(applied.error().kind(), ErrorKind::kCorrupt);
  }
}

TEST(Index, KnowsTheRowsOfAKeyThroughReuseAndRestart) {
  Random random(3);
  Index index, follower;
  std::map<std::pair<std::string, std::string>, int64_t> model;
  for (int commit = 0; commit < 200; ++commit) {
    for (int i = 0; i < 10; ++i) {
      const std::string key = std::to_string(random.below(5));
      const std::string row = std::to_string(random.below(20));
      const int64_t weight = model[{key, row}] > 0 && random.chance(0.6) ? -1 : 1;
      model[{key, row}] += weight;
      EXPECT_EQ(index.add(key, row, weight), (model[{key, row}]));
    }
    std::string delta;
    index.write_delta(delta);
    index.clear_dirty();
    ASSERT_TRUE(follower.apply(delta).has_value());
    std::erase_if(model, [](const auto& entry) { return entry.second == 0; });
    for (const Index* each : {&index, &follower}) {
      std::map<std::pair<std::string, std::string>, int64_t> seen;
      for (int key = 0; key < 5; ++key) {
        each->for_rows(std::to_string(key), [&](std::string_view row, int64_t n) {
          seen[{std::to_string(key), std::string(row)}] += n;
        });
      }
      ASSERT_EQ(seen, model);
      ASSERT_EQ(each->size(), model.size());
    }
  }
}

}  // namespace
}  // namespace weir::state
