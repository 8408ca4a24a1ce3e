// A project that is edited between two lives of the process, on a simulated disk: sources, views
// and sinks come, go and change, and what they show is what a fresh run of the edited project
// shows.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "data/text_form.h"
#include "engine/pipeline.h"
#include "engine/test_snapshot.h"
#include "io/sim_file_system.h"
#include "log/embedded/embedded_log.h"
#include "plan/planner.h"

namespace weir::engine {
namespace {

using Rows = std::map<std::string, int64_t>;

Rows rows_of(const std::vector<Batch>& batches) {
  Rows rows;
  for (const Batch& batch : batches) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      std::string text;
      for (const ColumnPtr& column : batch.columns) {
        if (!text.empty()) text += "|";
        if (!column->is_null(row)) append_text_form(text, *column, row);
      }
      if ((rows[text] += batch.weight(row)) == 0) rows.erase(text);
    }
  }
  return rows;
}

// Its wall clock can be set back; time goes on all the same.
class SteppingClock final : public Clock {
 public:
  Micros now() override { return 1'767'225'600'000'000 + gone_ - back_; }
  int64_t monotonic_nanos() override { return gone_ * 1000; }
  void sleep_for(Micros micros) override { gone_ += micros; }
  void step_back(Micros by) { back_ += by; }

 private:
  Micros gone_ = 0;
  Micros back_ = 0;
};

class EditedPipeline : public ::testing::Test {
 protected:
  EditedPipeline() { spec.name = "p.dev"; }

  void append(const std::string& path, std::string_view text) {
    auto file = files.open(path, io::OpenMode::kCreate).value();
    ASSERT_TRUE(file->append(text).has_value());
    ASSERT_TRUE(file->sync().has_value());
    ASSERT_TRUE(files.sync_dir("/").has_value());
  }

  connect::SourceSpec& add_source(const std::string& name, std::vector<Field> fields) {
    connect::SourceSpec& source = spec.sources.emplace_back();
    source.definition.name = name;
    source.definition.schema.fields = std::move(fields);
    source.connector = "file";
    source.options = {{"path", "/" + name + ".ndjson"}, {"follow", "true"}};
    for (const Field& field : source.definition.schema.fields) {
      source.decoder.columns.push_back({field, "", {}, {}, {}});
    }
    return source;
  }

  plan::View& add_view(const std::string& name, const std::string& sql, Micros every = 0) {
    catalog::Catalog catalog;
    for (const auto& source : spec.sources) catalog.add_stream(source.definition);
    catalog::ViewDefinition definition;
    definition.name = name;
    definition.sql = sql;
    if (every > 0) definition.emit = catalog::EmitMode::kEvery;
    definition.emit_every = every;
    spec.views.push_back(plan::plan_view(definition, catalog).value());
    return spec.views.back();
  }

  connect::SinkSpec& add_sink(const std::string& name, const plan::View& view) {
    connect::SinkSpec& sink = spec.sinks.emplace_back();
    sink.name = name;
    sink.from = view.definition.name;
    sink.connector = "file";
    sink.options = {{"path", "/out/" + name + ".ndjson"}};
    sink.schema = view.root->schema;
    return sink;
  }

  void open() {
    log::EmbeddedLogOptions options;
    options.root = "/log";
    log = log::open_embedded_log(files, clock, options).value();
    PipelineContext context{{files, clock, log.get(), "/", "_weir.p.dev"}, *log, "/snapshots"};
    auto opened = Pipeline::open(spec, context);
    ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
    pipeline = std::move(*opened);
    run();
  }

  // Until nothing has come for a while, and nothing waits in a sink.
  void run() {
    for (int idle = 0; idle < 3;) {
      const auto step = pipeline->step();
      ASSERT_TRUE(step.has_value()) << step.error().to_string();
      idle = *step == Pipeline::Step::kWorked ? 0 : idle + 1;
      ASSERT_TRUE(pipeline->flush_outputs().has_value());
      clock.sleep_for(400'000);
    }
  }

  void crash() {
    pipeline.reset();
    log.reset();
    files.power_loss(1);
  }

  Rows view(const std::string& name) { return rows_of(pipeline->contents(name).value()); }

  // The lines of a sink's file of changes, summed up.
  Rows folded(const std::string& path) {
    Rows rows;
    std::string text = files.read_all(path).value();
    for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
      std::string line = text.substr(0, end);
      text.erase(0, end + 1);
      int64_t weight = 1;
      if (line.starts_with("{\"_op\":")) {
        weight = line.starts_with("{\"_op\":\"insert\",") ? 1 : -1;
        line.erase(0, line.find(',') + 1);
        line.insert(0, "{");
      }
      if ((rows[line] += weight) == 0) rows.erase(line);
    }
    EXPECT_EQ(text, "");
    return rows;
  }

  io::SimFileSystem files;
  SteppingClock clock;
  PipelineSpec spec;
  std::unique_ptr<log::Log> log;
  std::unique_ptr<Pipeline> pipeline;
};

constexpr const char* kThree =
    "{\"k\":1,\"t\":\"a\"}\n{\"k\":2,\"t\":\"b\"}\n{\"k\":3,\"t\":\"c\"}\n";
const std::vector<Field> kFields = {{"k", TypeId::kInt8}, {"t", TypeId::kText}};

// A source that is taken out and comes back begins anew, and so does what it remembers of keys.
TEST_F(EditedPipeline, ASourceThatComesBackHasForgottenItsKeys) {
  append("/s.ndjson", kThree);
  append("/other.ndjson", kThree);
  add_source("other", kFields);
  add_view("n", "select count(*) as n from other");
  const PipelineSpec without = spec;
  add_source("s", kFields).definition.unique = {{"k"}};
  add_view("v", "select k, t from s");
  const PipelineSpec with = spec;
  open();
  EXPECT_EQ(view("v"), (Rows{{"1|a", 1}, {"2|b", 1}, {"3|c", 1}}));
  crash();
  spec = without;
  open();
  crash();
  spec = with;
  open();
  EXPECT_EQ(view("v"), (Rows{{"1|a", 1}, {"2|b", 1}, {"3|c", 1}}));
  EXPECT_EQ(view("s__dead"), Rows());
}

// The newest rows of keys are kept in the columns of the source: with other columns they are read
// again.
TEST_F(EditedPipeline, AKeyedSourceGetsAColumn) {
  append("/s.ndjson", "{\"k\":1,\"t\":\"a\",\"u\":\"x\"}\n{\"k\":2,\"t\":\"b\",\"u\":\"y\"}\n");
  connect::SourceSpec& source = add_source("s", kFields);
  source.definition.mode = catalog::SourceMode::kUpsert;
  source.definition.key = {"k"};
  add_view("v", "select k, t from s");
  open();
  crash();
  spec.sources.clear();
  spec.views.clear();
  connect::SourceSpec& wider =
      add_source("s", {{"u", TypeId::kText}, {"k", TypeId::kInt8}, {"t", TypeId::kText}});
  wider.definition.mode = catalog::SourceMode::kUpsert;
  wider.definition.key = {"k"};
  add_view("v", "select k, t from s");
  append("/s.ndjson", "{\"k\":1,\"t\":\"c\",\"u\":\"z\"}\n");
  open();
  EXPECT_EQ(view("v"), (Rows{{"1|c", 1}, {"2|b", 1}}));
}

// What a new sink is given first and what waits to be emitted are together what the view holds.
TEST_F(EditedPipeline, ANewSinkOfAViewThatEmitsNowAndThenGetsEveryRowOnce) {
  append("/s.ndjson", kThree);
  add_source("s", kFields);
  const plan::View& v = add_view("v", "select k, t from s", 3'600'000'000);
  open();
  append("/s.ndjson", "{\"k\":4,\"t\":\"d\"}\n");  // waits for its hour
  run();
  crash();
  add_sink("o", v);
  open();
  clock.sleep_for(3'600'000'000);
  append("/s.ndjson", "{\"k\":5,\"t\":\"e\"}\n");
  run();
  const Rows lines = folded("/out/o.ndjson");
  EXPECT_EQ(lines.size(), 5u);
  for (const auto& [line, weight] : lines) EXPECT_EQ(weight, 1) << line;
}

// The same where the view is as new as its sink.
TEST_F(EditedPipeline, ANewViewThatEmitsNowAndThenFillsItsSinkOnce) {
  append("/s.ndjson", kThree);
  add_source("s", kFields);
  add_view("n", "select count(*) as n from s");
  open();
  crash();
  add_sink("o", add_view("v", "select k, t from s", 3'600'000'000));
  open();
  clock.sleep_for(3'600'000'000);
  append("/s.ndjson", "{\"k\":5,\"t\":\"e\"}\n");
  run();
  const Rows lines = folded("/out/o.ndjson");
  EXPECT_EQ(lines.size(), 4u);
  for (const auto& [line, weight] : lines) EXPECT_EQ(weight, 1) << line;
}

// A subscriber's first contents and the changes behind them are together what the view holds.
TEST_F(EditedPipeline, ASubscriberOfAViewThatEmitsNowAndThenGetsEveryRowOnce) {
  append("/s.ndjson", kThree);
  add_source("s", kFields);
  add_view("v", "select k, t from s", 3'600'000'000);
  open();
  append("/s.ndjson", "{\"k\":4,\"t\":\"d\"}\n");
  run();
  const auto subscription = pipeline->subscribe("v", true).value();
  clock.sleep_for(3'600'000'000);
  append("/s.ndjson", "{\"k\":5,\"t\":\"e\"}\n");
  run();
  std::vector<Batch> got;
  while (auto changes = subscription->next(0)) got.push_back(std::move(changes->batch));
  EXPECT_EQ(rows_of(got), view("v"));
}

// A sink that goes elsewhere, or writes otherwise, is a new one: it gets what its view holds.
TEST_F(EditedPipeline, ASinkThatGoesElsewhereGetsWhatItsViewHolds) {
  append("/s.ndjson", kThree);
  add_source("s", kFields);
  add_sink("o", add_view("v", "select k, t from s")).view_is_append_only = true;
  open();
  crash();
  spec.sinks[0].options["path"] = "/out/elsewhere.ndjson";
  append("/s.ndjson", "{\"k\":4,\"t\":\"d\"}\n");
  open();
  EXPECT_EQ(folded("/out/elsewhere.ndjson").size(), 4u);
  EXPECT_EQ(folded("/out/o.ndjson").size(), 3u);
  crash();
  spec.sinks[0].options = {{"topic", "t1"}};
  spec.sinks[0].connector = "topic";
  open();
  EXPECT_EQ(log->end_offset("t1", PartitionId(0)).value(), Offset(4));
  crash();
  spec.sinks[0].options = {{"topic", "t2"}};
  open();
  EXPECT_EQ(log->end_offset("t2", PartitionId(0)).value(), Offset(4));
}

// Rows that nobody fetches are bounded by their bytes too.
TEST_F(EditedPipeline, ASubscriberWithWideRowsThatSleepsIsEnded) {
  add_source("s", kFields);
  add_view("v", "select k, t from s");
  open();
  const auto subscription = pipeline->subscribe("v", false).value();
  for (int i = 0; i < 20; ++i) {
    append("/s.ndjson", "{\"t\":\"" + std::string(6 << 20, 'x') + "\"}\n");
    run();
  }
  while (subscription->next(0)) {
  }
  EXPECT_TRUE(subscription->closed());
  EXPECT_EQ(subscription->reason(), "the subscriber fell too far behind");
}

// A query that reads an input or its dead letters again takes a share of the memory and no more.
TEST_F(EditedPipeline, ReadingAgainIsBoundedByMemory) {
  std::string bad;
  while (bad.size() < (6u << 20)) {
    bad += "no json " + std::string(1000, 'x') + "\n";
    bad += "{\"t\":\"" + std::string(1000, 'x') + "\"}\n";
  }
  append("/s.ndjson", bad);
  add_source("s", kFields);
  add_view("v", "select count(*) as n from s");
  spec.memory_limit = 4 << 20;
  open();
  for (const char* relation : {"s__dead", "s"}) {
    const auto rows = pipeline->contents(relation);
    ASSERT_FALSE(rows.has_value()) << relation;
    EXPECT_EQ(rows.error().kind(), ErrorKind::kOutOfMemory) << relation;
  }
}

// Which of two rows is a duplicate is no matter of when they came, nor of restarts between them.
TEST_F(EditedPipeline, DuplicatesAreTheSameHoweverTheInputIsCut) {
  catalog::StreamDefinition& s =
      add_source("s", {{"k", TypeId::kInt8}, {"at", TypeId::kTimestamptz}}).definition;
  s.event_time = "at";
  s.dedupe = catalog::DedupeSpec{{"k"}, 10'000'000};
  add_view("v", "select k, count(*) as n from s group by k");
  const auto row = [](int k, int second) {
    return fmt::format("{{\"k\":{},\"at\":\"2026-01-01T00:{:02}:{:02}Z\"}}\n", k, second / 60,
                       second % 60);
  };
  const std::vector<std::string> input = {row(1, 0),  row(1, 5),   row(2, 100), row(3, 101),
                                          row(1, 1),  row(4, 102), row(2, 95),  row(2, 111)};
  for (const std::string& line : input) {
    append("/s.ndjson", line);
    open();
    crash();
  }
  open();
  const Rows in_pieces = view("v");
  crash();
  ASSERT_TRUE(files.remove_tree("/log").has_value());
  (void)files.remove_tree("/snapshots").has_value();
  open();
  EXPECT_EQ(view("v"), in_pieces);
  EXPECT_EQ(in_pieces, (Rows{{"1|2", 1}, {"2|2", 1}, {"3|1", 1}, {"4|1", 1}}));
}

// Where the clock steps back one emission comes early, and no other before its time.
TEST_F(EditedPipeline, AClockThatStepsBackDoesNotHurryEmissions) {
  append("/s.ndjson", kThree);
  add_source("s", kFields);
  add_sink("o", add_view("v", "select k, t from s", 3'600'000'000)).view_is_append_only = true;
  open();
  clock.step_back(7'200'000'000);
  for (const char* row : {"{\"k\":4,\"t\":\"d\"}\n", "{\"k\":5,\"t\":\"e\"}\n"}) {
    append("/s.ndjson", row);
    run();
  }
  EXPECT_EQ(folded("/out/o.ndjson").size(), 4u);
}

// Rows that waited are not lost where the view no longer waits, nor where it is another one.
class WhatWaits : public EditedPipeline,
                  public ::testing::WithParamInterface<std::tuple<bool, Micros>> {};

TEST_P(WhatWaits, IsGivenWhenTheViewIsEdited) {
  const auto [other_sql, every] = GetParam();
  append("/s.ndjson", kThree);
  add_source("s", kFields);
  add_sink("o", add_view("v", "select k, t from s", 3'600'000'000));
  open();
  append("/s.ndjson", "{\"k\":4,\"t\":\"d\"}\n");
  run();
  ASSERT_EQ(folded("/out/o.ndjson").size(), 3u);
  crash();
  spec.views.clear();
  add_view("v", other_sql ? "select k, t from s where k <> 2" : "select k, t from s", every);
  open();
  crash();
  open();
  clock.sleep_for(3'600'000'000);
  append("/s.ndjson", "{\"k\":5,\"t\":\"e\"}\n");
  run();
  const Rows lines = folded("/out/o.ndjson");
  EXPECT_EQ(lines.size(), other_sql ? 4u : 5u);
  for (const auto& [line, weight] : lines) EXPECT_EQ(weight, 1) << line;
}
INSTANTIATE_TEST_SUITE_P(Edits, WhatWaits,
                         ::testing::Combine(::testing::Bool(),
                                            ::testing::Values(Micros{0}, Micros{3'600'000'000})));

// Folders in which each join keeps both inputs in tables of its own are read as they are, whether
// or not the input could be read again, and written anew.
TEST_F(EditedPipeline, TablesOfJoinsInOlderFoldersAreTakenOver) {
  append("/s.ndjson", kThree);
  append("/u.ndjson", "{\"k\":1,\"t\":\"x\"}\n");
  add_source("s", kFields);
  add_source("u", kFields);
  const plan::View& joined =
      add_view("v", "select s.k, s.t, u.t as other from s join u on s.k = u.k");
  flow::Graph graph;
  ASSERT_TRUE(graph.add_view(joined).has_value());
  std::map<std::string, std::string> older;
  for (const flow::NamedTable& table : graph.tables()) {
    ASSERT_EQ(table.older_ids.size(), 1u);
    older[table.id] = table.older_ids[0];
  }
  ASSERT_EQ(older.size(), 2u);
  open();
  ASSERT_TRUE(pipeline->write_snapshot().has_value());
  SnapshotStore snapshots(files, "/snapshots");
  const auto newest = snapshots.newest(Epoch(1'000'000)).value();
  Tables tables = read_snapshot(*newest);
  for (const auto& [id, older_id] : older) {
    ASSERT_TRUE(tables.contains(id));
    tables[older_id] = std::move(tables[id]);
    tables.erase(id);
  }
  const Epoch epoch = newest->manifest().epoch;
  write_version_1(files, snapshots.path(epoch), newest->manifest(), tables);
  crash();
  for (int life = 0; life < 3; ++life) {
    append("/u.ndjson", fmt::format("{{\"k\":{},\"t\":\"y\"}}\n", life + 1));
    open();
    crash();
  }
  open();
  EXPECT_EQ(view("v"), (Rows{{"1|a|x", 1}, {"1|a|y", 1}, {"2|b|y", 1}, {"3|c|y", 1}}));
}

}  // namespace
}  // namespace weir::engine
