#include "state/table.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "state/index.h"
#include "state/test_cold.h"

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

// A table of which most is on disk, as of a commit that may be some commits ago, is as a map is; so
// are its deltas, its whole and its size.
class SpilledTable : public ::testing::TestWithParam<uint64_t> {
 protected:
  void change() {
    std::vector<std::string> keys;
    for (int i = 0; i < 20; ++i) {
      keys.push_back("key " + std::to_string(random.below(300)) + std::string(20, 'x'));
    }
    const bool batch = random.chance(0.5);
    if (batch) table.fetch(keys, static_cast<uint32_t>(keys.size()));
    for (const std::string& key : keys) {
      if (random.chance(0.4)) {
        const uint32_t id = table.find(key);
        EXPECT_EQ(id == Weights::kNone, !model.contains(key));
        if (id != Weights::kNone) table.erase(id);
        model.erase(key);
        continue;
      }
      bool inserted = false;
      const uint32_t id = table.find_or_insert(key, &inserted);
      EXPECT_EQ(inserted, !model.contains(key)) << key;
      EXPECT_EQ(table.value(id).n, inserted ? 0 : model[key]);
      table.touch(id);
      table.value(id).n = model[key] = random.between(-1000, 1000);
    }
    table.done();
  }
  void commit() {
    std::string delta;
    table.write_delta(delta);
    table.clear_dirty();
    ASSERT_TRUE(follower.apply(delta).has_value());
  }
  void move() {
    if (written.empty() && random.chance(0.3)) {
      table.write_all(written);
      written += ' ';
      table.mark();
    } else if (!written.empty() && random.chance(0.3)) {
      written.pop_back();
      table.set_cold(std::make_shared<KeptRows>(written));
      written.clear();
    }
    if (random.chance(0.3)) table.evict(random.below(20'000));
  }

  Random random{GetParam()};
  Weights table, follower;
  std::map<std::string, int64_t> model;
  std::string written;  // a snapshot that is being written
};

TEST_P(SpilledTable, IsAsAMapIs) {
  table.allow_spill();
  for (int round = 0; round < 300; ++round) {
    change();
    commit();
    move();
    ASSERT_EQ(table.size(), model.size());
    ASSERT_TRUE(table.cold_status().has_value());
    if (round % 10 != 0) continue;
    std::string all;
    table.write_all(all);
    Weights from_all;
    ASSERT_TRUE(from_all.apply(all).has_value());
    EXPECT_EQ(contents(from_all), model);
    EXPECT_EQ(contents(follower), model);
    std::map<std::string, int64_t> stored;
    ASSERT_TRUE(table.for_each_stored([&](std::string_view key, const Weight& weight) {
      stored[std::string(key)] = weight.n;
    }).has_value());
    EXPECT_EQ(stored, model);
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, SpilledTable, ::testing::Range<uint64_t>(0, 20));

// What is loaded by several threads is what was written, and can be changed.
TEST(Table, LoadedInPieces) {
  std::map<uint64_t, std::string> entries;
  std::map<std::string, int64_t> model;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "key " + std::to_string(i);
    std::string value;
    Weight{i}.encode(value);
    std::string& entry = entries[hash64(key)];
    ByteWriter w(entry);
    w.string(key);
    w.le<uint8_t>(1);
    w.string(value);
    model[key] = i;
  }
  Weights table;
  ASSERT_TRUE(table.begin_load(entries.size()));
  uint64_t number = 0;
  for (const auto& [hash, entry] : entries) ASSERT_TRUE(table.load(number++, entry).has_value());
  EXPECT_FALSE(table.load(number, entries.begin()->second).has_value());
  table.end_load();
  EXPECT_EQ(contents(table), model);
  for (int i = 0; i < 1000; i += 3) {
    const std::string key = "key " + std::to_string(i);
    table.erase(table.find(key));
    model.erase(key);
    set(table, "other " + key, i);
    model["other " + key] = i;
  }
  table.clear_dirty();
  EXPECT_EQ(contents(table), model);
}

}  // namespace
}  // namespace weir::state
