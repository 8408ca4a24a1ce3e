// A damaged snapshot is never read as a state: each byte of a small one is changed in each bit, and
// it is cut at each length. What is read then is the older one, or an error, and never a third
// thing.
#include "engine/snapshot.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "engine/test_snapshot.h"
#include "io/sim_file_system.h"

namespace weir::engine {
namespace {

Manifest manifest_of(uint64_t epoch) {
  Manifest manifest;
  manifest.epoch = Epoch(epoch);
  manifest.clock = 1'767'225'600'000'000;
  manifest.inputs["s"].partitions[PartitionId(0)] = {"{\"offset\":12}", 5, 6};
  manifest.views["v"] = {7, Schema{{{"n", TypeId::kInt8}}}};
  return manifest;
}

Tables tables_of(uint64_t epoch) {
  const std::string text = std::to_string(epoch);
  return {{"t", {{"key", "value " + text}, {"other", "of epoch " + text}}},
          {"view:v", {{"r", "\2"}}}};
}

class DamagedSnapshot : public ::testing::Test {
 protected:
  DamagedSnapshot() {
    for (const uint64_t epoch : {3, 5}) {
      write_snapshot(store, manifest_of(epoch), tables_of(epoch));
    }
    bytes = files.read_all(store.path(Epoch(5))).value();
  }

  // As recovery does: the newest of which all can be read.
  Result<std::optional<Tables>> read_newest() {
    std::set<Epoch> damaged;
    while (true) {
      const auto file = TRY(store.newest(Epoch(5), damaged));
      if (!file) return std::optional<Tables>();
      Status whole = file->verify();
      if (whole) return std::optional<Tables>(read_snapshot(*file));
      EXPECT_EQ(whole.error().code(), 1442);
      damaged.insert(file->manifest().epoch);
    }
  }

  // The older one, or nothing.
  void expect_older(const std::string& damaged, bool may_refuse) {
    ASSERT_TRUE(files.write_atomically(store.path(Epoch(5)), damaged).has_value());
    const auto newest = read_newest();
    if (!newest) {
      EXPECT_TRUE(may_refuse && newest.error().kind() == ErrorKind::kNewerFormat)
          << newest.error().to_string();
      return;
    }
    ASSERT_TRUE(newest->has_value());
    EXPECT_EQ(**newest, tables_of(3));
  }

  io::SimFileSystem files;
  SnapshotStore store{files, "/snapshots"};
  std::string bytes;
};

TEST_F(DamagedSnapshot, IsReadWhereItIsNot) { EXPECT_EQ(**read_newest(), tables_of(5)); }

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
  const auto newest = read_newest();
  ASSERT_FALSE(newest.has_value());
  EXPECT_EQ(newest.error().kind(), ErrorKind::kCorrupt);
}

// The journal still has every frame then.
TEST_F(DamagedSnapshot, TheOnlyOneIsPassedOver) {
  ASSERT_TRUE(files.remove(store.path(Epoch(3))).has_value());
  ASSERT_TRUE(files.write_atomically(store.path(Epoch(5)), "weirSNAP").has_value());
  const auto newest = read_newest();
  ASSERT_TRUE(newest.has_value());
  EXPECT_FALSE(newest->has_value());
}

// Folders of the first version are read as they are.
TEST_F(DamagedSnapshot, VersionOneIsRead) {
  write_version_1(files, store.path(Epoch(5)), manifest_of(5), tables_of(5));
  EXPECT_EQ(**read_newest(), tables_of(5));
  EXPECT_FALSE(store.open(Epoch(5)).value()->ordered());
}

// Enough rows for many parts: they stand in the order of their hashes, each part by itself.
TEST(SnapshotFile, PartsAreByHash) {
  io::SimFileSystem files;
  SnapshotStore store(files, "/snapshots");
  Tables tables;
  for (int i = 0; i < 3000; ++i) tables["t"]["key " + std::to_string(i)] = std::string(60, 'x');
  write_snapshot(store, manifest_of(1), tables);
  const auto file = store.open(Epoch(1)).value();
  EXPECT_EQ(read_snapshot(*file), tables);
  const SnapshotTable& table = *file->table("t");
  ASSERT_GE(table.bits, 3);
  ASSERT_EQ(table.parts.size(), size_t{1} << table.bits);
  EXPECT_EQ(table.entries(), 3000u);
  uint64_t last = 0;
  for (size_t part = 0; part < table.parts.size(); ++part) {
    const std::string bytes = file->read_parts(table, part, part + 1).value();
    ByteReader r(bytes);
    for (state::Entry entry; !r.at_end();) {
      ASSERT_TRUE(entry.read(r, bytes));
      const uint64_t hash = hash64(entry.key);
      EXPECT_GE(hash, last);
      EXPECT_EQ(hash >> (64 - table.bits), part);
      last = hash;
    }
  }
}

}  // namespace
}  // namespace weir::engine
