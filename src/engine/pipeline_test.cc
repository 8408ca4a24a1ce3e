// A pipeline on a simulated disk: each call in turn fails (and goes on failing), then power is
// lost, then it is started again until all input is read. Views and the file of a sink must be what
// an undisturbed run leaves, whatever happened.
#include "engine/pipeline.h"

#include <gtest/gtest.h>

#include "data/text_form.h"
#include "io/sim_file_system.h"
#include "log/embedded/embedded_log.h"
#include "plan/planner.h"

namespace weir::engine {
namespace {

constexpr int kChunks = 6;
constexpr int kRowsOfChunk = 12;

using Rows = std::map<std::string, int64_t>;

// A disk with a project on it, and one life of a process after another.
class World {
 public:
  World() {
    definition_.name = "s";
    definition_.schema.fields = {
        {"g", TypeId::kText}, {"n", TypeId::kInt8}, {"at", TypeId::kTimestamptz}};
    definition_.event_time = "at";
    definition_.lateness = 5'000'000;
    spec_.name = "p.dev";
    connect::SourceSpec& source = spec_.sources.emplace_back();
    source.definition = definition_;
    source.connector = "file";
    source.options = {{"path", "/in.ndjson"}, {"follow", "true"}};
    for (const Field& field : definition_.schema.fields) {
      source.decoder.columns.push_back({field, "", {}, {}, {}});
    }
    catalog_.add_stream(definition_);
    add_view("sums", "select g, count(*) as c, sum(n) as s from s group by g", {});
    add_view(
        "closed",
        "select window_start, window_end, count(*) as c from tumble(s, at, interval '10 seconds') "
        "group by window_start, window_end",
        catalog::EmitMode::kOnClose);
    connect::SinkSpec& sink = spec_.sinks.emplace_back();
    sink.name = "o";
    sink.from = "sums";
    sink.connector = "file";
    sink.options = {{"path", "/out/o.ndjson"}};
    sink.schema = spec_.views[0].root->schema;
    spec_.commit_interval = 1000;
  }

  // Goes on until all chunks are read and seen; false: something failed before.
  bool live() {
    log::EmbeddedLogOptions options;
    options.root = "/log";
    options.on_fatal = [](const Error&) {};
    auto log = log::open_embedded_log(files, clock_, options);
    if (!log) return failed(log.error());
    PipelineContext context{{files, clock_, log->get(), "/", "_weir.p.dev"}, **log, "/snapshots"};
    context.snapshot_after_bytes = 2000;
    stop_ = true;  // a full disk is not waited for here
    context.stop = &stop_;
    auto pipeline = Pipeline::open(spec_, context);
    if (!pipeline) return failed(pipeline.error());
    int idle = 0;
    while (true) {
      const auto step = (*pipeline)->step();
      if (!step) return failed(step.error());
      if (*step == Pipeline::Step::kWorked) {
        idle = 0;
        continue;
      }
      if (!(*pipeline)->flush_outputs()) return false;
      clock_.sleep_for(400'000);  // a followed file is looked at now and then
      if (++idle < 3) continue;
      if (chunks_ == kChunks) break;
      if (!write_chunk()) return false;
      idle = 0;
    }
    sums = contents(**pipeline, "sums");
    closed = contents(**pipeline, "closed");
    return true;
  }

  bool failed(const Error& why) {
    error = why.to_string();
    return false;
  }

  Rows folded_sink() {
    Rows rows;
    std::string text = files.read_all("/out/o.ndjson").value();
    while (!text.empty()) {
      const size_t end = text.find('\n');
      EXPECT_NE(end, std::string::npos) << "half a line";
      if (end == std::string::npos) break;
      std::string line = text.substr(0, end);
      text.erase(0, end + 1);
      const bool insert = line.starts_with("{\"_op\":\"insert\",");
      line.erase(0, line.find(',') + 1);
      rows[line] += insert ? 1 : -1;
      EXPECT_GE(rows[line], 0) << line;
      if (rows[line] == 0) rows.erase(line);
    }
    return rows;
  }

  io::SimFileSystem files;
  std::string error;
  Rows sums;
  Rows closed;

 private:
  void add_view(const std::string& name, const std::string& sql, catalog::EmitMode emit) {
    catalog::ViewDefinition definition;
    definition.name = name;
    definition.sql = sql;
    definition.emit = emit;
    spec_.views.push_back(plan::plan_view(definition, catalog_).value());
  }

  // The outside world appends to the input, and its own disk holds what it has synced.
  bool write_chunk() {
    std::string text;
    for (int i = 0; i < kRowsOfChunk; ++i) {
      const int n = chunks_ * kRowsOfChunk + i;
      const int late = n % 7 == 3 ? 9 : 0;
      text += "{\"g\":\"" + std::string(1, static_cast<char>('a' + n % 3)) +
              "\",\"n\":" + std::to_string(n) +
              ",\"at\":\"2026-01-01T00:" + std::to_string(10 + (n - late + 9) / 30) + ":" +
              std::to_string(10 + (n - late + 9) % 30) + "Z\"}\n";
    }
    if (n_writes_++ == 0) text.insert(0, "broken\n");
    ++chunks_;
    auto file = files.open("/in.ndjson", io::OpenMode::kCreate);
    if (!file || !(*file)->append(text) || !(*file)->sync() || !files.sync_dir("/")) {
      return restore_input(text);
    }
    input_ += text;
    return true;
  }

  // The input is not weir's to lose: where its own write failed, it is written again after the
  // trouble.
  bool restore_input(const std::string& text) {
    pending_ = text;
    return false;
  }

 public:
  void repair_input() {
    input_ += std::exchange(pending_, "");
    auto file = files.open("/in.ndjson", io::OpenMode::kCreate).value();
    const uint64_t size = file->info().value().size;
    if (size > input_.size()) EXPECT_TRUE(file->truncate(input_.size()).has_value());
    EXPECT_TRUE(file->write_at(0, input_).has_value());
    EXPECT_TRUE(file->sync().has_value());
    EXPECT_TRUE(files.sync_dir("/").has_value());
  }

 private:
  Rows contents(Pipeline& pipeline, const std::string& view) {
    Rows rows;
    const std::vector<Batch> batches = pipeline.contents(view).value();
    for (const Batch& batch : batches) {
      for (uint32_t row = 0; row < batch.rows; ++row) {
        std::string text;
        for (const ColumnPtr& column : batch.columns) {
          if (!column->is_null(row)) append_text_form(text, *column, row);
          text += "|";
        }
        rows[text] += batch.weight(row);
      }
    }
    return rows;
  }

  ManualClock clock_{1'767'225'600'000'000};
  catalog::StreamDefinition definition_;
  catalog::Catalog catalog_;
  PipelineSpec spec_;
  std::atomic<bool> stop_ = false;
  int chunks_ = 0;
  int n_writes_ = 0;
  std::string input_;
  std::string pending_;
};

struct Undisturbed {
  Rows sums, closed, sink;
  uint64_t calls = 0;
};

Undisturbed undisturbed() {
  World world;
  if (!world.live()) {
    ADD_FAILURE() << world.error;
    return {};
  }
  return {world.sums, world.closed, world.folded_sink(), world.files.calls()};
}

class PipelineOnFailingDisk : public ::testing::TestWithParam<ErrorKind> {};

TEST_P(PipelineOnFailingDisk, EveryCall) {
  const Undisturbed want = undisturbed();
  ASSERT_EQ(want.sums.size(), 3u);
  ASSERT_GE(want.closed.size(), 3u);
  ASSERT_EQ(want.sink.size(), 3u);
  ASSERT_GT(want.calls, 50u);
  for (uint64_t n = 0; n < want.calls; ++n) {
    for (uint64_t seed = 0; seed < 3; ++seed) {
      World world;
      world.files.fail_call(n, GetParam(), true);
      const bool whole = world.live();
      world.files.heal();
      world.files.power_loss(n * 7 + seed);
      world.repair_input();
      ASSERT_TRUE(world.live()) << "call " << n << " seed " << seed << " whole " << whole
                                << world.error;
      ASSERT_EQ(world.sums, want.sums) << "call " << n << " seed " << seed;
      ASSERT_EQ(world.closed, want.closed) << "call " << n << " seed " << seed;
      ASSERT_EQ(world.folded_sink(), want.sink) << "call " << n << " seed " << seed;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Kinds, PipelineOnFailingDisk,
                         ::testing::Values(ErrorKind::kIo, ErrorKind::kNoSpace));

// Power goes between any two calls, and no call ever fails.
TEST(PipelineOnDisk, PowerLossOnly) {
  const Undisturbed want = undisturbed();
  for (uint64_t seed = 0; seed < 40; ++seed) {
    World world;
    ASSERT_TRUE(world.live());
    world.files.power_loss(seed);
    world.repair_input();
    ASSERT_TRUE(world.live());
    ASSERT_EQ(world.sums, want.sums);
    ASSERT_EQ(world.closed, want.closed);
    ASSERT_EQ(world.folded_sink(), want.sink);
  }
}

// However long the commit interval, an epoch takes no more than a share of the memory budget.
TEST(PipelineInMemory, AnEpochHoldsAShareOfTheBudget) {
  io::SimFileSystem files;
  ManualClock clock(1'767'225'600'000'000);
  std::string text;
  while (text.size() < (6u << 20)) text += "{\"g\":\"" + std::string(1000, 'x') + "\"}\n";
  ASSERT_TRUE(files.write_atomically("/in.ndjson", text));
  catalog::StreamDefinition stream;
  stream.name = "s";
  stream.schema.fields = {{"g", TypeId::kText}};
  catalog::Catalog catalog;
  catalog.add_stream(stream);
  PipelineSpec spec;
  spec.name = "p.dev";
  spec.commit_interval = 3'600'000'000;
  spec.memory_limit = 8 << 20;
  connect::SourceSpec& source = spec.sources.emplace_back();
  source.definition = stream;
  source.connector = "file";
  source.options = {{"path", "/in.ndjson"}};
  source.decoder.columns.push_back({stream.schema.fields[0], "", {}, {}, {}});
  catalog::ViewDefinition definition;
  definition.name = "n";
  definition.sql = "select count(*) as n from s";
  spec.views.push_back(plan::plan_view(definition, catalog).value());
  log::EmbeddedLogOptions options;
  options.root = "/log";
  auto log = log::open_embedded_log(files, clock, options).value();
  auto pipeline = Pipeline::open(
      spec, {{files, clock, log.get(), "/", "_weir.p.dev"}, *log, "/snapshots"}).value();
  int epochs = 0;
  while (pipeline->step().value() == Pipeline::Step::kWorked) ++epochs;
  EXPECT_GE(epochs, 5);
  EXPECT_LE(epochs, 9);
}

}  // namespace
}  // namespace weir::engine
