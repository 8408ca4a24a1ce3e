// Stages are the nodes of the running graph. Every edit links all stages anew from the list of
// views, taking operators out of a pool by their id where they exist already; so adding, removing
// and grafting are one piece of code, and a stage's place in the order never needs to be patched.
#include "flow/graph.h"

#include <set>
#include <utility>

#include <fmt/core.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "flow/arrangement.h"
#include "flow/consolidate.h"
#include "flow/gate.h"
#include "plan/closing.h"
#include "plan/walk.h"

namespace weir::flow {

namespace {

using Pool = std::map<uint64_t, std::unique_ptr<Operator>>;

struct Stage;
struct Edge {
  Stage* to = nullptr;
  int port = 0;
};

// A stage tells its own rows' errors under the view that it belongs to.
class StageSide final : public SideOutput {
 public:
  StageSide(std::string view, ViewSideOutput*& side) : view_(std::move(view)), side_(side) {}
  void dead(const Schema& schema, const Batch& batch, const RowError& error) override {
    side_->dead(view_, schema, batch, error);
  }
  void late(const Schema& schema, LateRow row) override {
    side_->late(view_, schema, std::move(row));
  }

 private:
  const std::string view_;
  ViewSideOutput*& side_;
};

uint64_t row_count(const Batch& batch) {
  if (!batch.weights) return batch.rows;
  uint64_t rows = 0;
  for (uint32_t row = 0; row < batch.rows; ++row) {
    rows += static_cast<uint64_t>(std::abs(batch.weight(row)));
  }
  return rows;
}

// Operators call one another: the time goes to the one that was entered last.
class Meter {
 public:
  explicit Meter(Clock& clock) : clock_(clock) {}
  OperatorProfile* enter(OperatorProfile* profile) {
    const int64_t now = clock_.monotonic_nanos();
    if (current_) current_->nanos += now - since_;
    since_ = now;
    return std::exchange(current_, profile);
  }

 private:
  Clock& clock_;
  OperatorProfile* current_ = nullptr;
  int64_t since_ = 0;
};

struct Measured {
  Meter* meter = nullptr;
  OperatorProfile profile;
};

struct Stage final : public Output {
  uint64_t id = 0;
  std::unique_ptr<Operator> op;               // null: a scan
  std::optional<plan::ScanSpec> scan;
  std::vector<Edge> edges;                    // in the order of the stages: see arrangement.h
  std::vector<const Arrangement*> reads;      // by port, where its inputs are arranged
  std::vector<std::string> older_ids;         // of an arrangement: as its readers' own table
  std::vector<std::vector<Batch>*> outputs;   // of the views whose root it is
  std::set<std::string> relations;            // pushed from outside, below it
  std::unique_ptr<StageSide> side;
  std::optional<EpochContext> epoch;
  std::unique_ptr<Measured> measured;         // null: nobody asks

  void emit(Batch batch) override {
    if (measured) measured->profile.rows_out += row_count(batch);
    for (const Edge& edge : edges) edge.to->receive(edge.port, batch);
    for (std::vector<Batch>* output : outputs) output->push_back(batch);
  }
  void receive(int port, const Batch& batch) {
    if (batch.rows == 0 || epoch->is_cancelled()) return;
    if (!measured) return take(port, batch);
    measured->profile.rows_in += row_count(batch);
    OperatorProfile* const before = measured->meter->enter(&measured->profile);
    take(port, batch);
    measured->meter->enter(before);
  }
  void take(int port, const Batch& batch) {
    if (op) {
      op->push(port, batch, *epoch, *this);
    } else {
      emit(scanned(batch));
    }
  }
  void finish() {
    if (!op || epoch->is_cancelled()) return;
    OperatorProfile* const before =
        measured ? measured->meter->enter(&measured->profile) : nullptr;
    op->finish(*epoch, *this);
    if (measured) measured->meter->enter(before);
  }
  Batch scanned(const Batch& batch) const {
    Batch out;
    out.rows = batch.rows;
    out.weights = batch.weights;
    out.watermarks = batch.watermarks;
    for (const uint32_t column : scan->columns) out.columns.push_back(batch.columns[column]);
    return out;
  }
};

struct ViewState {
  plan::View view;
  std::vector<Batch> output;
};

}  // namespace

struct Graph::Rep {
  std::vector<std::unique_ptr<ViewState>> views;      // in dependency order
  std::vector<std::unique_ptr<Stage>> stages;         // inputs before what reads them
  std::map<uint64_t, Stage*> by_id;
  std::map<const plan::Node*, Stage*> of_nodes;
  std::unique_ptr<Meter> meter;
  std::map<std::string, Stage*> roots;
  std::map<std::string, std::vector<Stage*>> scans;   // of relations from outside
  ViewSideOutput* side = nullptr;

  // Of one view while it is linked.
  struct Linking {
    const plan::View& view;
    plan::ClosingPlace place;
    Closing closing;
    Pool& pool;
    std::map<const plan::Node*, plan::InputExpiries> expiries = {};
    std::set<std::string> closed_by = {};
    std::map<const plan::Node*, Stage*> linked = {};  // a node may stand in several places
  };

  Status link(Pool pool);
  Result<Stage*> link_view(ViewState& state, Pool& pool);
  Result<Stage*> link_node(const plan::Node& node, Linking& linking);
  Result<Stage*> link_operator(const plan::Node& node, Linking& linking);
  Stage* link_scan(const plan::Node& node, Linking& linking);
  std::vector<Stage*> link_arrangements(const plan::Node& node, const OperatorOptions& options,
                                        const std::vector<Stage*>& inputs, Linking& linking);
  void collect_relations(const plan::Node& root, std::set<std::string>& out) const;
  Stage* add_stage(uint64_t id, std::unique_ptr<Operator> op, Linking& linking,
                   const std::vector<Stage*>& inputs);
  Pool take_operators();
  Micros least(const Stage& stage, const RelationWatermarks& watermarks) const;
  ViewState* find(const std::string& name) const;
};

namespace {

std::string table_id(const Stage& stage, size_t ordinal) {
  return fmt::format("{:016x}.{}", stage.id, ordinal);
}

uint64_t stage_id(std::string_view what, uint64_t hash, const std::vector<Stage*>& inputs,
                  const OperatorOptions& options) {
  std::string bytes(what);
  ByteWriter w(bytes);
  w.le(hash);
  for (const Stage* input : inputs) w.le(input->id);
  w.le(static_cast<uint8_t>(options.on_error));
  if (options.closing) {
    w.le<uint8_t>(options.closing->on_close);
    w.le(options.closing->retain.value_or(-1));
    w.le(options.closing->column);
    w.le(Micros{0});  // of ids that folders have
    w.raw(options.closing->ending.text());
  }
  for (const std::optional<plan::Expiry>& expiry : options.expiries) {
    w.le<uint8_t>(expiry.has_value());
    if (!expiry) continue;
    w.le(expiry->column);
    w.raw(expiry->ending.text());
    w.le(expiry->late);
    w.le(expiry->keep);
  }
  for (const std::string& relation : options.closed_by) w.string(relation);
  return hash64(bytes);
}

}  // namespace

ViewState* Graph::Rep::find(const std::string& name) const {
  for (const auto& state : views) {
    if (state->view.definition.name == name) return state.get();
  }
  return nullptr;
}

Pool Graph::Rep::take_operators() {
  Pool pool;
  for (const auto& stage : stages) {
    if (stage->op) pool.emplace(stage->id, std::move(stage->op));
  }
  return pool;
}

Status Graph::Rep::link(Pool pool) {
  stages.clear();
  by_id.clear();
  of_nodes.clear();
  roots.clear();
  scans.clear();
  for (const auto& state : views) {
    Stage* root = TRY(link_view(*state, pool));
    root->outputs.push_back(&state->output);
    roots[state->view.definition.name] = root;
  }
  return {};
}

Result<Stage*> Graph::Rep::link_view(ViewState& state, Pool& pool) {
  const plan::View& view = state.view;
  Linking linking{view, {}, {}, pool};
  const bool on_close = view.definition.emit == catalog::EmitMode::kOnClose;
  if (view.close_column && (on_close || view.definition.retain)) {
    linking.closing = {on_close, view.definition.retain, *view.close_column, view.close_ending};
    linking.place = plan::closing_place(*view.root, {*view.close_column, view.close_ending});
    const Micros retained = on_close ? 0 : *view.definition.retain;
    linking.expiries = plan::find_expiries(
        *view.root, {*view.close_column, view.close_ending}, retained);
    // What the closing operator is told of.
    const plan::Node* closes = linking.place.aggregate ? linking.place.aggregate : view.root.get();
    if (!linking.expiries.empty()) collect_relations(*closes, linking.closed_by);
  }
  Stage* root = TRY(link_node(*view.root, linking));
  if ((!on_close && !view.definition.retain) || linking.place.aggregate) return root;
  if (!view.close_column) {
    return Error(ErrorKind::kInvalidProject, 1291,
                 fmt::format("view \"{}\" has no time column to close by",
                             view.definition.name));
  }
  const OperatorOptions options{view.definition.on_error, linking.closing};
  return add_stage(stage_id("gate", view.root->hash, {root}, options),
                   make_gate(view.root->schema, linking.closing), linking, {root});
}

Stage* Graph::Rep::link_scan(const plan::Node& node, Linking& linking) {
  const auto& spec = std::get<plan::ScanSpec>(node.spec);
  const auto of_view = roots.find(spec.relation);
  const std::vector<Stage*> inputs =
      of_view == roots.end() ? std::vector<Stage*>() : std::vector<Stage*>{of_view->second};
  const uint64_t id = stage_id("scan", node.hash, inputs, {});
  if (const auto known = by_id.find(id); known != by_id.end()) return known->second;
  Stage* stage = add_stage(id, nullptr, linking, inputs);
  stage->scan = spec;
  if (of_view == roots.end()) {
    scans[spec.relation].push_back(stage);
    stage->relations.insert(spec.relation);
  }
  return stage;
}

Result<Stage*> Graph::Rep::link_node(const plan::Node& node, Linking& linking) {
  if (const auto known = linking.linked.find(&node); known != linking.linked.end()) {
    return known->second;
  }
  const bool scans = node.kind == plan::NodeKind::kScan;
  Stage* stage = scans ? link_scan(node, linking) : TRY(link_operator(node, linking));
  linking.linked[&node] = of_nodes[&node] = stage;
  return stage;
}

Result<Stage*> Graph::Rep::link_operator(const plan::Node& node, Linking& linking) {
  std::vector<Stage*> inputs;
  for (const plan::NodePtr& input : operator_inputs(node)) {
    inputs.push_back(TRY(link_node(*input, linking)));
  }
  OperatorOptions options{linking.view.definition.on_error, {}};
  if (&node == linking.place.aggregate) {
    options.closing = linking.closing;
    options.closing->column = linking.place.column;
    options.closing->ending = linking.place.ending;
  }
  if (&node == linking.place.session) {
    options.closing = linking.closing;
    options.closing->ending = {};
  }
  if (const auto known = linking.expiries.find(&node); known != linking.expiries.end()) {
    options.expiries = known->second;
    options.closed_by = linking.closed_by;
  }
  const uint64_t id = stage_id("node", node.hash, inputs, options);
  if (const auto known = by_id.find(id); known != by_id.end()) return known->second;
  std::unique_ptr<Operator> op;
  if (const auto pooled = linking.pool.find(id); pooled != linking.pool.end()) {
    op = std::move(pooled->second);
  } else {
    op = TRY(make_operator(node, options));
  }
  const std::vector<Stage*> arranged = link_arrangements(node, options, inputs, linking);
  Stage* stage = add_stage(id, std::move(op), linking, arranged.empty() ? inputs : arranged);
  stage->relations.insert(options.closed_by.begin(), options.closed_by.end());
  for (size_t port = 0; port < arranged.size(); ++port) {
    stage->reads.push_back(static_cast<const Arrangement*>(arranged[port]->op.get()));
    arranged[port]->older_ids.push_back(table_id(*stage, port));
  }
  if (!arranged.empty()) stage->op->read(stage->reads);
  return stage;
}

// An input that is joined with itself is arranged twice: the second turn meets what the first has
// added.
std::vector<Stage*> Graph::Rep::link_arrangements(const plan::Node& node,
                                                  const OperatorOptions& options,
                                                  const std::vector<Stage*>& inputs,
                                                  Linking& linking) {
  std::vector<Stage*> arranged;
  for (const ArrangementSpec& spec : arrangements_of(node, options)) {
    const size_t port = arranged.size();
    OperatorOptions closing;
    if (spec.expiry) closing.closed_by = options.closed_by;
    uint64_t id = stage_id("arrange", hash_of(spec), {inputs[port]}, closing);
    if (port > 0 && arranged[0]->id == id) {
      id = stage_id("arrange again", hash_of(spec), {inputs[port]}, closing);
    }
    if (const auto known = by_id.find(id); known != by_id.end()) {
      arranged.push_back(known->second);
      continue;
    }
    auto op = std::make_unique<Arrangement>(node.inputs[port]->schema, spec);
    arranged.push_back(add_stage(id, std::move(op), linking, {inputs[port]}));
    arranged.back()->relations.insert(closing.closed_by.begin(), closing.closed_by.end());
  }
  return arranged;
}

// From outside, below a node: what its scans read, but for the working tables of recursions.
void Graph::Rep::collect_relations(const plan::Node& root, std::set<std::string>& out) const {
  std::set<std::string> scanned;
  plan::for_each_node(root, [&](const plan::Node& node) {
    if (node.kind == plan::NodeKind::kScan)
      scanned.insert(std::get<plan::ScanSpec>(node.spec).relation);
  });
  plan::for_each_node(root, [&](const plan::Node& node) {
    if (node.kind == plan::NodeKind::kRecursive)
      scanned.erase(std::get<plan::RecursiveSpec>(node.spec).relation);
  });
  for (const std::string& relation : scanned) {
    const auto of_view = roots.find(relation);
    if (of_view == roots.end()) {
      out.insert(relation);
    } else {
      out.insert(of_view->second->relations.begin(), of_view->second->relations.end());
    }
  }
}

Stage* Graph::Rep::add_stage(uint64_t id, std::unique_ptr<Operator> op, Linking& linking,
                             const std::vector<Stage*>& inputs) {
  if (const auto pooled = linking.pool.find(id);
      op && pooled != linking.pool.end() && pooled->second) {
    op = std::move(pooled->second);
  }
  auto stage = std::make_unique<Stage>();
  stage->id = id;
  stage->op = std::move(op);
  stage->side = std::make_unique<StageSide>(linking.view.definition.name, side);
  for (size_t port = 0; port < inputs.size(); ++port) {
    inputs[port]->edges.push_back({stage.get(), static_cast<int>(port)});
    stage->relations.insert(inputs[port]->relations.begin(), inputs[port]->relations.end());
  }
  by_id[id] = stage.get();
  stages.push_back(std::move(stage));
  return stages.back().get();
}

Micros Graph::Rep::least(const Stage& stage, const RelationWatermarks& watermarks) const {
  Micros least = kEndOfTime;
  for (const std::string& relation : stage.relations) {
    const auto it = watermarks.find(relation);
    least = std::min(least, it == watermarks.end() ? kNoWatermark : it->second);
  }
  return least == kHoldsNothingBack ? kNoWatermark : least;
}

Graph::Graph() : rep_(std::make_unique<Rep>()) {}
Graph::~Graph() = default;
Graph::Graph(Graph&&) noexcept = default;
Graph& Graph::operator=(Graph&&) noexcept = default;

Status Graph::add_view(const plan::View& view) {
  WEIR_CHECK(!has_view(view.definition.name));
  rep_->views.push_back(std::make_unique<ViewState>(ViewState{view, {}}));
  return rep_->link(rep_->take_operators());
}

void Graph::remove_view(const std::string& name) {
  std::erase_if(rep_->views,
                [&](const auto& state) { return state->view.definition.name == name; });
  const Status linked = rep_->link(rep_->take_operators());
  WEIR_CHECK(linked.has_value());  // it was linked with more views before
}

bool Graph::has_view(const std::string& name) const { return rep_->find(name) != nullptr; }

std::vector<std::string> Graph::views() const {
  std::vector<std::string> names;
  for (const auto& state : rep_->views) names.push_back(state->view.definition.name);
  return names;
}

uint64_t Graph::root_id(const std::string& view) const { return rep_->roots.at(view)->id; }

std::map<std::string, std::vector<uint32_t>> Graph::relations() const {
  std::map<std::string, std::vector<uint32_t>> columns;
  for (const auto& [relation, stages] : rep_->scans) {
    std::set<uint32_t> read;
    for (const Stage* stage : stages)
      read.insert(stage->scan->columns.begin(), stage->scan->columns.end());
    columns[relation].assign(read.begin(), read.end());
  }
  return columns;
}

void Graph::begin(Epoch epoch, Micros now, const RelationWatermarks& watermarks,
                  ViewSideOutput& side) {
  rep_->side = &side;
  for (const auto& state : rep_->views) state->output.clear();
  for (const auto& stage : rep_->stages) {
    const Micros mark = rep_->least(*stage, watermarks);
    stage->epoch.emplace(EpochContext{epoch, now, mark, mark, *stage->side});
  }
}

void Graph::stop_when(const std::atomic<bool>& cancelled) {
  for (const auto& stage : rep_->stages) stage->epoch->cancelled = &cancelled;
}

void Graph::push(const std::string& relation, const Batch& delta) {
  const auto it = rep_->scans.find(relation);
  if (it == rep_->scans.end()) return;
  for (Stage* stage : it->second) stage->receive(0, delta);
}

void Graph::finish(const RelationWatermarks& watermarks) {
  for (const auto& stage : rep_->stages) {
    stage->epoch->next_watermark = rep_->least(*stage, watermarks);
  }
  for (const auto& stage : rep_->stages) {
    stage->finish();
  }
  for (const auto& stage : rep_->stages) {
    if (stage->op) stage->op->leave(*stage->epoch);
  }
}

bool Graph::changed(const std::string& view) const {
  const ViewState* state = rep_->find(view);
  return state && !state->output.empty();
}

Batch Graph::take_change(const std::string& view) {
  ViewState* state = rep_->find(view);
  WEIR_CHECK(state != nullptr);
  if (state->output.size() == 1) {
    Batch only = consolidate(state->output[0]);
    state->output.clear();
    only.watermarks = nullptr;
    return only;
  }
  BatchBuilder builder(state->view.root->schema);
  for (const Batch& batch : state->output) builder.append(batch);
  state->output.clear();
  return consolidate(builder.finish());
}

bool Graph::waits_for_time() const {
  return std::any_of(rep_->stages.begin(), rep_->stages.end(),
                     [](const auto& stage) { return stage->op && stage->op->waits_for_time(); });
}

std::optional<Micros> Graph::next_wake() {
  std::optional<Micros> first;
  for (const auto& stage : rep_->stages) {
    const std::optional<Micros> wake = stage->op ? stage->op->next_wake() : std::nullopt;
    if (wake && (!first || *wake < *first)) first = wake;
  }
  return first;
}

std::vector<NamedTable> Graph::tables() {
  std::vector<NamedTable> tables;
  for (const auto& stage : rep_->stages) {
    if (!stage->op) continue;
    size_t ordinal = stage->reads.size();  // what is read once was its own, and had these ids
    for (state::TableBase* table : stage->op->tables()) {
      tables.push_back({table_id(*stage, ordinal++), table, stage->older_ids});
    }
  }
  return tables;
}

void Graph::clear_dirty() {
  for (const NamedTable& named : tables()) named.table->clear_dirty();
}

uint64_t Graph::byte_size() {
  uint64_t bytes = 0;
  for (const NamedTable& named : tables()) bytes += named.table->byte_size();
  return bytes;
}

void Graph::measure(Clock& clock) {
  rep_->meter = std::make_unique<Meter>(clock);
  for (const auto& stage : rep_->stages) {
    stage->measured = std::make_unique<Measured>(Measured{rep_->meter.get(), {}});
  }
}

std::optional<OperatorProfile> Graph::profile(const plan::Node& node) const {
  const auto found = rep_->of_nodes.find(&node);
  if (found == rep_->of_nodes.end() || !found->second->measured) return std::nullopt;
  OperatorProfile profile = found->second->measured->profile;
  if (!found->second->op) return profile;
  for (state::TableBase* table : found->second->op->tables()) {
    profile.state_rows += table->size();
    profile.state_bytes += table->byte_size();
  }
  return profile;
}

Status Graph::graft(Graph side) {
  Pool pool = rep_->take_operators();
  pool.merge(side.rep_->take_operators());
  for (auto& state : side.rep_->views) {
    if (!has_view(state->view.definition.name)) rep_->views.push_back(std::move(state));
  }
  return rep_->link(std::move(pool));
}

}  // namespace weir::flow
