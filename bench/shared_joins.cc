// What joins of one stream with several tables cost: state and CPU of 1, 10 and 50 of them. Each
// view reads the same columns of the stream and joins them with a table of its own, by one key.
//   shared_joins [ROWS]          rows of the stream; a table has a tenth of them
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>

#include "flow/graph.h"
#include "plan/planner.h"

namespace {

using namespace weir;

class NoSide final : public flow::ViewSideOutput {
  void dead(const std::string&, const Schema&, const Batch&, const RowError&) override {}
  void late(const std::string&, const Schema&, flow::LateRow) override {}
};

const Schema kBids{{{"auction", TypeId::kInt8}, {"price", TypeId::kInt8}}};
const Schema kItems{{{"id", TypeId::kInt8}, {"name", TypeId::kText}}};

catalog::StreamDefinition stream_of(const std::string& name, const Schema& schema) {
  catalog::StreamDefinition stream;
  stream.name = name;
  stream.schema = schema;
  return stream;
}

Batch bids(int64_t from, int64_t to, int64_t items) {
  BatchBuilder builder(kBids);
  for (int64_t i = from; i < to; ++i) {
    builder.column(0).append(i * 7919 % items);
    builder.column(1).append(i);
    builder.end_row(1);
  }
  return builder.finish();
}

Batch items_of(int64_t items) {
  BatchBuilder builder(kItems);
  for (int64_t i = 0; i < items; ++i) {
    builder.column(0).append(i);
    builder.column(1).append_text(fmt::format("item {}", i));
    builder.end_row(1);
  }
  return builder.finish();
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec) / 1e6;
}

flow::Graph graph_of(int joins) {
  catalog::Catalog catalog;
  catalog.add_stream(stream_of("bid", kBids));
  flow::Graph graph;
  for (int i = 0; i < joins; ++i) {
    const std::string item = fmt::format("item{}", i);
    catalog.add_stream(stream_of(item, kItems));
    catalog::ViewDefinition definition;
    definition.name = fmt::format("v{}", i);
    definition.sql = fmt::format(
        "select b.price, i.name from bid b join {} i on b.auction = i.id where i.name < 'item 1'",
        item);
    const Result<plan::View> view = plan::plan_view(definition, catalog);
    if (!view || !graph.add_view(*view)) std::abort();
  }
  return graph;
}

void measure(int joins, int64_t rows) {
  flow::Graph graph = graph_of(joins);
  NoSide side;
  const int64_t items = rows / 10;
  const double begin = cpu_seconds();
  graph.begin(Epoch(1), 0, {}, side);
  for (int i = 0; i < joins; ++i) graph.push(fmt::format("item{}", i), items_of(items));
  graph.finish({});
  graph.clear_dirty();
  for (int64_t at = 0; at < rows; at += 4096) {
    graph.begin(Epoch(2), 0, {}, side);
    graph.push("bid", bids(at, std::min(rows, at + 4096), items));
    graph.finish({});
    for (const std::string& view : graph.views()) graph.take_change(view);
    graph.clear_dirty();
  }
  fmt::print("{:>3} joins  {:>8.1f} MB of state  {:>7.2f} s CPU\n", joins,
             static_cast<double>(graph.byte_size()) / 1e6, cpu_seconds() - begin);
}

}  // namespace

int main(int argc, char** argv) {
  const int64_t rows = argc > 1 ? std::atoll(argv[1]) : 200'000;
  for (const int joins : {1, 10, 50}) measure(joins, rows);
  return 0;
}
