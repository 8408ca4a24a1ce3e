// Power is lost, or a call fails, at every point of a workload: what was confirmed is there afterwards,
// what an epoch holds is there whole or not at all, and the log goes on.
#include <gtest/gtest.h>

#include "io/sim_file_system.h"
#include "log/embedded/embedded_log.h"

namespace weir::log {
namespace {

constexpr int kEpochs = 24;

Record record(std::string key, std::string value) {
  Record r;
  r.key = std::move(key);
  r.value = std::move(value);
  r.timestamp = 1'700'000'000'000'000;
  return r;
}

std::string padded(int n) { return std::to_string(n) + std::string(200 + n % 7 * 300, 'x'); }

// What the workload was told is durable.
struct Confirmed {
  uint64_t epoch = 0;
  int pushed = 0;
  bool topics = false;
};

EpochCommit epoch_commit(uint64_t n) {
  EpochCommit commit{"p", Epoch(n), {}, "state " + padded(static_cast<int>(n))};
  commit.appends.push_back({"a", PartitionId(0), {record("k", padded(static_cast<int>(n)))}});
  commit.appends.push_back({"b", PartitionId(1), {record("k", std::to_string(n)), record("l", "second")}});
  return commit;
}

TopicConfig small_segments(int32_t partitions) {
  TopicConfig config;
  config.partitions = partitions;
  config.compression = Compression::kNone;
  config.segment_bytes = 4000;
  return config;
}

class RecoveryTest : public ::testing::Test {
 protected:
  io::SimFileSystem files;
  ManualClock clock{1'700'000'000'000'000};

  Result<std::unique_ptr<Log>> open() {
    EmbeddedLogOptions options;
    options.root = "/log";
    options.on_fatal = [this](const Error&) { stopped = true; };
    return open_embedded_log(files, clock, options);
  }

  // Goes on from what is there until something fails; true: it came to the end.
  bool work(Confirmed& confirmed) {
    auto opened = open();
    if (!opened) return false;
    Log& log = **opened;
    for (const auto& [name, partitions] : {std::pair{"a", 1}, {"b", 2}, {"pushed", 1}}) {
      if (log.topic_config(name)) continue;
      if (!log.create_topic(name, small_segments(partitions))) return false;
    }
    confirmed.topics = true;
    const auto last = log.last_epoch("p");
    if (!last) return false;
    for (uint64_t n = last->value + 1; n <= kEpochs; ++n) {
      if (!log.commit(epoch_commit(n))) return false;
      confirmed.epoch = n;
      if (n % 3 == 0) {
        const int next = confirmed.pushed;
        if (!log.append({"pushed", PartitionId(0), {record("", std::to_string(next))}})) return false;
        confirmed.pushed = next + 1;
      }
      if (n % 8 == 0 && !log.release_epochs("p", Epoch(n - 3))) return false;
      if (n % 5 == 0 && !log.maintain()) return false;
    }
    return true;
  }

  std::vector<std::string> values(Log& log, const std::string& topic, int partition) {
    std::vector<std::string> values;
    Offset at = log.start_offset(topic, PartitionId(partition)).value();
    while (true) {
      const auto batch = log.read(topic, PartitionId(partition), at, 1 << 20);
      EXPECT_TRUE(batch.has_value()) << batch.error().to_string();
      if (!batch || batch->records.empty()) return values;
      for (const StoredRecord& r : batch->records) {
        EXPECT_EQ(r.offset.value, static_cast<int64_t>(values.size()));
        values.emplace_back(*r.value);
      }
      at = batch->next;
    }
  }

  void check(const Confirmed& confirmed, const std::string& where) {
    auto opened = open();
    ASSERT_TRUE(opened.has_value()) << where << ": " << opened.error().to_string();
    Log& log = **opened;
    if (!confirmed.topics) return;
    const uint64_t last = log.last_epoch("p").value().value;
    ASSERT_GE(last, confirmed.epoch) << where;
    ASSERT_LE(last, confirmed.epoch + 1) << where;  // the one that was not answered may be there
    std::vector<std::string> a, b, pushed;
    for (uint64_t n = 1; n <= last; ++n) {
      a.push_back(padded(static_cast<int>(n)));
      b.push_back(std::to_string(n));
      b.push_back("second");
    }
    ASSERT_EQ(values(log, "a", 0), a) << where;
    ASSERT_EQ(values(log, "b", 1), b) << where;
    const std::vector<std::string> got = values(log, "pushed", 0);
    // One that was not confirmed may be there as well: its producer sends it again.
    ASSERT_LE(got.size(), static_cast<size_t>(confirmed.pushed) + 2) << where;
    int next = 0;
    for (const std::string& value : got) next += next < confirmed.pushed && value == std::to_string(next);
    ASSERT_EQ(next, confirmed.pushed) << where;
    const auto frames = log.epochs("p", Epoch(last > 2 ? last - 2 : 0));
    ASSERT_TRUE(frames.has_value()) << where << ": " << frames.error().to_string();
    ASSERT_EQ(frames->size(), std::min<uint64_t>(last, 2)) << where;
    for (const CommittedEpoch& frame : *frames) {
      ASSERT_EQ(frame.state, "state " + padded(static_cast<int>(frame.epoch.value))) << where;
    }
  }

  bool stopped = false;
};

uint64_t calls_of_workload() {
  io::SimFileSystem files;
  ManualClock clock{1'700'000'000'000'000};
  EmbeddedLogOptions options;
  options.root = "/log";
  auto log = std::move(open_embedded_log(files, clock, options)).value();
  for (const auto& [name, partitions] : {std::pair{"a", 1}, {"b", 2}, {"pushed", 1}}) {
    EXPECT_TRUE(log->create_topic(name, small_segments(partitions)).has_value());
  }
  for (uint64_t n = 1; n <= kEpochs; ++n) {
    EXPECT_TRUE(log->commit(epoch_commit(n)).has_value());
    if (n % 3 == 0) EXPECT_TRUE(log->append({"pushed", PartitionId(0), {record("", "x")}}).has_value());
    if (n % 8 == 0) EXPECT_TRUE(log->release_epochs("p", Epoch(n - 3)).has_value());
    if (n % 5 == 0) EXPECT_TRUE(log->maintain().has_value());
  }
  return files.calls();
}

class EveryCall : public RecoveryTest, public ::testing::WithParamInterface<ErrorKind> {};

TEST_P(EveryCall, FailsAndPowerIsLost) {
  const uint64_t calls = calls_of_workload();
  ASSERT_GT(calls, 100u);
  int failures = 0;
  for (uint64_t n = 0; n < calls; ++n) {
    for (uint64_t seed = 0; seed < 4; ++seed) {
      files.~SimFileSystem();
      new (&files) io::SimFileSystem();  // NOLINT: a fresh disk in the same place
      files.fail_call(n, GetParam(), true);
      Confirmed confirmed;
      const bool finished = work(confirmed);
      ASSERT_FALSE(finished);
      ++failures;
      files.heal();
      files.power_loss(n * 10 + seed);
      const std::string where = "call " + std::to_string(n) + " seed " + std::to_string(seed);
      check(confirmed, where);
      if (HasFatalFailure()) return;
      Confirmed rest = confirmed;
      ASSERT_TRUE(work(rest)) << where;
      files.power_loss(seed);
      check(rest, where + ", gone on");
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(failures, 400);
}
INSTANTIATE_TEST_SUITE_P(Kinds, EveryCall, ::testing::Values(ErrorKind::kIo, ErrorKind::kNoSpace));

// A full disk for one call, and then there is space again: nothing needs to be started anew.
TEST_F(RecoveryTest, SpaceComesBack) {
  const uint64_t calls = calls_of_workload();
  for (uint64_t n = 30; n < calls; ++n) {
    files.~SimFileSystem();
    new (&files) io::SimFileSystem();  // NOLINT
    files.fail_call(n, ErrorKind::kNoSpace);
    auto opened = open();
    if (!opened) continue;
    Log& log = **opened;
    bool topics = true;
    for (const auto& [name, partitions] : {std::pair{"a", 1}, {"b", 2}, {"pushed", 1}}) {
      topics = topics && log.create_topic(name, small_segments(partitions)).has_value();
    }
    if (!topics) continue;
    Confirmed confirmed;
    confirmed.topics = true;
    for (uint64_t epoch = 1; epoch <= kEpochs; ++epoch) {
      Status status = log.commit(epoch_commit(epoch));
      if (!status) {
        ASSERT_EQ(status.error().kind(), ErrorKind::kNoSpace);
        status = log.commit(epoch_commit(epoch));
      }
      ASSERT_TRUE(status.has_value()) << "call " << n << ": " << status.error().to_string();
      confirmed.epoch = epoch;
    }
    opened->reset();
    files.heal();
    files.power_loss(n);
    check(confirmed, "call " + std::to_string(n));
    if (HasFatalFailure()) return;
  }
}

TEST_F(RecoveryTest, TwoProcessesOnOneFolder) {
  auto first = open();
  ASSERT_TRUE(first.has_value());
  const auto second = open();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind(), ErrorKind::kLocked);
}

TEST_F(RecoveryTest, AFolderOfANewerVersion) {
  ASSERT_TRUE(open().has_value());
  ASSERT_TRUE(files.write_atomically("/log/VERSION", "weir data folder, format 2\n").has_value());
  const auto log = open();
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().kind(), ErrorKind::kNewerFormat);
}

// Bytes that change on the disk are refused by the name of the file, wherever they stand.
TEST_F(RecoveryTest, DamageIsRefusedByName) {
  Confirmed confirmed;
  ASSERT_TRUE(work(confirmed));
  for (const std::string dir : {"/log/journal", "/log/topics/a/0"}) {
    const std::vector<std::string> names = files.list(dir).value();
    ASSERT_FALSE(names.empty());
    const std::string path = io::join_path(dir, names.front());
    const std::string whole = files.read_all(path).value();
    for (const size_t at : {size_t{20}, whole.size() / 2}) {
      std::string broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ 0x40);
      ASSERT_TRUE(files.write_atomically(path, broken).has_value());
      auto log = open();
      if (log) {  // a segment that is not the last is checked where it is read
        const auto read = (*log)->read("a", PartitionId(0), Offset(0), 1 << 20);
        ASSERT_FALSE(read.has_value()) << path << " at " << at;
        EXPECT_EQ(read.error().kind(), ErrorKind::kCorrupt);
        EXPECT_NE(read.error().to_string().find(path), std::string::npos) << read.error().to_string();
      } else {
        EXPECT_EQ(log.error().kind(), ErrorKind::kCorrupt) << log.error().to_string();
        EXPECT_NE(log.error().to_string().find(names.front().substr(0, 20)), std::string::npos)
            << log.error().to_string();
      }
    }
    ASSERT_TRUE(files.write_atomically(path, whole).has_value());
  }
}

}  // namespace
}  // namespace weir::log
