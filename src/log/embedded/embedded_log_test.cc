// The log as its users see it, and what it refuses.
#include "log/embedded/embedded_log.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/log.h"
#include "io/sim_file_system.h"
#include "log/record_batch.h"

namespace weir::log {
namespace {

constexpr Micros kNow = 1'700'000'000'000'000;
constexpr Micros kSecond = 1'000'000;
constexpr PartitionId kFirst{0};
using Strings = std::vector<std::string>;

Record record(std::optional<std::string> key, std::optional<std::string> value, Micros at = kNow) {
  return {std::move(key), std::move(value), at, {}};
}

class EmbeddedLogTest : public ::testing::Test {
 protected:
  io::SimFileSystem files;
  ManualClock clock{kNow};
  EmbeddedLogOptions options;
  bool stopped = false;

  EmbeddedLogTest() {
    set_log_level(LogLevel::kError);
    options.root = "/log";
    options.on_fatal = [this](const Error&) { stopped = true; };
  }
  Result<std::unique_ptr<Log>> try_open() { return open_embedded_log(files, clock, options); }
  std::unique_ptr<Log> open() {
    auto log = try_open();
    EXPECT_TRUE(log.has_value()) << log.error().to_string();
    return std::move(*log);
  }
  // Of opening, or of reading the 12 records of topic "t": closed segments are checked when read.
  std::optional<Error> error_of_reading() {
    auto log = try_open();
    if (!log) return log.error();
    for (Offset next(0); next < Offset(12);) {
      const auto batch = (*log)->read("t", kFirst, next, 1);
      if (!batch) return batch.error();
      if (batch->next == next) break;
      next = batch->next;
    }
    return std::nullopt;
  }
  static TopicConfig small(int64_t segment_bytes = 1000) {
    TopicConfig config;
    config.segment_bytes = segment_bytes;
    config.compression = Compression::kNone;
    return config;
  }
  static void append(Log& log, const std::string& topic, std::vector<Record> records) {
    const auto offset = log.append({topic, kFirst, std::move(records)});
    ASSERT_TRUE(offset.has_value()) << offset.error().to_string();
  }
  // "offset:key=value", all of partition 0.
  static std::vector<std::string> contents(Log& log, const std::string& topic) {
    std::vector<std::string> out;
    Offset at = log.start_offset(topic, kFirst).value();
    while (true) {
      const auto batch = log.read(topic, kFirst, at, 100);
      EXPECT_TRUE(batch.has_value()) << batch.error().to_string();
      if (!batch || batch->next == at) return out;
      for (const StoredRecord& r : batch->records) {
        out.push_back(std::to_string(r.offset.value) + ":" + std::string(r.key.value_or("-")) +
                      "=" + std::string(r.value.value_or("-")));
      }
      at = batch->next;
    }
  }
};

bool has(const Strings& in, const std::string& what) {
  return std::find(in.begin(), in.end(), what) != in.end();
}

TEST_F(EmbeddedLogTest, AppendsAndReads) {
  auto log = open();
  TopicConfig config;
  config.partitions = 3;
  ASSERT_TRUE(log->create_topic("t", config).has_value());
  EXPECT_EQ(log->create_topic("t", config).error().code(), 1424);
  for (const std::string& bad : Strings{"", ".", "..", "a/b", "a b", std::string(250, 'x')}) {
    EXPECT_EQ(log->create_topic(bad, config).error().code(), 1415) << bad;
  }
  config.partitions = 0;
  EXPECT_EQ(log->create_topic("none", config).error().code(), 1429);
  Record full = record("k", "v", kNow + 1'234);
  full.headers = {{"h", "1"}, {"h", ""}};
  EXPECT_EQ(log->append({"t", PartitionId(2), {record("a", "1"), full}}).value(), Offset(0));
  EXPECT_EQ(log->append({"t", PartitionId(2), {record({}, {})}}).value(), Offset(2));
  EXPECT_EQ(log->end_offset("t", PartitionId(2)).value(), Offset(3));
  EXPECT_EQ(log->end_offset("t", PartitionId(1)).value(), Offset(0));
  const auto batch = log->read("t", PartitionId(2), Offset(1), 1 << 20).value();
  ASSERT_EQ(batch.records.size(), 2u);
  EXPECT_EQ(batch.records[0].offset, Offset(1));
  EXPECT_EQ(batch.records[0].timestamp, kNow + 1'000);  // milliseconds, as Kafka has
  EXPECT_EQ(batch.records[0].headers.size(), 2u);
  EXPECT_FALSE(batch.records[1].key || batch.records[1].value);
  EXPECT_EQ(batch.next, Offset(3));
  EXPECT_TRUE(log->read("t", PartitionId(2), Offset(3), 100).value().records.empty());
  EXPECT_EQ(log->read("t", PartitionId(3), Offset(0), 100).error().code(), 1423);
  EXPECT_EQ(log->read("u", PartitionId(0), Offset(0), 100).error().code(), 1422);
  EXPECT_EQ(log->append({"u", kFirst, {record("a", "b")}}).error().code(), 1422);
  EXPECT_EQ(log->topics(), Strings{"t"});
  log.reset();
  EXPECT_EQ(open()->end_offset("t", PartitionId(2)).value(), Offset(3));
}

TEST_F(EmbeddedLogTest, OffsetsByTime) {
  auto log = open();
  ASSERT_TRUE(log->create_topic("t", small(4000)).has_value());
  for (int i = 0; i < 300; ++i)
    append(*log, "t", {record("k", std::string(90, 'x'), kNow + i * kSecond)});
  for (int round = 0; round < 2; ++round) {  // from memory, then from the index on disk
    for (int i = 0; i < 300; i += 7) {
      EXPECT_EQ(log->offset_for_time("t", kFirst, kNow + i * kSecond).value(), Offset(i));
      EXPECT_EQ(log->offset_for_time("t", kFirst, kNow + i * kSecond - kSecond / 2).value(),
                Offset(i));
    }
    EXPECT_EQ(log->offset_for_time("t", kFirst, 0).value(), Offset(0));
    EXPECT_EQ(log->offset_for_time("t", kFirst, kNow + 300 * kSecond).value(), Offset(300));
    log.reset();
    log = open();
  }
}

// An index that is gone or damaged, or that of another file, is built again.
TEST_F(EmbeddedLogTest, IndexesAreRebuilt) {
  auto log = open();
  ASSERT_TRUE(log->create_topic("t", small(100'000)).has_value());
  for (int i = 0; i < 40; ++i)
    append(*log, "t", {record("k", std::string(9000, 'x'), kNow + i * kSecond)});
  const Strings all = contents(*log, "t");
  log.reset();
  const std::string dir = "/log/topics/t/0";
  Strings indexes = files.list(dir).value();
  std::erase_if(indexes, [](const std::string& name) { return !name.ends_with(".index"); });
  ASSERT_EQ(indexes.size(), 3u);
  const std::string good = files.read_all(io::join_path(dir, indexes[0])).value();
  ASSERT_TRUE(files.remove(io::join_path(dir, indexes[0])).has_value());
  for (const size_t at : {size_t{0}, size_t{9}, size_t{30}, good.size() - 1}) {
    std::string broken = good;
    broken[at] = static_cast<char>(broken[at] + 1);
    ASSERT_TRUE(files.write_atomically(io::join_path(dir, indexes[1]), broken).has_value());
    ASSERT_TRUE(
        files.write_atomically(io::join_path(dir, indexes[2]), good.substr(0, at)).has_value());
    log = open();
    EXPECT_EQ(contents(*log, "t"), all);
    EXPECT_EQ(log->offset_for_time("t", kFirst, kNow + 35 * kSecond).value(), Offset(35));
    log.reset();
    EXPECT_EQ(files.read_all(io::join_path(dir, indexes[0])).value(), good);
  }
}

TEST_F(EmbeddedLogTest, RetentionByTime) {
  auto log = open();
  TopicConfig config = small();
  config.retention_ms = 60'000;
  ASSERT_TRUE(log->create_topic("t", config).has_value());
  for (int i = 0; i < 30; ++i)
    append(*log, "t", {record("k", std::string(300, 'x'), kNow + i * 10 * kSecond)});
  clock.set(kNow + 200 * kSecond);  // records before 140 s are too old: offsets 0 to 13
  ASSERT_TRUE(log->maintain().has_value());
  const int64_t start = log->start_offset("t", kFirst).value().value;
  EXPECT_GT(start, 10);
  EXPECT_LE(start, 14);
  EXPECT_EQ(log->read("t", kFirst, Offset(start - 1), 100).error().code(), 1426);
  EXPECT_EQ(contents(*log, "t").size(), static_cast<size_t>(30 - start));
  clock.set(kNow + 1000 * kSecond);  // all of them, also those of the active segment
  ASSERT_TRUE(log->maintain().has_value());
  EXPECT_EQ(log->start_offset("t", kFirst).value(), Offset(30));
  log.reset();
  log = open();
  EXPECT_EQ(log->start_offset("t", kFirst).value(), Offset(30));
  append(*log, "t", {record("k", "new", clock.now())});
  EXPECT_EQ(contents(*log, "t"), Strings{"30:k=new"});
}

TEST_F(EmbeddedLogTest, RetentionBySize) {
  auto log = open();
  TopicConfig config = small();
  config.retention_bytes = 3000;
  ASSERT_TRUE(log->create_topic("t", config).has_value());
  for (int i = 0; i < 50; ++i) append(*log, "t", {record("k", std::string(300, 'x'))});
  ASSERT_TRUE(log->maintain().has_value());
  const uint64_t bytes = log->size_bytes("t").value();
  EXPECT_GE(bytes, 3000u);
  EXPECT_LE(bytes, 4000u);
  EXPECT_EQ(log->end_offset("t", kFirst).value(), Offset(50));
}

TEST_F(EmbeddedLogTest, Compaction) {
  auto log = open();
  TopicConfig config = small(600);
  config.compact = true;
  ASSERT_TRUE(log->create_topic("t", config).has_value());
  for (int i = 0; i < 60; ++i) {
    append(*log, "t",
           {record("k" + std::to_string(i % 4), "v" + std::to_string(i), kNow + i * kSecond)});
    if (i == 10)
      append(*log, "t", {record({}, "without key"), record("gone", "x"), record("gone", {})});
  }
  const uint64_t before = log->size_bytes("t").value();
  clock.set(kNow + 100 * kSecond);
  ASSERT_TRUE(log->maintain().has_value());
  EXPECT_LT(log->size_bytes("t").value(), before / 3);
  const Strings compacted = contents(*log, "t");
  EXPECT_LT(compacted.size(), 20u);
  EXPECT_TRUE(has(compacted, "11:-=without key"));
  EXPECT_TRUE(has(compacted, "13:gone=-"));  // a deletion stays for a day
  EXPECT_FALSE(has(compacted, "12:gone=x"));
  for (const char* newest : {"59:k0=v56", "60:k1=v57", "61:k2=v58", "62:k3=v59"}) {
    EXPECT_TRUE(has(compacted, newest)) << newest;
  }
  const uint64_t calls = files.calls();
  ASSERT_TRUE(log->maintain().has_value());
  EXPECT_EQ(files.calls(), calls) << "nothing is new, nothing is written";
  log.reset();
  log = open();
  EXPECT_EQ(contents(*log, "t"), compacted);
  EXPECT_EQ(log->end_offset("t", kFirst).value(), Offset(63));
  const auto middle = log->read("t", kFirst, Offset(20), 100).value();  // inside what is gone
  EXPECT_GE(middle.records.at(0).offset, Offset(20));
  clock.set(kNow + 48 * 3600 * kSecond);
  for (int i = 0; i < 60; ++i) append(*log, "t", {record("other", "v", clock.now())});
  ASSERT_TRUE(log->maintain().has_value());
  EXPECT_FALSE(has(contents(*log, "t"), "13:gone=-"));
  EXPECT_TRUE(has(contents(*log, "t"), "60:k1=v57"));
}

TEST_F(EmbeddedLogTest, PositionsOfConsumers) {
  auto log = open();
  ASSERT_TRUE(log->create_topic("t", small()).has_value());
  EXPECT_FALSE(log->position("g", "t", kFirst).value().has_value());
  ASSERT_TRUE(log->commit_position("g", "t", kFirst, Offset(7)).has_value());
  ASSERT_TRUE(log->commit_position("g\tt", "x", kFirst, Offset(8)).has_value());
  files.power_loss(1);
  log = open();
  EXPECT_EQ(log->position("g", "t", kFirst).value(), Offset(7));
  EXPECT_EQ(log->position("g\tt", "x", kFirst).value(), Offset(8));
  EXPECT_FALSE(log->position("h", "t", kFirst).value().has_value());
  ASSERT_TRUE(log->delete_topic("t").has_value());
  EXPECT_FALSE(log->position("g", "t", kFirst).value().has_value());
  log.reset();
  std::string bytes = files.read_all("/log/positions").value();
  bytes.back() = static_cast<char>(bytes.back() + 1);
  ASSERT_TRUE(files.write_atomically("/log/positions", bytes).has_value());
  EXPECT_EQ(try_open().error().code(), 1421);
}

TEST_F(EmbeddedLogTest, Epochs) {
  auto log = open();
  ASSERT_TRUE(log->create_topic("t", small()).has_value());
  EXPECT_EQ(log->last_epoch("p").value(), Epoch(0));
  for (uint64_t n = 1; n <= 5; ++n) {
    EpochCommit commit{
        "p", Epoch(n), {{"t", kFirst, {record("k", std::to_string(n))}}}, "s" + std::to_string(n)};
    ASSERT_TRUE(log->commit(commit).has_value());
  }
  ASSERT_TRUE(log->commit({"q", Epoch(1), {}, ""}).has_value());
  EXPECT_EQ(log->commit({"p", Epoch(5), {}, ""}).error().code(), 1427);
  EXPECT_EQ(log->commit({"p", Epoch(7), {}, ""}).error().code(), 1427);
  EXPECT_EQ(log->commit({"p", Epoch(6), {{"none", kFirst, {record("k", "v")}}}, ""}).error().code(),
            1422);
  ASSERT_TRUE(log->release_epochs("p", Epoch(3)).has_value());
  const auto epochs = log->epochs("p", Epoch(3)).value();
  ASSERT_EQ(epochs.size(), 2u);
  EXPECT_EQ(epochs[0].state, "s4");
  EXPECT_EQ(epochs[1].epoch, Epoch(5));
  EXPECT_EQ(contents(*log, "t"), (Strings{"0:k=1", "1:k=2", "2:k=3", "3:k=4", "4:k=5"}));
  files.power_loss(3);
  log = open();
  EXPECT_EQ(log->last_epoch("p").value(), Epoch(5));
  EXPECT_EQ(log->last_epoch("q").value(), Epoch(1));
  EXPECT_EQ(contents(*log, "t").size(), 5u);
}

// More than fits a frame or a batch: many batches, in segments before the frame.
TEST_F(EmbeddedLogTest, LargeEpochs) {
  auto log = open();
  TopicConfig config = small(4 << 20);
  ASSERT_TRUE(log->create_topic("t", config).has_value());
  ASSERT_TRUE(log->create_topic("u", config).has_value());
  std::vector<Record> records;
  for (int i = 0; i < 20'000; ++i)
    records.push_back(record(std::to_string(i), std::string(1000, 'a')));
  EpochCommit commit{"p",
                     Epoch(1),
                     {{"t", kFirst, records},
                      {"u", kFirst, {record("k", "v")}},
                      {"t", kFirst, {record("k", "v")}}},
                     "s"};
  ASSERT_TRUE(log->commit(commit).has_value());
  EXPECT_EQ(log->end_offset("t", kFirst).value(), Offset(20'001));
  EXPECT_LT(files.read_all("/log/journal/00000000000000000001.journal").value().size(), 1000u);
  files.power_loss(1);
  log = open();
  EXPECT_EQ(log->end_offset("t", kFirst).value(), Offset(20'001));
  EXPECT_EQ(contents(*log, "u"), Strings{"0:k=v"});
  EXPECT_EQ(log->last_epoch("p").value(), Epoch(1));
  int64_t next = 0;
  for (const std::string& text : contents(*log, "t"))
    ASSERT_TRUE(text.starts_with(std::to_string(next++) + ":"));
  EXPECT_EQ(next, 20'001);
  EXPECT_EQ(log->commit({"p", Epoch(2), {}, std::string((1 << 30) + 1, 's')}).error().code(), 1431);
}

// A pipeline that sleeps does not keep the frames of all the others for ever.
TEST_F(EmbeddedLogTest, TheJournalIsCut) {
  options.journal_file_bytes = 10'000;
  auto log = open();
  ASSERT_TRUE(log->create_topic("t", small()).has_value());
  ASSERT_TRUE(log->commit({"sleeper", Epoch(1), {{"t", kFirst, {record("k", "first")}}}, "asleep"})
                  .has_value());
  for (uint64_t n = 1; n <= 200; ++n) {
    ASSERT_TRUE(
        log->commit({"p", Epoch(n), {{"t", kFirst, {record("k", "v")}}}, std::string(500, 's')})
            .has_value());
    if (n > 2) {
      ASSERT_TRUE(log->release_epochs("p", Epoch(n - 2)).has_value());
    }
  }
  EXPECT_LE(files.list("/log/journal").value().size(), 2u);
  files.power_loss(1);
  log = open();
  EXPECT_EQ(log->epochs("sleeper", Epoch(0)).value().at(0).state, "asleep");
  EXPECT_EQ(log->last_epoch("p").value(), Epoch(200));
  EXPECT_EQ(contents(*log, "t").size(), 201u);
}

// What the journal holds for a topic that is gone does not come back in a new one of the same name.
TEST_F(EmbeddedLogTest, TopicsOfTheSameName) {
  auto log = open();
  ASSERT_TRUE(log->create_topic("t", small()).has_value());
  ASSERT_TRUE(
      log->commit({"p", Epoch(1), {{"t", kFirst, {record("k", "old"), record("k", "old")}}}, ""})
          .has_value());
  ASSERT_TRUE(log->delete_topic("t").has_value());
  EXPECT_EQ(log->delete_topic("t").error().code(), 1422);
  ASSERT_TRUE(log->create_topic("t", small()).has_value());
  ASSERT_TRUE(log->commit({"p", Epoch(2), {{"t", kFirst, {record("k", "new")}}}, ""}).has_value());
  files.power_loss(9);
  log = open();
  EXPECT_EQ(contents(*log, "t"), Strings{"0:k=new"});
}

TEST_F(EmbeddedLogTest, TornEndsAreCut) {
  auto log = open();
  ASSERT_TRUE(log->create_topic("t", small(100'000)).has_value());
  append(*log, "t", {record("k", "one")});
  append(*log, "t", {record("k", std::string(700, 'z'))});
  log.reset();
  const std::string path = "/log/topics/t/0/00000000000000000000.log";
  const std::string whole = files.read_all(path).value();
  for (size_t cut = 1; cut < 760; cut += 11) {
    ASSERT_TRUE(files.write_atomically(path, whole.substr(0, whole.size() - cut)).has_value());
    log = open();
    EXPECT_EQ(contents(*log, "t"), Strings{"0:k=one"});
    append(*log, "t", {record("k", "next")});
    EXPECT_EQ(contents(*log, "t").back(), "1:k=next");
    log.reset();
  }
}

// Bytes that change on the disk are refused by the name of the file, wherever they stand, again and
// again: looking at them changes nothing.
TEST_F(EmbeddedLogTest, DamageIsRefusedByNameAndPlace) {
  auto log = open();
  ASSERT_TRUE(log->create_topic("t", small(700)).has_value());
  for (int i = 0; i < 12; ++i) append(*log, "t", {record("k", std::string(150, 'x'))});
  for (uint64_t n = 1; n < 5; ++n)
    ASSERT_TRUE(log->commit({"p", Epoch(n), {}, "state"}).has_value());
  log.reset();
  const std::string dir = "/log/topics/t/0";
  Strings paths = {"/log/journal/00000000000000000001.journal"};
  const Strings names = files.list(dir).value();
  for (const std::string& name : names) {
    if (name.ends_with(".log")) paths.push_back(io::join_path(dir, name));
  }
  ASSERT_EQ(paths.size(), 5u);
  const size_t batch_size = files.read_all(paths[1]).value().size() / 3;
  for (const std::string& path : paths) {
    const std::string whole = files.read_all(path).value();
    const bool is_active = path == paths.back();
    for (size_t at = 0; at < whole.size() / 2; at += 13) {
      std::string broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ 0x40);
      ASSERT_TRUE(files.write_atomically(path, broken).has_value());
      for (int tries = 0; tries < 2; ++tries) {
        const std::optional<Error> error = error_of_reading();
        // Nobody's: the partition leader epoch, which Kafka's checksum leaves out.
        const size_t in_batch = at % batch_size;
        if (!error && !path.ends_with(".journal") && in_batch >= 12 && in_batch < 16) continue;
        ASSERT_TRUE(error) << path << " at " << at;
        EXPECT_EQ(error->kind(),
                  at >= 8 && at < 12 && path == paths[0] ? error->kind() : ErrorKind::kCorrupt);
        const std::string where = is_active ? dir : path;
        EXPECT_NE(error->to_string().find(where), std::string::npos) << error->to_string() << at;
      }
      EXPECT_EQ(files.read_all(path).value(), broken) << at;
    }
    ASSERT_TRUE(files.write_atomically(path, whole).has_value());
  }
}

TEST_F(EmbeddedLogTest, MissingFilesAreRefused) {
  options.journal_file_bytes = 100;
  auto log = open();
  ASSERT_TRUE(log->create_topic("t", small(700)).has_value());
  for (int i = 0; i < 12; ++i) append(*log, "t", {record("k", std::string(150, 'x'))});
  for (uint64_t n = 1; n < 5; ++n) {
    ASSERT_TRUE(log->commit({"p", Epoch(n), {}, std::string(300, 's')}).has_value());
    ASSERT_TRUE(log->maintain().has_value());
  }
  log.reset();
  const std::string middle = "/log/journal/00000000000000000003.journal";
  const std::string journal = files.read_all(middle).value();
  ASSERT_TRUE(files.remove(middle).has_value());
  EXPECT_EQ(try_open().error().code(), 1412);
  EXPECT_NE(try_open().error().to_string().find(middle), std::string::npos);
  ASSERT_TRUE(files.write_atomically(middle, journal).has_value());
  ASSERT_TRUE(files.remove("/log/topics/t/0/00000000000000000003.log").has_value());
  EXPECT_EQ(try_open().error().code(), 1420);
}

TEST_F(EmbeddedLogTest, NewerFormatsAreRefused) {
  {
    open();
  }
  const std::string journal_path = "/log/journal/00000000000000000001.journal";
  std::string journal = files.read_all(journal_path).value();
  journal[8] = 2;
  ASSERT_TRUE(files.write_atomically(journal_path, journal).has_value());
  EXPECT_EQ(try_open().error().kind(), ErrorKind::kNewerFormat);
  ASSERT_TRUE(files.write_atomically("/log/VERSION", "weir data folder, format 2\n").has_value());
  EXPECT_EQ(try_open().error().code(), 1417);
  ASSERT_TRUE(files.write_atomically("/log/VERSION", "something else").has_value());
  EXPECT_EQ(try_open().error().code(), 1418);
}

TEST_F(EmbeddedLogTest, ReadOnly) {
  options.read_only = true;
  EXPECT_EQ(try_open().error().code(), 1416);
  options.read_only = false;
  auto writer = open();
  ASSERT_TRUE(writer->create_topic("t", small()).has_value());
  ASSERT_TRUE(
      writer->commit({"p", Epoch(1), {{"t", kFirst, {record("k", "v")}}}, "s"}).has_value());
  const uint64_t calls = files.calls();
  options.read_only = true;
  auto reader = open();  // beside the writer
  EXPECT_EQ(contents(*reader, "t"), Strings{"0:k=v"});
  EXPECT_EQ(reader->epochs("p", Epoch(0)).value().at(0).state, "s");
  EXPECT_EQ(reader->append({"t", kFirst, {record("k", "v")}}).error().code(), 1428);
  EXPECT_EQ(reader->commit({"p", Epoch(2), {}, ""}).error().code(), 1428);
  EXPECT_EQ(reader->create_topic("u", small()).error().code(), 1428);
  EXPECT_EQ(reader->delete_topic("t").error().code(), 1428);
  EXPECT_EQ(reader->release_epochs("p", Epoch(1)).error().code(), 1428);
  EXPECT_EQ(reader->commit_position("g", "t", kFirst, Offset(1)).error().code(), 1428);
  EXPECT_TRUE(reader->maintain().has_value());
  EXPECT_EQ(files.calls(), calls);
}

// On the files of this machine, because the lock is the operating system's.
TEST(EmbeddedLogOnDisk, TwoProcessesOnOneFolder) {
  char dir[] = "/tmp/weir-log-test-XXXXXX";
  ASSERT_NE(::mkdtemp(dir), nullptr);
  const auto files = io::make_real_file_system();
  RealClock clock;
  EmbeddedLogOptions options;
  options.root = dir;
  {
    auto log = open_embedded_log(*files, clock, options);
    ASSERT_TRUE(log.has_value());
    const pid_t child = ::fork();
    if (child == 0) {
      const auto other = open_embedded_log(*files, clock, options);
      const bool refused =
          !other && other.error().kind() == ErrorKind::kLocked && other.error().code() == 1506 &&
          other.error().detail().find(std::to_string(::getppid())) != std::string::npos;
      ::_exit(refused ? 0 : 1);
    }
    int status = 1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_TRUE(open_embedded_log(*files, clock, options).has_value());
  ASSERT_TRUE(files->remove_tree(dir).has_value());
}

constexpr uint64_t kManyEpochs = 400;

int run_epochs(Log& log) {
  int wrong = 0;
  for (uint64_t n = 1; n <= kManyEpochs; ++n) {
    const Record one = record(std::to_string(n % 5), std::string(100 + n % 50, 'x'));
    wrong += !log.commit({"p", Epoch(n), {{"a", kFirst, {one}}, {"b", kFirst, {one}}}, "s"});
  }
  return wrong;
}

// Until all epochs are there.
int read_all(Log& log) {
  int wrong = 0;
  for (Offset at(0); at.value < static_cast<int64_t>(kManyEpochs);) {
    const Offset end_of_b = log.end_offset("b", kFirst).value();
    wrong += log.end_offset("a", kFirst).value() < end_of_b;
    const auto batch = log.read("a", kFirst, at, 1000);
    if (!batch) return wrong + 1;
    for (const StoredRecord& r : batch->records) wrong += r.offset != Offset(at.value++);
    wrong += !log.read("b", kFirst, log.start_offset("b", kFirst).value(), 1000);
  }
  return wrong;
}

// Readers, plain producers, a pipeline and maintenance at once: an epoch appears in both topics at
// once.
TEST(EmbeddedLogOnDisk, ManyThreads) {
  set_log_level(LogLevel::kError);
  char dir[] = "/tmp/weir-log-test-XXXXXX";
  ASSERT_NE(::mkdtemp(dir), nullptr);
  const auto files = io::make_real_file_system();
  RealClock clock;
  EmbeddedLogOptions options;
  options.root = dir;
  options.durable = false;
  auto log = std::move(open_embedded_log(*files, clock, options)).value();
  TopicConfig config;
  config.segment_bytes = 20'000;
  for (const char* name : {"a", "b", "pushed"}) {
    config.compact = std::string_view(name) == "b";
    ASSERT_TRUE(log->create_topic(name, config).has_value());
  }
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::thread reader([&] { wrong += read_all(*log); });
  std::thread producer([&] {
    for (int i = 0; i < 300; ++i) wrong += !log->append({"pushed", kFirst, {record("k", "v")}});
  });
  std::thread keeper([&] {
    while (!done) wrong += !log->maintain();
  });
  wrong += run_epochs(*log);
  done = true;
  for (std::thread* thread : {&reader, &producer, &keeper}) thread->join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(log->end_offset("pushed", kFirst).value(), Offset(300));
  log.reset();
  ASSERT_TRUE(files->remove_tree(dir).has_value());
}

}  // namespace
}  // namespace weir::log
