#include <cstdlib>

#include <zlib.h>
#include <zstd.h>
#include <lz4frame.h>

#include "connect/connect_test_kit.h"
#include "connect/file/byte_source.h"
#include "connect/file/glob.h"

namespace weir::connect {
namespace {

const std::vector<Field> kFields = {{"a", TypeId::kInt8}, {"t", TypeId::kText}};

class FileSourceTest : public ConnectTest {
 protected:
  static std::string lines(int from, int to) {
    std::string out;
    for (int i = from; i < to; ++i) {
      out += "{\"a\":" + std::to_string(i) + ",\"t\":\"t" + std::to_string(i) + "\"}\n";
    }
    return out;
  }
  static Texts rows(int from, int to) {
    Texts out;
    for (int i = from; i < to; ++i) out.push_back(std::to_string(i) + "|t" + std::to_string(i));
    return out;
  }
};

TEST(Glob, Wildcards) {
  EXPECT_TRUE(matches_wildcards("*.ndjson", "a.ndjson"));
  EXPECT_FALSE(matches_wildcards("*.ndjson", "a.ndjson.zst"));
  EXPECT_TRUE(matches_wildcards("a*b*c", "axxbyyc"));
  EXPECT_FALSE(matches_wildcards("a*b*c", "axxbyyd"));
  EXPECT_TRUE(matches_wildcards("[a-c]?.x", "b1.x"));
  EXPECT_FALSE(matches_wildcards("[!a-c]?.x", "b1.x"));
  EXPECT_FALSE(matches_wildcards("[", "a"));
  EXPECT_TRUE(matches_wildcards("**", "anything"));
}

TEST_F(FileSourceTest, ReadsAFileOnceToItsEnd) {
  write("a.ndjson", lines(0, 100) + "{broken\n" + "{\"a\":100}");
  const auto s = spec("file", {{"path", "a.ndjson"}}, kFields);
  auto reader = open(s, all_columns(s));
  const Seen seen = drain(*reader);
  Texts expected = rows(0, 100);
  expected.push_back("100|-");
  EXPECT_EQ(seen.rows, expected);
  ASSERT_EQ(seen.dead.size(), 1u);
  EXPECT_EQ(seen.dead[0].position, "a.ndjson:" + std::to_string(lines(0, 100).size()));
  EXPECT_EQ(seen.dead[0].stage, "decode");
  EXPECT_EQ(seen.dead[0].raw, "{broken");
  EXPECT_TRUE(reader->finished());
  EXPECT_EQ(reader->backlog(), 0u);
  EXPECT_EQ(seen.records, 102u);
}

TEST_F(FileSourceTest, GoesOnExactlyAtAnyPosition) {
  write("a.ndjson", lines(0, 50));
  auto s = spec("file", {{"path", "a.ndjson"}}, kFields);
  ReaderOptions options = all_columns(s);
  options.max_rows = 7;
  auto reader = open(s, options);
  Seen first;
  for (int n = 0; n < 4; ++n) {
    while (true) {
      auto delivery = std::move(reader->poll()).value();
      if (!delivery) continue;
      take(std::move(*delivery), first);
      break;
    }
  }
  EXPECT_EQ(first.rows, rows(0, 28));
  options.start = first.positions;
  options.columns = {1};
  const Seen rest = drain(*open(s, options));
  ASSERT_EQ(rest.rows.size(), 22u);
  EXPECT_EQ(rest.rows[0], "t28");
  ReaderOptions up_to = all_columns(s);  // a new view is filled up to there
  up_to.stop = first.positions;
  auto bounded = open(s, up_to);
  EXPECT_EQ(drain(*bounded).rows, rows(0, 28));
  EXPECT_TRUE(bounded->finished());
}

TEST_F(FileSourceTest, GlobGivesEachFileAPartitionThatKeepsItsNumber) {
  write("b.ndjson", lines(10, 12));
  write("c.ndjson", lines(20, 22));
  auto s = spec("file", {{"path", "*.ndjson"}}, kFields);
  ReaderOptions options = all_columns(s);
  auto reader = open(s, options);
  Seen seen = drain(*reader, true);
  std::sort(seen.rows.begin(), seen.rows.end());
  EXPECT_EQ(seen.rows, (Texts{"0: 10|t10", "0: 11|t11", "1: 20|t20", "1: 21|t21"}));
  EXPECT_TRUE(reader->finished());
  write("a.ndjson", lines(0, 1));
  append("c.ndjson", lines(22, 23));
  options.start = seen.positions;
  seen = drain(*open(s, options), true);
  std::sort(seen.rows.begin(), seen.rows.end());
  EXPECT_EQ(seen.rows, (Texts{"1: 22|t22", "2: 0|t0"}));
}

TEST_F(FileSourceTest, ChangedOrMissingFilesAreErrorsThatNameThem) {
  write("a.ndjson", lines(0, 10));
  auto s = spec("file", {{"path", "a.ndjson"}}, kFields);
  ReaderOptions options = all_columns(s);
  options.start = drain(*open(s, options)).positions;
  write("a.ndjson", lines(5, 10));
  auto reader = open(s, options);
  auto polled = reader->poll();
  ASSERT_FALSE(polled.has_value());
  EXPECT_NE(polled.error().to_string().find("a.ndjson"), std::string::npos);
  s.options["path"] = "gone.ndjson";
  polled = open(s, all_columns(s))->poll();
  ASSERT_FALSE(polled.has_value());
  EXPECT_NE(polled.error().to_string().find("gone.ndjson"), std::string::npos);
  s.options["path"] = "*.none";
  EXPECT_FALSE(open_source(s, context(), all_columns(s)).has_value());
}

TEST_F(FileSourceTest, FollowsGrowthAndHoldsBackHalfALine) {
  auto s = spec("file", {{"path", "a.ndjson"}, {"follow", "true"}}, kFields);
  auto reader = open(s, all_columns(s));
  EXPECT_TRUE(drain(*reader).rows.empty());  // it is not there yet
  write("a.ndjson", lines(0, 2) + "{\"a\":2,");
  clock.sleep_for(6'000'000);
  EXPECT_EQ(drain(*reader).rows, rows(0, 2));
  EXPECT_TRUE(reader->caught_up(PartitionId(0)));
  append("a.ndjson", "\"t\":\"t2\"}\n");
  EXPECT_EQ(drain(*reader).rows, rows(2, 3));
  EXPECT_FALSE(reader->finished());
}

TEST_F(FileSourceTest, FollowsRotation) {
  write("a.log", lines(0, 3));
  auto s = spec("file", {{"path", "a.log"}, {"follow", "true"}}, kFields);
  auto reader = open(s, all_columns(s));
  Seen seen = drain(*reader);
  EXPECT_EQ(seen.rows, rows(0, 3));
  append("a.log", lines(3, 5));
  ASSERT_TRUE(files->rename(path("a.log"), path("a.log.1")).has_value());
  append("a.log.1", "{\"a\":5,\"t\":\"t5\"}");  // the writer's last words, without newline
  usleep(2000);
  write("a.log", lines(6, 8));
  EXPECT_EQ(drain(*reader).rows, rows(3, 8));
  append("a.log", lines(8, 9));
  EXPECT_EQ(drain(*reader).rows, rows(8, 9));

  // A reader that was away for the rotation finds the old file under its new name.
  ReaderOptions later = all_columns(s);
  later.start = seen.positions;
  EXPECT_EQ(drain(*open(s, later)).rows, rows(3, 9));
}

// What the writer says last after a rotation comes through the open file; the new one of the name
// is another file.
TEST_F(FileSourceTest, APositionNamesTheFileThatWasRead) {
  write("a.log", lines(0, 3));
  auto s = spec("file", {{"path", "a.log"}, {"follow", "true"}}, kFields);
  auto reader = open(s, all_columns(s));
  Seen seen = drain(*reader);
  ASSERT_TRUE(files->rename(path("a.log"), path("a.log.1")).has_value());
  write("a.log", lines(10, 30));
  append("a.log.1", lines(3, 4));
  take(*std::move(reader->poll()).value(), seen);
  EXPECT_EQ(seen.rows, rows(0, 4));
  ReaderOptions later = all_columns(s);
  later.start = seen.positions;
  EXPECT_EQ(drain(*open(s, later)).rows, rows(10, 30));
}

TEST_F(FileSourceTest, AnyNumberOfFilesIsFollowed) {
  constexpr int kFiles = 200;
  for (int i = 0; i < kFiles; ++i) write("f" + std::to_string(1000 + i) + ".log", lines(i, i + 1));
  auto s = spec("file", {{"path", "*.log"}, {"follow", "true"}}, kFields);
  auto reader = open(s, all_columns(s));
  EXPECT_EQ(drain(*reader, false, 20).rows.size(), size_t{kFiles});
  append("f1100.log", lines(7, 8));  // all that stand before it stay quiet
  EXPECT_EQ(drain(*reader, false, 20).rows, rows(7, 8));
}

TEST_F(FileSourceTest, FollowNoticesThatAFileWasCut) {
  write("a.log", lines(0, 9));
  auto s = spec("file", {{"path", "a.log"}, {"follow", "true"}}, kFields);
  auto reader = open(s, all_columns(s));
  drain(*reader);
  {
    auto file = std::move(files->open(path("a.log"), io::OpenMode::kReadWrite)).value();
    ASSERT_TRUE(file->truncate(0).has_value());
    ASSERT_TRUE(file->append(lines(50, 52)).has_value());
  }
  EXPECT_EQ(drain(*reader).rows, rows(50, 52));
}

TEST_F(FileSourceTest, RateIsKept) {
  write("a.ndjson", lines(0, 1000));
  auto s = spec("file", {{"path", "a.ndjson"}, {"rate", "100/s"}}, kFields);
  auto reader = open(s, all_columns(s));
  uint64_t given = 0;
  for (int i = 0; i < 200; ++i) {  // two seconds
    const auto delivery = std::move(reader->poll()).value();
    if (delivery) given += delivery->records;
    clock.sleep_for(10'000);
  }
  EXPECT_NEAR(static_cast<double>(given), 200, 3);
}

TEST_F(FileSourceTest, SpeedReplaysByEventTime) {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text += "{\"a\":" + std::to_string(i) + ",\"ts\":\"2026-01-01T00:00:" + (i < 10 ? "0" : "") +
            std::to_string(i) + "Z\"}\n";
  }
  write("a.ndjson", text);
  auto s = spec("file", {{"path", "a.ndjson"}, {"speed", "10x"}},
                {{"a", TypeId::kInt8}, {"ts", TypeId::kTimestamptz}});
  s.definition.event_time = "ts";
  ReaderOptions options = all_columns(s);
  options.columns = {0};  // the time is needed though nobody asked for it
  auto reader = open(s, options);
  Seen seen;
  const auto run = [&](Micros micros) {
    for (Micros gone = 0; gone < micros; gone += 10'000) {
      while (auto delivery = std::move(reader->poll()).value()) take(std::move(*delivery), seen);
      clock.sleep_for(10'000);
    }
  };
  run(1'000'000);
  EXPECT_NEAR(static_cast<double>(seen.rows.size()), 10, 1);
  run(2'000'000);
  EXPECT_NEAR(static_cast<double>(seen.rows.size()), 30, 1);
  run(4'000'000);
  EXPECT_EQ(seen.rows.size(), 60u);
  EXPECT_EQ(seen.rows[59], "59");
  EXPECT_TRUE(reader->finished());
  s.definition.event_time = "";
  EXPECT_FALSE(open_source(s, context(), options).has_value());
}

TEST_F(FileSourceTest, CsvIsGoneOnWithAfterItsHeader) {
  write("a.csv", "t,a\nx,1\ny,2\nz,3\n");
  auto s = spec("file", {{"path", "a.csv"}}, kFields);
  s.decoder.format = codec::Format::kCsv;
  ReaderOptions options = all_columns(s);
  options.max_rows = 1;
  Seen first;
  take(*std::move(open(s, options)->poll()).value(), first);
  EXPECT_EQ(first.rows, Texts{"1|x"});
  options.start = first.positions;
  EXPECT_EQ(drain(*open(s, options)).rows, (Texts{"2|y", "3|z"}));
}

std::string zstd_of(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}
std::string lz4_of(std::string_view text) {
  std::string out(LZ4F_compressFrameBound(text.size(), nullptr), '\0');
  out.resize(LZ4F_compressFrame(out.data(), out.size(), text.data(), text.size(), nullptr));
  return out;
}
std::string gzip_of(std::string_view text) {
  std::string out(text.size() + 1000, '\0');
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_F(FileSourceTest, PackedBytesComeInAnyPieces) {
  const std::string text = std::string(300000, 'x') + lines(0, 3000);
  write("a.zst", zstd_of(text) + zstd_of("end"));
  write("a.lz4", lz4_of(text) + lz4_of("end"));
  write("a.gz", gzip_of(text) + gzip_of("end"));
  for (const char* name : {"a.zst", "a.lz4", "a.gz"}) {
    for (const size_t piece : {size_t{777}, size_t{65536}, text.size() + 10}) {
      auto bytes = std::move(open_bytes(*files, path(name), 5)).value();
      std::string out = "xxxxx";
      std::string room(piece, '\0');
      while (true) {
        auto got = bytes->read(room.data(), room.size());
        ASSERT_TRUE(got.has_value()) << name << got.error().to_string();
        if (*got == 0) break;
        out.append(room.data(), *got);
      }
      EXPECT_TRUE(out == text + "end") << name << " " << piece << " " << out.size();
    }
    EXPECT_FALSE(open_bytes(*files, path(name), text.size() + 4).has_value());
  }
}

TEST_F(FileSourceTest, PackedFilesAreUnpackedAndGoneOnWith) {
  using Pack = std::string (*)(std::string_view);
  for (const auto& [ending, pack] : std::map<std::string, Pack>{
           {".zst", zstd_of}, {".lz4", lz4_of}, {".gz", gzip_of}}) {
    const std::string name = "a.ndjson" + ending;
    const std::string two = pack(lines(0, 30000)) + pack(lines(30000, 40000));  // two frames
    write(name, two);
    const auto s = spec("file", {{"path", name}}, kFields);
    ReaderOptions options = all_columns(s);
    auto reader = open(s, options);
    Seen some;
    take(*std::move(reader->poll()).value(), some);
    EXPECT_EQ(some.rows, rows(0, 8192)) << ending;
    options.start = some.positions;
    const Seen rest = drain(*open(s, options));
    EXPECT_EQ(rest.rows, rows(8192, 40000)) << ending;
    for (const std::string& bad : {two.substr(0, two.size() / 2), "rubbish" + two, two + "x"}) {
      write("bad.ndjson" + ending, bad);
      const auto b = spec("file", {{"path", "bad.ndjson" + ending}}, kFields);
      auto broken = open(b, all_columns(b));
      bool failed = false;
      for (int i = 0; i < 30 && !failed; ++i) {
        const auto polled = broken->poll();
        failed = !polled.has_value();
        if (failed) {
          EXPECT_NE(polled.error().to_string().find("bad.ndjson"), std::string::npos);
        }
      }
      EXPECT_TRUE(failed) << ending;
    }
  }
}

TEST_F(FileSourceTest, ALineBeyondAllBoundsIsOneDeadLetter) {
  const std::string head = lines(0, 1);
  write("a.ndjson", head + "{\"t\":\"" + std::string(3 << 20, 'x') + "\"}\n" + lines(1, 3));
  auto s = spec("file", {{"path", "a.ndjson"}}, kFields);
  s.decoder.max_record_bytes = 1000;
  const Seen seen = drain(*open(s, all_columns(s)));
  EXPECT_EQ(seen.rows, rows(0, 3));
  ASSERT_EQ(seen.dead.size(), 1u);
  EXPECT_EQ(seen.dead[0].position, "a.ndjson:" + std::to_string(head.size()));
  EXPECT_EQ(seen.dead[0].sqlstate, "54000");
}

}  // namespace
}  // namespace weir::connect
