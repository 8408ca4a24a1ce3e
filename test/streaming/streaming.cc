// Seeded rounds of the running graph against the reference interpreter: rows that come out of
// order and late, watermarks and a clock that move on, restarts from state, the end of input.
// usage: streaming [--seed N] [--rounds N] [--only TEXT]
#include <algorithm>
#include <cstdio>

#include <fmt/core.h>

#include "base/random.h"
#include "differ/running_graph.h"
#include "streaming/cases.h"

namespace weir::streaming {

namespace {

using reference::Input;
using reference::Row;
using reference::Seconds;

catalog::Catalog make_catalog() {
  catalog::Catalog catalog;
  for (const bool keyed : {false, true}) {
    catalog::StreamDefinition stream;
    stream.name = keyed ? "k" : "e";
    stream.schema = {{{"id", TypeId::kInt8}, {"g", TypeId::kText}, {"n", TypeId::kInt8},
                      {"ts", TypeId::kTimestamp}}};
    stream.event_time = "ts";
    if (keyed) stream.mode = catalog::SourceMode::kUpsert;
    if (keyed) stream.key = {"id"};
    catalog.add_stream(stream);
  }
  return catalog;
}

struct Tally {
  uint64_t seed = 1;
  int rounds = 30;
  std::string only;
  int64_t passed = 0;
  int failed = 0;
};

Micros mark_of(const Input& input) {
  const Seconds w = input.watermark();
  if (w == reference::kNone) return flow::kNoWatermark;
  return w == reference::kEnd ? flow::kEndOfTime : w * 1'000'000;
}

std::string difference(const Rows& expected, const Rows& ours) {
  std::string text;
  for (const std::string& row : expected) {
    if (!std::binary_search(ours.begin(), ours.end(), row)) text += "  missing " + row + "\n";
  }
  for (const std::string& row : ours) {
    if (!std::binary_search(expected.begin(), expected.end(), row))
      text += "  too much " + row + "\n";
  }
  return text.empty() ? "  rows stand more or less often\n" : text;
}

class Round {
 public:
  Round(Random& random, Tally& tally) : random_(random), tally_(tally) {
    for (const Case& one : all_cases()) {
      if (std::string(one.name).find(tally.only) != std::string::npos) cases_.push_back(one);
    }
  }

  void run() {
    for (size_t i = 0; i < cases_.size(); ++i) {
      catalog::ViewDefinition view;
      view.name = fmt::format("v{}", i);
      view.sql = cases_[i].sql;
      view.emit = cases_[i].emit;
      if (cases_[i].retain >= 0) view.retain = cases_[i].retain * 1'000'000;
      const Status added = graph_.add(view);
      if (!added) return fail(cases_[i], added.error().to_string());
    }
    for (epoch_ = 0; epoch_ < kEpochs && tally_.failed < 10; ++epoch_) step();
  }

 private:
  static constexpr int kEpochs = 40;

  flow::RelationWatermarks marks() const {
    return {{"e", mark_of(world_.e)}, {"k", mark_of(world_.k)}};
  }

  Row random_row() {
    Row row{next_id_++, std::string(1, static_cast<char>('a' + random_.below(2))),
            random_.between(-1, 4), 0};
    world_.now += static_cast<Seconds>(random_.below(6));
    row.at = world_.now;
    if (random_.chance(0.4)) row.at -= random_.between(0, 40);
    if (random_.chance(0.1)) row.at += random_.between(0, 20);
    return row;
  }

  // The rows of one epoch; the watermark is five seconds behind the greatest time.
  void feed(Input& input, bool keyed) {
    Seconds& greatest = greatest_[keyed];
    const Seconds start = input.watermark();
    std::vector<Row> standing = keyed ? input.standing() : std::vector<Row>();
    for (uint64_t i = random_.below(5); i > 0; --i) {
      if (!standing.empty() && random_.chance(0.3)) {
        const size_t at = random_.below(standing.size());
        input.events.push_back({standing[at], -1, epoch_});
        standing.erase(standing.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        input.events.push_back({random_row(), 1, epoch_});
        if (keyed) standing.push_back(input.events.back().row);
      }
      greatest = std::max(greatest, input.events.back().row.at);
    }
    Seconds end = greatest == reference::kNone ? greatest : greatest - 5;
    if (epoch_ == kEpochs - 1) end = reference::kEnd;
    input.marks.push_back({start, end});
  }

  void push(const Input& input, const char* name) {
    BatchBuilder builder(*catalog_.find(name));
    for (const reference::Event& event : input.events) {
      if (event.epoch != epoch_) continue;
      builder.column(0).append(event.row.id);
      builder.column(1).append_text(event.row.key);
      builder.column(2).append(event.row.n);
      builder.column(3).append(event.row.at * 1'000'000);
      builder.end_row(event.weight);
    }
    if (!builder.empty()) graph_.push(name, builder.finish());
  }

  void step() {
    const flow::RelationWatermarks before = marks();
    feed(world_.e, false);
    feed(world_.k, true);
    graph_.begin(before, world_.now * 1'000'000);
    push(world_.e, "e");
    push(world_.k, "k");
    graph_.finish(marks());
    if (random_.chance(0.2)) WEIR_CHECK(graph_.restart(random_.chance(0.5)).has_value());
    for (size_t i = 0; i < cases_.size(); ++i) compare(cases_[i], fmt::format("v{}", i));
  }

  void compare(const Case& one, const std::string& view) {
    Rows expected = one.rows(world_);
    std::sort(expected.begin(), expected.end());
    const Rows ours = graph_.rows(view);
    if (expected != ours) return fail(one, difference(expected, ours));
    const int64_t late = one.late ? one.late(world_) : 0;
    if (one.late && late != graph_.late_rows(view))
      return fail(one, fmt::format("  {} late rows, not {}\n", graph_.late_rows(view), late));
    ++tally_.passed;
  }

  void fail(const Case& one, const std::string& text) {
    ++tally_.failed;
    const bool on_close = one.emit == catalog::EmitMode::kOnClose;
    fmt::print("FAILED (seed {}, epoch {}) {}, emit {}, retain {}\n  {}\n{}", tally_.seed, epoch_,
               one.name, on_close ? "on_close" : "on_change", one.retain, one.sql, text);
  }

  Random& random_;
  Tally& tally_;
  const catalog::Catalog catalog_ = make_catalog();
  differ::RunningGraph graph_{catalog_};
  std::vector<Case> cases_;
  World world_;
  Seconds greatest_[2] = {reference::kNone, reference::kNone};
  int64_t next_id_ = 1;
  int epoch_ = 0;
};

}  // namespace

int run(int argc, char** argv) {
  Tally tally;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--seed") tally.seed = std::stoull(argv[i + 1]);
    if (option == "--rounds") tally.rounds = std::stoi(argv[i + 1]);
    if (option == "--only") tally.only = argv[i + 1];
  }
  Random random(tally.seed);
  for (int i = 0; i < tally.rounds && tally.failed < 10; ++i) Round(random, tally).run();
  fmt::print("{} passed, {} failed\n", tally.passed, tally.failed);
  return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}

}  // namespace weir::streaming

int main(int argc, char** argv) { return weir::streaming::run(argc, argv); }
