// Random epochs with tables that change, begin anew and go, and views whose rows come and go: what
// the merges of files make of them is what a map holds. Newest snapshots are damaged now and then,
// and a merge that began before more epochs came sees none of them.
#include "engine/snapshot_merge.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/random.h"
#include "engine/test_snapshot.h"
#include "io/sim_file_system.h"
#include "log/embedded/embedded_log.h"

namespace weir::engine {
namespace {

std::string weight_bytes(int64_t n) {
  std::string out;
  ByteWriter(out).zigzag(n);
  return out;
}

class RandomEpochs : public ::testing::TestWithParam<uint64_t> {
 protected:
  RandomEpochs() : random(GetParam()) {
    log::EmbeddedLogOptions options;
    options.root = "/log";
    options.journal_file_bytes = 4000;
    log = log::open_embedded_log(files, clock, options).value();
  }

  void change_table(const std::string& id, Manifest& manifest) {
    if (random.chance(0.03)) {
      manifest.resets.push_back(id);
      tables.erase(id);
    }
    std::string& delta = manifest.table_deltas[id];
    for (uint64_t n = random.below(40); n > 0; --n) {
      const std::string key = "key " + std::to_string(random.below(500));
      if (random.chance(0.3)) {
        ByteWriter w(delta);
        w.string(key);
        w.le<uint8_t>(0);
        tables[id].erase(key);
        continue;
      }
      const std::string value = std::string(random.below(60), 'v') + std::to_string(random.next());
      append_entry(delta, key, value);
      tables[id][key] = value;
    }
  }

  void change_view(Manifest& manifest) {
    if (random.chance(0.03)) {
      manifest.resets.push_back("view:v");
      weights.clear();
    }
    std::map<std::string, int64_t> change;
    for (uint64_t n = random.below(40); n > 0; --n) {
      const std::string row = "row " + std::to_string(random.below(300));
      const int64_t now = weights[row];
      const int64_t by = now > 0 && random.chance(0.5) ? -now : 1;
      if (change.emplace(row, by).second) weights[row] += by;
    }
    std::string& bytes = manifest.view_changes["v"];
    ByteWriter w(bytes);
    w.varint(change.size());
    for (const auto& [row, by] : change) {
      w.zigzag(by);
      w.string(row);
    }
  }

  void commit_epoch() {
    Manifest manifest;
    manifest.epoch = Epoch(++epoch);
    manifest.clock = static_cast<Micros>(epoch);
    change_table("t", manifest);
    if (random.chance(0.5)) change_table("u", manifest);
    change_view(manifest);
    ASSERT_TRUE(log->commit({"p", manifest.epoch, {}, encode_manifest(manifest)}).has_value());
  }

  Tables now() const {
    Tables out = tables;
    for (const auto& [row, n] : weights) {
      if (n != 0) out["view:v"][row] = weight_bytes(n);
    }
    std::erase_if(out, [](const auto& table) { return table.second.empty(); });
    return out;
  }

  io::SimFileSystem files;
  ManualClock clock{0};
  std::unique_ptr<log::Log> log;
  SnapshotStore store{files, "/snapshots"};
  Random random;
  uint64_t epoch = 0;
  Tables tables;
  std::map<std::string, int64_t> weights;
};

TEST_P(RandomEpochs, MergeIntoWhatAMapHolds) {
  for (int round = 0; round < 30; ++round) {
    for (uint64_t n = 1 + random.below(12); n > 0; --n) commit_epoch();
    const Tables want = now();
    SnapshotMerge merge(store, *log, "p", Epoch(epoch));
    if (round > 3 && random.chance(0.2)) {
      const std::string path = store.path(store.list().value().back());
      std::string bytes = files.read_all(path).value();
      bytes[random.below(bytes.size())] ^= 1;
      files.place(path, bytes);
    }
    const Epoch through(epoch);
    while (true) {
      const auto more = merge.step();
      ASSERT_TRUE(more.has_value()) << more.error().to_string();
      if (!*more) break;
      if (random.chance(0.05)) commit_epoch();
    }
    const auto file = store.open(through).value();
    EXPECT_EQ(read_snapshot(*file), want) << round;
    EXPECT_EQ(file->manifest().clock, static_cast<Micros>(through.value));
    EXPECT_LE(store.list().value().size(), 2u);
    // What another merge would begin with, were this one damaged, is there.
    const Epoch oldest = store.oldest_kept().value();
    EXPECT_EQ(log->epochs("p", oldest).value().size(), epoch - oldest.value);
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomEpochs, ::testing::Range<uint64_t>(0, 10));

}  // namespace
}  // namespace weir::engine
