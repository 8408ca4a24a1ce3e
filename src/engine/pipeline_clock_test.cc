// A view whose rows come and go with the clock: the pipeline runs an epoch when the time has come,
// without input, also where all input has ended, and knows after a restart what it waits for.
#include <gtest/gtest.h>

#include "engine/pipeline.h"
#include "io/sim_file_system.h"
#include "log/embedded/embedded_log.h"
#include "plan/build.h"
#include "plan/planner.h"

namespace weir::engine {
namespace {

constexpr Micros kStart = 1'767'225'600'000'000;  // 2026-01-01
constexpr Micros kSecond = 1'000'000;

// s (n, b, e): the rows of which the view has those with b <= now < e.
class ClockWorld {
 public:
  ClockWorld() {
    catalog::StreamDefinition stream;
    stream.name = "s";
    stream.schema.fields = {
        {"n", TypeId::kInt8}, {"b", TypeId::kTimestamptz}, {"e", TypeId::kTimestamptz}};
    catalog::Catalog catalog;
    catalog.add_stream(stream);
    spec_.name = "p.dev";
    connect::SourceSpec& source = spec_.sources.emplace_back();
    source.definition = stream;
    source.connector = "file";
    source.options = {{"path", "/in.ndjson"}};
    for (const Field& field : stream.schema.fields) {
      source.decoder.columns.push_back({field, "", {}, {}, {}});
    }
    catalog::ViewDefinition definition;
    definition.name = "v";
    definition.sql = "select n, b, e from s";
    plan::View view = plan::plan_view(definition, catalog).value();
    view.root = plan::make_temporal_filter(view.root, {1, 2});
    spec_.views.push_back(std::move(view));
    EXPECT_TRUE(files_.write_atomically(
        "/in.ndjson",
        "{\"n\":1,\"b\":\"2026-01-01T00:00:00Z\",\"e\":\"2026-01-01T00:00:30Z\"}\n"
        "{\"n\":2,\"b\":\"2026-01-01T00:00:20Z\",\"e\":\"2026-01-01T00:00:40Z\"}\n"));
  }

  void open() {
    pipeline_.reset();
    log_.reset();
    log::EmbeddedLogOptions options;
    options.root = "/log";
    log_ = log::open_embedded_log(files_, clock_, options).value();
    PipelineContext context{{files_, clock_, log_.get(), "/", "_weir.p.dev"}, *log_, "/snapshots"};
    pipeline_ = Pipeline::open(spec_, context).value();
  }
  // Epochs until there is nothing to do.
  int settle() {
    int epochs = 0;
    while (pipeline_->step().value() == Pipeline::Step::kWorked) ++epochs;
    return epochs;
  }
  void move_clock_to(int64_t seconds) { clock_.set(kStart + seconds * kSecond); }
  std::vector<int64_t> rows() {
    std::vector<int64_t> found;
    const std::vector<Batch> batches = pipeline_->contents("v").value();
    for (const Batch& batch : batches) {
      for (uint32_t i = 0; i < batch.rows; ++i) {
        found.push_back(batch.columns[0]->value<int64_t>(i));
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  io::SimFileSystem files_;
  ManualClock clock_{kStart};
  PipelineSpec spec_;
  std::unique_ptr<log::Log> log_;
  std::unique_ptr<Pipeline> pipeline_;
};

using Numbers = std::vector<int64_t>;

TEST(PipelineClock, TimeAloneMovesAView) {
  ClockWorld world;
  world.open();
  world.settle();
  EXPECT_EQ(world.rows(), Numbers{1});
  world.move_clock_to(19);
  EXPECT_EQ(world.settle(), 0);
  world.move_clock_to(20);
  EXPECT_EQ(world.settle(), 1);
  EXPECT_EQ(world.rows(), (Numbers{1, 2}));
  world.move_clock_to(50);
  EXPECT_EQ(world.settle(), 1);
  EXPECT_EQ(world.rows(), Numbers{});
  world.move_clock_to(100);
  EXPECT_EQ(world.settle(), 0);
}

TEST(PipelineClock, WhatIsWaitedForOutlivesTheProcess) {
  ClockWorld world;
  world.open();
  world.settle();
  world.open();
  EXPECT_EQ(world.settle(), 0);
  EXPECT_EQ(world.rows(), Numbers{1});
  world.move_clock_to(30);  // while nothing runs
  world.open();
  EXPECT_EQ(world.settle(), 1);
  EXPECT_EQ(world.rows(), Numbers{2});
}

}  // namespace
}  // namespace weir::engine
