#include "engine/query.h"

#include <fmt/core.h>

#include "data/row_encoding.h"
#include "flow/graph.h"

namespace weir::engine {

namespace {

// The first error of a row is the error of the query.
class FirstError final : public flow::ViewSideOutput {
 public:
  void dead(const std::string&, const Schema&, const Batch&, const RowError& error) override {
    if (first_) return;
    first_ = Error(ErrorKind::kInvalidData, 1390, error.message).sqlstate(error.sqlstate);
  }
  void late(const std::string&, const Schema&, flow::LateRow) override {}
  std::optional<Error>& first() { return first_; }

 private:
  std::optional<Error> first_;
};

std::vector<uint32_t> repeated_rows(const Batch& batch) {
  std::vector<uint32_t> rows;
  rows.reserve(batch.rows);
  for (uint32_t row = 0; row < batch.rows; ++row) {
    for (int64_t n = 0; n < batch.weight(row); ++n) rows.push_back(row);
  }
  return rows;
}

void sort_rows(const Batch& batch, const std::vector<SortColumn>& order,
               std::vector<uint32_t>& rows) {
  RowBytes keys;
  encode_keys(batch, order, keys);
  std::stable_sort(rows.begin(), rows.end(),
                   [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
}

QueryProfile::Query measured_query(const flow::Graph& graph, const plan::View& view) {
  QueryProfile::Query query = explained_query(view);
  for (QueryProfile::Part& part : query.parts) part.measured = graph.profile(*part.line.node);
  return query;
}

}  // namespace

QueryProfile::Query explained_query(const plan::View& view) {
  QueryProfile::Query query;
  for (plan::ExplainLine& line : plan::explain_lines(view)) {
    const plan::Node& node = *line.node;
    query.parts.push_back({std::move(line), plan::operator_name(node.kind), node.schema,
                           node.properties.append_only, {}});
  }
  query.keys = plan::explain_keys(view);
  return query;
}

Schema visible_schema(const plan::View& view) {
  Schema schema = view.root->schema;
  if (view.visible_columns > 0) schema.fields.resize(view.visible_columns);
  return schema;
}

StatementDescription describe_query(const plan::View& view) {
  return {view.parameters, true, visible_schema(view)};
}

Error cancelled_by_user() {
  return Error(ErrorKind::kCancelled, 1399, "canceling statement due to user request")
      .sqlstate("57014");
}

Result<StatementResult> run_query(const plan::View& view, const std::vector<plan::View>& inlined,
                                  const QueryInput& input) {
  QueryProfile* const profile = input.watch.profile;
  const std::atomic<bool>* const cancelled = input.watch.cancelled;
  const int64_t start = profile ? profile->clock.monotonic_nanos() : 0;
  flow::Graph graph;
  for (const plan::View& one : inlined) TRY_VOID(graph.add_view(one));
  TRY_VOID(graph.add_view(view));
  if (profile) graph.measure(profile->clock);
  FirstError side;
  graph.begin(Epoch(1), input.now, {}, side);
  if (cancelled) graph.stop_when(*cancelled);
  flow::RelationWatermarks end;
  for (const auto& [relation, columns] : graph.relations()) {
    for (const Batch& batch : TRY(input.contents(relation))) graph.push(relation, batch);
    end[relation] = flow::kEndOfTime;
  }
  graph.finish(end);
  if (cancelled && *cancelled) return cancelled_by_user();
  const Batch all = graph.take_change(view.definition.name);
  if (side.first()) return std::move(*side.first());
  std::vector<uint32_t> rows = repeated_rows(all);
  if (!view.order.empty()) sort_rows(all, view.order, rows);
  StatementResult result;
  result.has_rows = true;
  result.schema = visible_schema(view);
  Batch out = gather(all, rows);
  out.weights = nullptr;
  out.columns.resize(result.schema.size());
  result.tag = fmt::format("SELECT {}", out.rows);
  result.batches.push_back(std::move(out));
  if (!profile) return result;
  profile->nanos += profile->clock.monotonic_nanos() - start;
  profile->queries.push_back(measured_query(graph, view));
  for (const plan::View& one : inlined) {
    profile->queries.push_back(measured_query(graph, one));
    profile->queries.back().view = one.definition.name;
  }
  return result;
}

}  // namespace weir::engine
