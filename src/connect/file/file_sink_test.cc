#include "connect/file/file_sink.h"

#include "base/random.h"
#include "connect/connect_test_kit.h"
#include "connect/failing_files.h"

namespace weir::connect {
namespace {

class FileSinkTest : public ConnectTest {
 protected:
  SinkSpec make(std::map<std::string, std::string> options) {
    SinkSpec s;
    s.name = "out";
    s.from = "v";
    s.connector = "file";
    s.options = std::move(options);
    s.schema.fields = {{"c", TypeId::kText}, {"n", TypeId::kInt8}};
    s.view_is_append_only = true;
    return s;
  }
  std::unique_ptr<Sink> open_at(const SinkSpec& s, const std::string& position) {
    auto sink = open_sink(s, {*files, clock, dir}, position);
    EXPECT_TRUE(sink.has_value()) << (sink ? "" : sink.error().to_string());
    return sink ? std::move(*sink) : nullptr;
  }
  EpochChanges rows(const SinkSpec& s, std::vector<std::pair<std::string, int64_t>> list) {
    BatchBuilder builder(s.schema);
    for (const auto& [c, n] : list) {
      builder.column(0).append_text(c);
      builder.column(1).append(n);
      builder.end_row();
    }
    return {Epoch(1), clock.now(), builder.finish()};
  }
};

TEST_F(FileSinkTest, CutsAndGoesOnAtThePosition) {
  const SinkSpec s = make({{"path", "out/a.ndjson"}});
  auto sink = open_at(s, "");
  ASSERT_TRUE(sink->write(rows(s, {{"x", 1}})).has_value());
  const std::string committed = *sink->flush();
  ASSERT_TRUE(sink->write(rows(s, {{"lost", 2}})).has_value());
  ASSERT_TRUE(sink->flush().has_value());  // durable, and named by no frame
  append("out/a.ndjson", "{\"half a li");
  sink = open_at(s, committed);
  EXPECT_EQ(content("out/a.ndjson"), "{\"c\":\"x\",\"n\":1}\n");
  ASSERT_TRUE(sink->write(rows(s, {{"y", 2}})).has_value());
  ASSERT_TRUE(sink->flush().has_value());
  EXPECT_EQ(content("out/a.ndjson"), "{\"c\":\"x\",\"n\":1}\n{\"c\":\"y\",\"n\":2}\n");
  write("out/a.ndjson", "short");
  const auto shorter = open_sink(s, {*files, clock, dir}, committed);
  ASSERT_FALSE(shorter.has_value());
  EXPECT_EQ(shorter.error().code(), 1523);
}

// However many partitions there are, a position names so many files and no more.
TEST_F(FileSinkTest, OfManyPartitionsTheOldestAreClosed) {
  const SinkSpec s = make({{"path", "out/a.ndjson"}, {"partition_by", "c"}});
  auto sink = open_at(s, "");
  std::string committed;
  for (int n = 1000; n < 2050; n += 150) {
    std::vector<std::pair<std::string, int64_t>> list;
    for (int i = n; i < n + 150; ++i) list.emplace_back("p" + std::to_string(i), i);
    ASSERT_TRUE(sink->write(rows(s, list)).has_value());
    committed = *sink->flush();
  }
  EXPECT_LT(committed.size(), 150'000u);
  for (int start = 0; start < 2; ++start) {  // the second time, what the first one wrote is lost
    sink = open_at(s, committed);
    ASSERT_TRUE(sink->write(rows(s, {{"p1007", -1}, {"p2049", -1}})).has_value());
    ASSERT_TRUE(sink->flush().has_value());
  }
  const auto line = [](const std::string& c, int n) {
    return "{\"c\":\"" + c + "\",\"n\":" + std::to_string(n) + "}\n";
  };
  EXPECT_EQ(content("out/c=p1007/a-000007.ndjson"), line("p1007", 1007));
  EXPECT_EQ(content("out/c=p1007/a-001050.ndjson"), line("p1007", -1));
  EXPECT_EQ(content("out/c=p2049/a-001049.ndjson"), line("p2049", 2049) + line("p2049", -1));
}

TEST_F(FileSinkTest, CsvHasAHeaderAndOperations) {
  SinkSpec s = make({{"path", "a.csv"}});
  s.format = codec::OutputFormat::kCsv;
  s.view_is_append_only = false;
  auto sink = open_at(s, "");
  EpochChanges change = rows(s, {{"x", 1}, {"y", 2}});
  change.batch.weights = std::make_shared<const std::vector<int64_t>>(std::vector<int64_t>{-1, 1});
  ASSERT_TRUE(sink->write(change).has_value());
  ASSERT_TRUE(sink->flush().has_value());
  EXPECT_EQ(content("a.csv"), "_op,c,n\ndelete,x,1\ninsert,y,2\n");
  s.changes = ChangeMode::kUpsert;
  s.key = {0};
  EXPECT_FALSE(open_sink(s, {*files, clock, dir}, "").has_value());
}

TEST_F(FileSinkTest, UpsertsTellDeletes) {
  SinkSpec s = make({{"path", "a.ndjson"}});
  s.changes = ChangeMode::kUpsert;
  EXPECT_FALSE(open_sink(s, {*files, clock, dir}, "").has_value());  // no key
  s.key = {0};
  auto sink = open_at(s, "");
  EpochChanges change = rows(s, {{"x", 1}, {"y", 2}});
  change.batch.weights = std::make_shared<const std::vector<int64_t>>(std::vector<int64_t>{-1, 1});
  ASSERT_TRUE(sink->write(change).has_value());
  ASSERT_TRUE(sink->flush().has_value());
  EXPECT_EQ(content("a.ndjson"), "{\"c\":\"x\",\"_deleted\":true}\n{\"c\":\"y\",\"n\":2}\n");
}

TEST_F(FileSinkTest, RollsBySizeAndTime) {
  SinkSpec s = make({{"path", "out/a.ndjson"}, {"roll", "20B"}});
  auto sink = open_at(s, "");
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(sink->write(rows(s, {{"x", i}})).has_value());
    ASSERT_TRUE(sink->flush().has_value());
  }
  EXPECT_EQ(content("out/a-000000.ndjson"), "{\"c\":\"x\",\"n\":0}\n{\"c\":\"x\",\"n\":1}\n");
  EXPECT_EQ(content("out/a-000001.ndjson"), "{\"c\":\"x\",\"n\":2}\n{\"c\":\"x\",\"n\":3}\n");
  s.options = {{"path", "hourly/a.ndjson"}, {"roll", "1h"}};
  sink = open_at(s, "");
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(sink->write(rows(s, {{"x", i}})).has_value());
    clock.sleep_for(Micros{1800} * 1000000);
  }
  ASSERT_TRUE(sink->flush().has_value());
  EXPECT_EQ(content("hourly/a-000001.ndjson"), "{\"c\":\"x\",\"n\":2}\n{\"c\":\"x\",\"n\":3}\n");
}

TEST_F(FileSinkTest, PartitionsIntoFolders) {
  const SinkSpec s = make({{"path", "out/a.ndjson"}, {"partition_by", "c"}});
  auto sink = open_at(s, "");
  ASSERT_TRUE(sink->write(rows(s, {{"x", 1}, {"../y", 2}, {"x", 3}})).has_value());
  const std::string position = *sink->flush();
  EXPECT_EQ(content("out/c=x/a-000001.ndjson"), "{\"c\":\"x\",\"n\":1}\n{\"c\":\"x\",\"n\":3}\n");
  EXPECT_EQ(content("out/c=%2E.%2Fy/a-000000.ndjson"), "{\"c\":\"../y\",\"n\":2}\n");
  ASSERT_TRUE(sink->write(rows(s, {{"z", 4}})).has_value());
  ASSERT_TRUE(sink->flush().has_value());
  sink = open_at(s, position);  // z was begun since
  EXPECT_EQ(content("out/c=z/a-000002.ndjson"), "(none)");
}

// Whatever was flushed or torn behind the last committed position, the result is that of one run.
TEST_F(FileSinkTest, AnyCrashGivesTheUndisturbedFiles) {
  for (const bool rolled : {false, true}) {
    SinkSpec s = make({{"path", rolled ? "r/a.ndjson" : "p/a.ndjson"}});
    if (rolled) s.options["roll"] = "100B";
    Random random(rolled ? 1 : 2);
    std::string position;
    size_t committed = 0;
    auto sink = open_at(s, "");
    size_t next = 0;
    while (committed < 60) {
      ASSERT_TRUE(sink->write(rows(s, {{"row", static_cast<int64_t>(next)}})).has_value());
      ++next;
      const uint64_t what = random.below(10);
      if (what < 4) {
        position = *sink->flush();
        committed = next;
      } else if (what < 6) {
        ASSERT_TRUE(sink->flush().has_value());
      } else if (what == 6) {
        sink = open_at(s, position);
        next = committed;
      }
    }
    std::string all;
    for (int64_t number = 0; number < 60; ++number) {
      char name[40];
      std::snprintf(name, sizeof name, "r/a-%06d.ndjson", static_cast<int>(number));
      const std::string text = content(rolled ? name : "p/a.ndjson");
      if (text == "(none)") break;
      all += text;
      if (!rolled) break;
    }
    std::string expected;
    for (size_t i = 0; i < committed; ++i) {
      expected += "{\"c\":\"row\",\"n\":" + std::to_string(i) + "}\n";
    }
    EXPECT_EQ(all, expected);
  }
}

// Each call in turn fails, once with EIO and once with a full disk, and the sink is opened again at
// what was committed: the lines are those of a run without trouble, each once.
TEST_F(FileSinkTest, EachCallMayFail) {
  std::string expected;
  for (int i = 0; i < 6; ++i) expected += "{\"c\":\"row\",\"n\":" + std::to_string(i) + "}\n";
  int most_calls = 1;
  for (int n = 0; n < most_calls; ++n) {
    for (const ErrorKind kind : {ErrorKind::kIo, ErrorKind::kNoSpace}) {
      const std::string folder = "f" + std::to_string(n) + (kind == ErrorKind::kIo ? "e" : "s");
      const SinkSpec s = make({{"path", folder + "/a.ndjson"}, {"roll", "40B"}});
      FailingFiles failing(*files);
      failing.fail_at = n;
      failing.kind = kind;
      std::unique_ptr<Sink> sink;
      std::string position;
      int failures = 0;
      for (int i = 0; i < 6;) {
        if (!sink) {
          auto opened = open_sink(s, {failing, clock, dir}, position);
          if (!opened) {
            ASSERT_EQ(opened.error().kind(), kind);
            ASSERT_EQ(++failures, 1);
            continue;
          }
          sink = std::move(*opened);
        }
        ASSERT_TRUE(sink->write(rows(s, {{"row", i}})).has_value());
        auto flushed = sink->flush();
        if (flushed) {
          position = *flushed;
          ++i;
          continue;
        }
        ASSERT_EQ(++failures, 1);
        sink.reset();
      }
      most_calls = std::max(most_calls, failing.calls);
      std::string all;
      const std::vector<std::string> names = files->list(path(folder)).value();
      for (const std::string& name : names) all += content(folder + "/" + name);
      EXPECT_EQ(all, expected) << "call " << n;
    }
  }
  EXPECT_GT(most_calls, 15);
}

TEST_F(FileSinkTest, OthersAreRefusedByName) {
  SinkSpec s = make({});
  for (const auto& [connector, code] :
       std::map<std::string, int>{{"topic", 1541}, {"nowhere", 1542}, {"postgres", 1543}}) {
    s.connector = connector;
    const auto sink = open_sink(s, {*files, clock, dir}, "");
    ASSERT_FALSE(sink.has_value());
    EXPECT_EQ(sink.error().code(), code);
  }
  SourceSpec source = spec("mqtt", {}, {});
  EXPECT_EQ(open_source(source, context(), {}).error().code(), 1502);
  source.connector = "carrier_pigeon";
  EXPECT_EQ(open_source(source, context(), {}).error().code(), 1501);
}

}  // namespace
}  // namespace weir::connect
