// What both file systems promise, and what the simulated one does to those who rest on more.
#include "io/file_system.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "io/sim_file_system.h"

namespace weir::io {
namespace {

class BothFileSystems : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<FileSystem> files;
  std::string root = "/root";

  void SetUp() override {
    if (GetParam()) {
      files = std::make_unique<SimFileSystem>();
    } else {
      char dir[] = "/tmp/weir-io-test-XXXXXX";
      root = ::mkdtemp(dir);
      files = make_real_file_system();
    }
    ASSERT_TRUE(files->make_dirs(root + "/a/b").has_value());
  }
  void TearDown() override { EXPECT_TRUE(files->remove_tree(root).has_value()); }
};

TEST_P(BothFileSystems, Files) {
  const std::string path = root + "/a/file";
  EXPECT_EQ(files->open(path, OpenMode::kRead).error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(files->open(path, OpenMode::kReadWrite).error().kind(), ErrorKind::kNotFound);
  const auto file = std::move(files->open(path, OpenMode::kCreateNew)).value();
  EXPECT_EQ(files->open(path, OpenMode::kCreateNew).error().kind(), ErrorKind::kAlreadyExists);
  ASSERT_TRUE(file->append("hello").has_value());
  ASSERT_TRUE(file->write_at(8, "world").has_value());
  ASSERT_TRUE(file->sync().has_value());
  EXPECT_EQ(files->read_all(path).value(), std::string("hello\0\0\0world", 13));
  char out[20];
  EXPECT_EQ(file->read_at(10, out, sizeof out).value(), 3u);
  EXPECT_EQ(file->read_at(13, out, sizeof out).value(), 0u);
  ASSERT_TRUE(file->truncate(2).has_value());
  EXPECT_EQ(file->info().value().size, 2u);
  EXPECT_EQ(files->info(path).value().inode, file->info().value().inode);
}

TEST_P(BothFileSystems, Names) {
  ASSERT_TRUE(files->write_atomically(root + "/a/x", "1").has_value());
  ASSERT_TRUE(files->write_atomically(root + "/a/x", "2").has_value());
  EXPECT_EQ(files->read_all(root + "/a/x").value(), "2");
  EXPECT_EQ(files->list(root + "/a").value(), (std::vector<std::string>{"b", "x"}));
  ASSERT_TRUE(files->rename(root + "/a/x", root + "/a/y").has_value());
  EXPECT_FALSE(files->exists(root + "/a/x"));
  ASSERT_TRUE(files->remove(root + "/a/y").has_value());
  EXPECT_EQ(files->remove(root + "/a/y").error().kind(), ErrorKind::kNotFound);
  EXPECT_EQ(files->list(root + "/none").error().kind(), ErrorKind::kNotFound);
  EXPECT_TRUE(files->info(root + "/a/b").value().is_directory);
}

TEST_P(BothFileSystems, Locks) {
  auto lock = files->lock(root + "/LOCK");
  ASSERT_TRUE(lock.has_value());
  EXPECT_EQ(files->lock(root + "/LOCK").error().kind(), ErrorKind::kLocked);
  lock->reset();
  EXPECT_TRUE(files->lock(root + "/LOCK").has_value());
}
INSTANTIATE_TEST_SUITE_P(RealAndSimulated, BothFileSystems, ::testing::Bool());

TEST(SimFileSystem, FailsTheCallItIsToldTo) {
  SimFileSystem files;
  const auto file = std::move(files.open("/f", OpenMode::kCreate)).value();
  ASSERT_TRUE(file->append("1234").has_value());
  files.fail_call(files.calls() + 1, ErrorKind::kNoSpace);
  ASSERT_TRUE(file->append("5678").has_value());
  EXPECT_EQ(file->append("abcd").error().kind(), ErrorKind::kNoSpace);
  EXPECT_EQ(files.read_all("/f").value(), "12345678ab");  // half of it
  EXPECT_TRUE(file->append("x").has_value());
  files.fail_call(files.calls(), ErrorKind::kIo, true);
  EXPECT_EQ(file->sync().error().kind(), ErrorKind::kIo);
  EXPECT_EQ(files.sync_dir("/").error().kind(), ErrorKind::kIo);
  files.heal();
  EXPECT_TRUE(file->sync().has_value());
}

TEST(SimFileSystem, PowerLossKeepsWhatWasSynced) {
  std::set<std::string> contents;
  std::set<std::vector<std::string>> names;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SimFileSystem files;
    const auto kept = std::move(files.open("/kept", OpenMode::kCreate)).value();
    ASSERT_TRUE(kept->append(std::string(1024, 'a')).has_value());
    ASSERT_TRUE(kept->sync().has_value());
    ASSERT_TRUE(files.sync_dir("/").has_value());
    ASSERT_TRUE(kept->append(std::string(1024, 'b')).has_value());  // two sectors, not synced
    const auto fresh = std::move(files.open("/fresh", OpenMode::kCreate)).value();
    ASSERT_TRUE(fresh->append("content").has_value());
    ASSERT_TRUE(fresh->sync().has_value());  // its name is not
    files.power_loss(seed);
    EXPECT_FALSE(kept->append("x").has_value()) << "a file of a process that is gone";
    const std::string after = files.read_all("/kept").value();
    ASSERT_EQ(after.substr(0, 1024), std::string(1024, 'a'));
    contents.insert(after.substr(1024));
    names.insert(files.list("/").value());
    if (files.exists("/fresh")) {
      EXPECT_EQ(files.read_all("/fresh").value(), "content");
    }
  }
  // Nothing, the first sector, the second alone (with a hole before it), both.
  EXPECT_EQ(contents, (std::set<std::string>{"", std::string(512, 'b'),
                                             std::string(512, '\0') + std::string(512, 'b'),
                                             std::string(1024, 'b')}));
  EXPECT_EQ(names, (std::set<std::vector<std::string>>{{"kept"}, {"fresh", "kept"}}));
}

TEST(SimFileSystem, ARenameIsOneStep) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SimFileSystem files;
    ASSERT_TRUE(files.write_atomically("/f", "old").has_value());
    {
      const auto beside = std::move(files.open("/f.tmp", OpenMode::kCreate)).value();
      ASSERT_TRUE(beside->append("new").has_value());
      ASSERT_TRUE(beside->sync().has_value());
    }
    ASSERT_TRUE(files.rename("/f.tmp", "/f").has_value());
    files.power_loss(seed);
    seen.insert(files.read_all("/f").value());
  }
  EXPECT_EQ(seen, (std::set<std::string>{"old", "new"}));
}

TEST(SimFileSystem, ProcessDeathKeepsEverything) {
  SimFileSystem files;
  const auto lock = files.lock("/LOCK");
  const auto file = std::move(files.open("/f", OpenMode::kCreate)).value();
  ASSERT_TRUE(file->append("not synced").has_value());
  files.process_death();
  EXPECT_FALSE(file->sync().has_value());
  EXPECT_EQ(files.read_all("/f").value(), "not synced");
  EXPECT_TRUE(files.lock("/LOCK").has_value());
}

}  // namespace
}  // namespace weir::io
