// Power is lost, or a call fails, at every point of a workload: what was confirmed is there
// afterwards, what an epoch holds is there whole or not at all, and the log goes on.
#include <gtest/gtest.h>

#include "base/log.h"
#include "io/sim_file_system.h"
#include "log/embedded/embedded_log.h"

namespace weir::log {
namespace {

constexpr uint64_t kEpochs = 30;
constexpr Micros kNow = 1'700'000'000'000'000;

Record record(std::string key, std::string value) {
  Record r;
  r.key = std::move(key);
  r.value = std::move(value);
  r.timestamp = kNow;
  return r;
}

std::string padded(uint64_t n) { return std::to_string(n) + std::string(200 + n % 7 * 300, 'x'); }
bool is_large(uint64_t n) { return n % 6 == 4; }

// What the workload was told is durable.
struct Confirmed {
  uint64_t epoch = 0;
  uint64_t pushed = 0;
  bool topics = false;
};

EpochCommit epoch_commit(uint64_t n) {
  EpochCommit commit{"p", Epoch(n), {}, "state " + padded(n)};
  commit.appends.push_back({"a", PartitionId(0), {record("k", padded(n))}});
  commit.appends.push_back(
      {"b", PartitionId(1), {record("k", std::to_string(n)), record("l", "second")}});
  commit.appends.push_back({"keyed", PartitionId(0), {record(std::to_string(n % 3), padded(n))}});
  commit.appends.push_back({"short", PartitionId(0), {record("k", padded(n))}});
  if (is_large(n))
    commit.appends.push_back({"b", PartitionId(0), {record("k", std::string(9000, 'y'))}});
  return commit;
}

TopicConfig config_of(const std::string& name) {
  TopicConfig config;
  config.partitions = name == "b" ? 2 : 1;
  config.compression = Compression::kNone;
  config.segment_bytes = 4000;
  config.compact = name == "keyed";
  if (name == "short") config.retention_bytes = 6000;
  return config;
}

// A disk, and a process that works on it.
struct World {
  io::SimFileSystem files;
  ManualClock clock{kNow};
  bool stopped = false;

  World() { set_log_level(LogLevel::kError); }

  Result<std::unique_ptr<Log>> open(bool read_only = false) {
    EmbeddedLogOptions options;
    options.root = "/log";
    options.read_only = read_only;
    options.large_epoch_bytes = 8000;
    options.journal_file_bytes = 6000;
    options.on_fatal = [this](const Error&) { stopped = true; };
    return open_embedded_log(files, clock, options);
  }

  // Goes on from what is there until something fails; true: it came to the end.
  bool work(Confirmed& confirmed) {
    auto opened = open();
    return opened && work(**opened, confirmed);
  }

  static bool work(Log& log, Confirmed& confirmed) {
    for (const char* name : {"a", "b", "keyed", "pushed", "short"}) {
      if (log.topic_config(name)) continue;
      if (!log.create_topic(name, config_of(name))) return false;
    }
    confirmed.topics = true;
    if (log.last_epoch("sleeper").value().value == 0 &&
        !log.commit({"sleeper", Epoch(1), {}, "asleep"})) {
      return false;
    }
    for (uint64_t n = log.last_epoch("p").value().value + 1; n <= kEpochs; ++n) {
      if (!log.commit(epoch_commit(n))) return false;
      confirmed.epoch = n;
      if (n % 3 == 0) {
        if (!log.append(
                {"pushed", PartitionId(0), {record("", std::to_string(confirmed.pushed))}})) {
          return false;
        }
        ++confirmed.pushed;
      }
      if (n % 8 == 0 && !log.release_epochs("p", Epoch(n - 3))) return false;
      if (n % 5 == 0 && !log.maintain()) return false;
    }
    return true;
  }

  std::vector<std::pair<int64_t, std::string>> all(Log& log, const std::string& topic,
                                                   int partition) {
    std::vector<std::pair<int64_t, std::string>> values;
    Offset at = log.start_offset(topic, PartitionId(partition)).value();
    while (true) {
      const auto batch = log.read(topic, PartitionId(partition), at, 1 << 20);
      EXPECT_TRUE(batch.has_value()) << batch.error().to_string();
      if (!batch || batch->next == at) return values;
      for (const StoredRecord& r : batch->records) values.emplace_back(r.offset.value, *r.value);
      at = batch->next;
    }
  }
  std::vector<std::string> values(Log& log, const std::string& topic, int partition) {
    std::vector<std::string> values;
    for (auto& [offset, value] : all(log, topic, partition)) {
      EXPECT_EQ(offset, static_cast<int64_t>(values.size())) << topic;
      values.push_back(std::move(value));
    }
    return values;
  }

  void check(const Confirmed& confirmed, bool read_only = false) {
    auto opened = open(read_only);
    ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
    if (confirmed.topics) check(**opened, confirmed);
  }
  void check(Log& log, const Confirmed& confirmed) {
    const uint64_t last = log.last_epoch("p").value().value;
    ASSERT_GE(last, confirmed.epoch);
    ASSERT_LE(last, confirmed.epoch + 1);  // the one that was not answered may be there
    std::vector<std::string> a, b0, b1;
    for (uint64_t n = 1; n <= last; ++n) {
      a.push_back(padded(n));
      b1.push_back(std::to_string(n));
      b1.push_back("second");
      if (is_large(n)) b0.push_back(std::string(9000, 'y'));
    }
    ASSERT_TRUE(values(log, "a", 0) == a) << values(log, "a", 0).size() << " of " << a.size();
    ASSERT_TRUE(values(log, "b", 0) == b0) << values(log, "b", 0).size() << " of " << b0.size();
    ASSERT_TRUE(values(log, "b", 1) == b1) << values(log, "b", 1).size() << " of " << b1.size();
    check_keyed(log, last);
    check_short(log, last);
    check_pushed(log, confirmed.pushed);
    const auto frames = log.epochs("p", Epoch(last > 2 ? last - 2 : 0));
    ASSERT_TRUE(frames.has_value()) << frames.error().to_string();
    ASSERT_EQ(frames->size(), std::min<uint64_t>(last, 2));
    for (const CommittedEpoch& frame : *frames)
      ASSERT_EQ(frame.state, "state " + padded(frame.epoch.value));
    if (last == 0) return;
    const auto sleeper = log.epochs("sleeper", Epoch(0));
    ASSERT_TRUE(sleeper.has_value()) << sleeper.error().to_string();
    ASSERT_EQ(sleeper->size(), 1u);
    ASSERT_EQ((*sleeper)[0].state, "asleep");
  }
  // Compaction may have taken records that a newer one of the same key replaces, and no others.
  void check_keyed(Log& log, uint64_t last) {
    std::set<int64_t> there;
    for (const auto& [offset, value] : all(log, "keyed", 0)) {
      ASSERT_EQ(value, padded(static_cast<uint64_t>(offset) + 1));
      ASSERT_TRUE(there.insert(offset).second);
    }
    for (uint64_t n = last; n > 0 && n + 3 > last; --n)
      ASSERT_TRUE(there.contains(static_cast<int64_t>(n) - 1));
  }
  void check_short(Log& log, uint64_t last) {
    int64_t next = log.start_offset("short", PartitionId(0)).value().value;
    for (const auto& [offset, value] : all(log, "short", 0)) {
      ASSERT_EQ(offset, next++);
      ASSERT_EQ(value, padded(static_cast<uint64_t>(offset) + 1));
    }
    ASSERT_EQ(next, static_cast<int64_t>(last));
  }
  // One that was not confirmed may be there as well: its producer sends it again.
  void check_pushed(Log& log, uint64_t confirmed) {
    const std::vector<std::string> got = values(log, "pushed", 0);
    ASSERT_LE(got.size(), confirmed + 2);
    uint64_t next = 0;
    for (const std::string& value : got) next += next < confirmed && value == std::to_string(next);
    ASSERT_EQ(next, confirmed);
  }
};

uint64_t calls_of_workload() {
  World world;
  Confirmed confirmed;
  EXPECT_TRUE(world.work(confirmed));
  EXPECT_FALSE(world.stopped);
  return world.files.calls();
}

enum class Then : uint8_t { kPowerLoss, kProcessDeath };
class EveryCall : public ::testing::TestWithParam<std::tuple<ErrorKind, Then>> {};

TEST_P(EveryCall, Fails) {
  const auto [kind, then] = GetParam();
  const uint64_t calls = calls_of_workload();
  ASSERT_GT(calls, 200u);
  for (uint64_t n = 0; n < calls; ++n) {
    for (uint64_t seed = 0; seed < (then == Then::kPowerLoss ? 3 : 1); ++seed) {
      SCOPED_TRACE("call " + std::to_string(n) + " seed " + std::to_string(seed));
      World world;
      world.files.fail_call(n, kind, true);
      Confirmed confirmed;
      ASSERT_FALSE(world.work(confirmed));
      world.files.heal();
      if (then == Then::kPowerLoss) world.files.power_loss(n * 10 + seed);
      if (then == Then::kProcessDeath) world.files.process_death();
      if (confirmed.topics) world.check(confirmed, true);
      world.check(confirmed);
      if (::testing::Test::HasFailure()) return;
      Confirmed rest = confirmed;
      ASSERT_TRUE(world.work(rest));
      world.files.power_loss(seed);
      world.check(rest);
      if (::testing::Test::HasFailure()) return;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Kinds, EveryCall,
                         ::testing::Combine(::testing::Values(ErrorKind::kIo, ErrorKind::kNoSpace),
                                            ::testing::Values(Then::kPowerLoss,
                                                              Then::kProcessDeath)));

class OneCall : public ::testing::TestWithParam<ErrorKind> {};

// One call fails, the next ones do not: the process goes on, but where a sync failed and it
// stopped.
TEST_P(OneCall, FailsOnce) {
  const uint64_t calls = calls_of_workload();
  uint64_t stops = 0;
  for (uint64_t n = 0; n < calls; ++n) {
    SCOPED_TRACE("call " + std::to_string(n));
    World world;
    world.files.fail_call(n, GetParam());
    Confirmed confirmed;
    {
      auto log = world.open();
      bool done = log && World::work(**log, confirmed);
      if (log && !done && !world.stopped) done = World::work(**log, confirmed);
      ASSERT_TRUE(done || world.stopped || !log);
      if (done) world.check(**log, confirmed);
    }
    stops += world.stopped;
    world.files.power_loss(n);
    world.check(confirmed);
    ASSERT_TRUE(world.work(confirmed));
    world.check(confirmed);
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_LT(stops, calls / 2);
  EXPECT_GT(stops, 0u);
}
INSTANTIATE_TEST_SUITE_P(Kinds, OneCall, ::testing::Values(ErrorKind::kIo, ErrorKind::kNoSpace));

// The power goes again while the log is being repaired.
TEST(Recovery, IsLostAgain) {
  const uint64_t calls = calls_of_workload();
  for (uint64_t n = 40; n < calls; n += 3) {
    World world;
    world.files.fail_call(n, ErrorKind::kIo, true);
    Confirmed confirmed;
    ASSERT_FALSE(world.work(confirmed));
    world.files.heal();
    world.files.power_loss(n);
    for (uint64_t again = 0; again < 40; ++again) {
      SCOPED_TRACE("call " + std::to_string(n) + ", then " + std::to_string(again));
      world.files.fail_call(world.files.calls() + again, ErrorKind::kIo, true);
      const bool opened = world.open().has_value();
      world.files.heal();
      world.files.power_loss(n + again);
      if (opened) break;
    }
    world.check(confirmed);
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace weir::log
