// State that does not fit into its memory: groups, keyed rows and views are on disk for the most
// part, over restarts as well, and are what they are where there is room. A join is refused.
#include <gtest/gtest.h>

#include <fmt/core.h>

#include "data/text_form.h"
#include "engine/pipeline.h"
#include "io/sim_file_system.h"
#include "log/embedded/embedded_log.h"
#include "plan/planner.h"

namespace weir::engine {
namespace {

using Rows = std::map<std::string, int64_t>;

constexpr int kKeys = 6000;
constexpr uint64_t kLittle = 1 << 20;

class ShortMemory : public ::testing::Test {
 protected:
  ShortMemory() {
    spec.name = "p.dev";
    spec.commit_interval = 1000;
    connect::SourceSpec& source = spec.sources.emplace_back();
    source.definition.name = "s";
    source.definition.mode = catalog::SourceMode::kUpsert;
    source.definition.key = {"k"};
    source.definition.schema.fields = {{"k", TypeId::kInt8}, {"t", TypeId::kText}};
    source.connector = "file";
    source.options = {{"path", "/s.ndjson"}, {"follow", "true"}};
    for (const Field& field : source.definition.schema.fields) {
      source.decoder.columns.push_back({field, "", {}, {}, {}});
    }
    catalog.add_stream(source.definition);
  }

  void add_view(const std::string& name, const std::string& sql) {
    catalog::ViewDefinition definition;
    definition.name = name;
    definition.sql = sql;
    spec.views.push_back(plan::plan_view(definition, catalog).value());
  }

  void write(int round) {
    for (int i = 0; i < kKeys; ++i) {
      const int key = round % 2 == 0 ? i : i * 7 % (2 * kKeys);
      text += fmt::format("{{\"k\":{},\"t\":\"text {} of round {}, rather long\"}}\n", key,
                          key % 997, round);
    }
    files.place("/s.ndjson", text);
  }

  Status live(uint64_t memory) {
    log::EmbeddedLogOptions options;
    options.root = "/log";
    const auto log = TRY(log::open_embedded_log(files, clock, options));
    spec.memory_limit = memory;
    PipelineContext context{{files, clock, log.get(), "/", "_weir.p.dev"}, *log, "/snapshots"};
    context.snapshot_after_bytes = 200'000;
    const auto pipeline = TRY(Pipeline::open(spec, context));
    for (int idle = 0; idle < 3;) {
      const Pipeline::Step step = TRY(pipeline->step());
      idle = step == Pipeline::Step::kWorked ? 0 : idle + 1;
      clock.sleep_for(400'000);
    }
    all.clear();
    for (const plan::View& view : spec.views) {
      const std::string& name = view.definition.name;
      for (const Batch& batch : TRY(pipeline->contents(name))) add_rows(name, batch);
    }
    return {};
  }

  void add_rows(const std::string& name, const Batch& batch) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      std::string line = name;
      for (const auto& column : batch.columns) {
        line += "|";
        if (!column->is_null(row)) append_text_form(line, *column, row);
      }
      all[line] += batch.weight(row);
    }
  }

  io::SimFileSystem files;
  ManualClock clock{1'767'225'600'000'000};
  PipelineSpec spec;
  catalog::Catalog catalog;
  std::string text;
  Rows all;
};

TEST_F(ShortMemory, HoldsWhatPlentyHolds) {
  add_view("groups", "select t, count(*) as n, sum(k) as total from s group by t");
  add_view("rows", "select k, t from s");
  add_view("kinds", "select distinct length(t) as n, k % 5000 as m from s");
  for (int round = 0; round < 4; ++round) {
    write(round);
    const Status little = live(kLittle);
    ASSERT_TRUE(little.has_value()) << little.error().to_string();
  }
  const Rows with_little = all;
  ASSERT_TRUE(files.remove_tree("/log").has_value());
  ASSERT_TRUE(files.remove_tree("/snapshots").has_value());
  ASSERT_TRUE(live(1 << 30).has_value());
  EXPECT_EQ(with_little, all);
  EXPECT_GT(all.size(), 2u * kKeys);
}

TEST_F(ShortMemory, RefusesWhatCannotLeave) {
  add_view("pairs", "select a.k, b.t from s a join s b on a.k = b.k");
  write(0);
  const Status little = live(kLittle);
  ASSERT_FALSE(little.has_value());
  EXPECT_EQ(little.error().code(), 1450);
}

}  // namespace
}  // namespace weir::engine
