#include <gtest/gtest.h>

#include "data/text_form.h"
#include "flow/test_graph.h"
#include "plan/planner.h"

namespace weir::flow {

namespace {

constexpr Micros kStart = 1'767'225'600'000'000;  // 2026-01-01

Batch batch_of(const Schema& schema, const Lines& lines) {
  BatchBuilder builder(schema);
  for (const std::string& line : lines) {
    append_line(builder, line.substr(1), line[0] == '-' ? -1 : 1);
  }
  return builder.finish();
}

}  // namespace

std::string line_of(const Batch& batch, uint32_t row) {
  std::string text;
  for (size_t column = 0; column < batch.columns.size(); ++column) {
    text += column > 0 ? "|" : "";
    if (batch.columns[column]->is_null(row)) {
      text += "~";
    } else {
      append_text_form(text, *batch.columns[column], row);
    }
  }
  return text;
}

void append_line(BatchBuilder& builder, const std::string& line, int64_t weight) {
  size_t begin = 0;
  for (size_t i = 0; i < builder.width(); ++i) {
    const size_t end = std::min(line.find('|', begin), line.size());
    const std::string text = line.substr(begin, end - begin);
    ParseError error;
    if (text == "~") {
      builder.column(i).append_null();
    } else {
      EXPECT_TRUE(append_parsed(builder.column(i), text, &error)) << line << error.message;
    }
    begin = end + 1;
  }
  builder.end_row(weight);
}

TestGraph::TestGraph() {
  const Schema rows{{{"id", TypeId::kInt8}, {"g", TypeId::kText}, {"n", TypeId::kInt8},
                     {"d", TypeId::kNumeric}, {"ts", TypeId::kTimestamp}}};
  for (const std::string name : {"t", "a", "u"}) {
    catalog::StreamDefinition stream;
    stream.name = name;
    stream.schema = rows;
    stream.mode = name == "a" ? catalog::SourceMode::kAppend : catalog::SourceMode::kUpsert;
    stream.event_time = name == "u" ? "" : "ts";
    if (name == "u") {
      stream.schema = {{{"id", TypeId::kInt8}, {"g", TypeId::kText}, {"k", TypeId::kInt8}}};
    }
    catalog_.add_stream(stream);
  }
}

Result<plan::View> TestGraph::planned(const std::string& name, const std::string& sql,
                                      catalog::EmitMode emit,
                                      std::optional<int64_t> retain_seconds) {
  catalog::ViewDefinition definition;
  definition.name = name;
  definition.sql = sql;
  definition.emit = emit;
  if (retain_seconds) definition.retain = *retain_seconds * 1'000'000;
  return plan::plan_view(definition, catalog_);
}

void TestGraph::add(const std::string& name, const std::string& sql, catalog::EmitMode emit,
                    std::optional<int64_t> retain_seconds) {
  Result<plan::View> view = planned(name, sql, emit, retain_seconds);
  ASSERT_TRUE(view.has_value()) << view.error().to_string();
  ASSERT_TRUE(graph_.add_view(*view).has_value());
  catalog_.add_view(name, view->root->schema);
  stores_.emplace(name, ViewStore(view->root->schema, view->key));
  plans_.emplace(name, std::move(*view));
}

void TestGraph::add_beside(const std::string& name, const std::string& sql,
                           const Batches& contents) {
  Result<plan::View> view = planned(name, sql, catalog::EmitMode::kOnChange, std::nullopt);
  ASSERT_TRUE(view.has_value()) << view.error().to_string();
  Graph beside;
  ASSERT_TRUE(beside.add_view(*view).has_value());
  beside.begin(Epoch{}, 0, {}, *this);
  for (const auto& [relation, rows] : contents) {
    beside.push(relation, batch_of(*catalog_.find(relation), rows));
  }
  beside.finish({});
  stores_.emplace(name, ViewStore(view->root->schema, view->key));
  plans_.emplace(name, std::move(*view));
  take(beside, name);
  ASSERT_TRUE(graph_.graft(std::move(beside)).has_value());
}

void TestGraph::epoch(const Batches& batches) { run(batches, {}, {}); }

void TestGraph::epoch(const Batches& batches, int64_t watermark, int64_t next_watermark) {
  const Micros before = kStart + watermark * 1'000'000;
  const Micros after = kStart + next_watermark * 1'000'000;
  run(batches, {{"t", before}, {"a", before}, {"u", kHoldsNothingBack}},
      {{"t", after}, {"a", after}, {"u", kHoldsNothingBack}});
}

void TestGraph::clock(int64_t seconds) { now_ = kStart + seconds * 1'000'000; }

void TestGraph::end_of_input() {
  const RelationWatermarks end{{"t", kEndOfTime}, {"a", kEndOfTime}, {"u", kEndOfTime}};
  run({}, end, end);
}

void TestGraph::run(const Batches& batches, const RelationWatermarks& before,
                    const RelationWatermarks& after) {
  graph_.begin(Epoch{}, now_, before, *this);
  for (const auto& [relation, rows] : batches) {
    graph_.push(relation, batch_of(*catalog_.find(relation), rows));
  }
  graph_.finish(after);
  for (const std::string& view : graph_.views()) take(graph_, view);
  graph_.clear_dirty();
}

void TestGraph::take(Graph& graph, const std::string& view) {
  const Batch change = graph.take_change(view);
  Lines lines;
  for (uint32_t i = 0; i < change.rows; ++i) {
    lines.push_back((change.weight(i) < 0 ? "-" : "+") + line_of(change, i));
  }
  std::sort(lines.begin(), lines.end());
  changes_[view] = std::move(lines);
  if (change.rows > 0) {
    ASSERT_TRUE(stores_.at(view).apply(change).has_value());
  }
  stores_.at(view).clear_dirty();
}

void TestGraph::restart() {
  Graph fresh;
  for (const std::string& view : graph_.views()) {
    ASSERT_TRUE(fresh.add_view(plans_.at(view)).has_value());
  }
  std::map<std::string, std::string> bytes;
  for (const NamedTable& table : graph_.tables()) table.table->write_all(bytes[table.id]);
  for (const NamedTable& table : fresh.tables()) {
    ASSERT_TRUE(table.table->apply(bytes.at(table.id)).has_value());
  }
  graph_ = std::move(fresh);
}

Lines TestGraph::rows(const std::string& view) const {
  Lines lines;
  for (const Batch& batch : stores_.at(view).contents()) {
    for (uint32_t i = 0; i < batch.rows; ++i) {
      lines.insert(lines.end(), static_cast<size_t>(batch.weight(i)), line_of(batch, i));
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

uint64_t TestGraph::state_entries() {
  uint64_t entries = 0;
  for (const NamedTable& table : graph_.tables()) entries += table.table->size();
  return entries;
}

void TestGraph::dead(const std::string& view, const Schema&, const Batch&, const RowError& error) {
  dead_.push_back(view + " " + error.sqlstate);
}

void TestGraph::late(const std::string& view, const Schema&, LateRow row) {
  late_.push_back(view + (row.weight < 0 ? " -" : " +") + line_of(row.row, 0));
}

}  // namespace weir::flow
