// A damaged snapshot is never read as a state: each byte of a small one is changed in each bit, and
// it is cut at each length. What is read then is the older one, or an error, and never a third
// thing.
#include "engine/snapshot.h"

#include <gtest/gtest.h>

#include "io/sim_file_system.h"

namespace weir::engine {
namespace {

Snapshot snapshot_of(uint64_t epoch) {
  Snapshot snapshot;
  Manifest& manifest = snapshot.manifest;
  manifest.epoch = Epoch(epoch);
  manifest.clock = 1'767'225'600'000'000;
  manifest.inputs["s"].partitions[PartitionId(0)] = {"{\"offset\":12}", 5, 6};
  manifest.views["v"] = {7, Schema{{{"n", TypeId::kInt8}}}};
  manifest.table_deltas["t"] = "rows of t, epoch " + std::to_string(epoch);
  manifest.view_changes["v"] = "rows of v, epoch " + std::to_string(epoch);
  return snapshot;
}

class DamagedSnapshot : public ::testing::Test {
 protected:
  DamagedSnapshot() {
    EXPECT_TRUE(store.write(snapshot_of(3)).has_value());
    EXPECT_TRUE(store.write(snapshot_of(5)).has_value());
    older = encode_manifest(store.read(Epoch(3)).value().manifest);
    bytes = files.read_all(store.path(Epoch(5))).value();
  }

  // The older one, or nothing.
  void expect_older(const std::string& damaged, bool may_refuse) {
    ASSERT_TRUE(files.write_atomically(store.path(Epoch(5)), damaged).has_value());
    EXPECT_FALSE(store.read(Epoch(5)).has_value());
    const auto newest = store.newest(Epoch(5));
    if (!newest) {
      EXPECT_TRUE(may_refuse && newest.error().kind() == ErrorKind::kNewerFormat)
          << newest.error().to_string();
      return;
    }
    ASSERT_TRUE(newest->has_value());
    EXPECT_EQ(encode_manifest((*newest)->manifest), older);
  }

  io::SimFileSystem files;
  SnapshotStore store{files, "/snapshots"};
  std::string older;
  std::string bytes;
};

TEST_F(DamagedSnapshot, EachBitChanged) {
  for (size_t at = 0; at < bytes.size(); ++at) {
    SCOPED_TRACE(at);
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      expect_older(damaged, at >= 8 && at < 12);  // a greater version is a newer weir's
    }
  }
}

TEST_F(DamagedSnapshot, CutAtEachLength) {
  for (size_t size = 0; size < bytes.size(); ++size) {
    SCOPED_TRACE(size);
    expect_older(bytes.substr(0, size), false);
  }
  expect_older(bytes + "x", false);
}

TEST_F(DamagedSnapshot, BothDamagedIsAnError) {
  for (const uint64_t epoch : {3, 5}) {
    ASSERT_TRUE(files.write_atomically(store.path(Epoch(epoch)), "weirSNAP").has_value());
  }
  const auto newest = store.newest(Epoch(5));
  ASSERT_FALSE(newest.has_value());
  EXPECT_EQ(newest.error().kind(), ErrorKind::kCorrupt);
}

// The journal still has every frame then.
TEST_F(DamagedSnapshot, TheOnlyOneIsPassedOver) {
  ASSERT_TRUE(files.remove(store.path(Epoch(3))).has_value());
  ASSERT_TRUE(files.write_atomically(store.path(Epoch(5)), "weirSNAP").has_value());
  const auto newest = store.newest(Epoch(5));
  ASSERT_TRUE(newest.has_value());
  EXPECT_FALSE(newest->has_value());
}

}  // namespace
}  // namespace weir::engine
