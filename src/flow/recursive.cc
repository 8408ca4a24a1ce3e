#include "flow/recursive.h"

#include <map>
#include <set>

#include <fmt/core.h>

#include "flow/graph.h"
#include "flow/keyed_rows.h"
#include "plan/build.h"
#include "plan/walk.h"
#include "state/index.h"

namespace weir::flow {

namespace {

constexpr uint64_t kMostRounds = 100'000;
constexpr int64_t kMostRows = 5'000'000;

using Rows = std::map<std::string, int64_t>;  // row encoding -> weight
using Names = std::set<std::string>;

// Scans of what is outside, each once: not of the working tables of this recursion (`own`) and of
// those in its step.
void collect_scans(const plan::NodePtr& step, const std::string& own,
                   std::vector<plan::NodePtr>& out) {
  Names inside{own};
  plan::for_each_node(*step, [&](const plan::Node& node) {
    if (node.kind == plan::NodeKind::kRecursive)
      inside.insert(std::get<plan::RecursiveSpec>(node.spec).relation);
  });
  const auto collect = [&](const plan::NodePtr& node) {
    if (node->kind != plan::NodeKind::kScan) return;
    if (inside.contains(std::get<plan::ScanSpec>(node->spec).relation)) return;
    const bool known = std::any_of(out.begin(), out.end(),
                                   [&](const auto& other) { return other->hash == node->hash; });
    if (!known) out.push_back(node);
  };
  collect(step);
  plan::for_each_node(*step, [&](const plan::Node& node) {
    for (const plan::NodePtr& input : node.inputs) collect(input);
  });
}

std::string port_name(size_t port) { return fmt::format("#{}", port); }

// The step with the scans of what is outside as scans of the operator's ports.
plan::NodePtr over_ports(const plan::NodePtr& step, const std::vector<plan::NodePtr>& ports) {
  return plan::rewrite_nodes(step, [&](const plan::NodePtr& node,
                                       std::vector<plan::NodePtr> inputs) -> plan::NodePtr {
    if (!inputs.empty()) return plan::with_inputs(*node, std::move(inputs));
    if (node->kind != plan::NodeKind::kScan) return node;
    for (size_t port = 1; port < ports.size(); ++port) {
      if (ports[port]->hash != node->hash) continue;
      auto scan = std::make_shared<plan::Node>(*node);
      plan::ScanSpec spec{port_name(port), {}};
      for (uint32_t i = 0; i < node->schema.size(); ++i) spec.columns.push_back(i);
      scan->spec = std::move(spec);
      return scan;
    }
    return node;
  });
}

class Recursive final : public Operator, private ViewSideOutput {
 public:
  Recursive(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.schema),
        spec_(std::get<plan::RecursiveSpec>(node.spec)),
        ports_(recursive_inputs(node)),
        inputs_(ports_.size()),
        pending_(ports_.size()) {
    for (uint32_t i = 0; i < schema_.size(); ++i) columns_.push_back(i);
    view_.definition.name = "step of " + spec_.relation;
    view_.definition.on_error = options.on_error;
    view_.root = over_ports(node.inputs[1], ports_);
  }

  Status link() { return step_.add_view(view_); }

  void push(int port, const Batch& delta, const EpochContext&, Output&) override {
    restore();
    const auto at = static_cast<size_t>(port);
    RowBytes rows;
    encode_rows(delta, rows);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      bool inserted = false;
      const uint32_t id = inputs_[at].find_or_insert(rows[i], &inserted);
      inputs_[at].touch(id);
      inputs_[at].value(id).n += delta.weight(i);
      if (inputs_[at].value(id).n == 0) inputs_[at].erase(id);
    }
    if (port > 0) pending_[at].push_back(delta);
    touched_ = true;
  }

  void finish(const EpochContext& epoch, Output& out) override {
    restore();
    const std::optional<Micros> wake = step_.next_wake();
    if (!touched_ && (!wake || *wake > epoch.now)) return;
    touched_ = false;
    epoch_ = &epoch;
    const Rows result = fixpoint();
    epoch_ = nullptr;
    emit_difference(result, out);
  }

  std::vector<state::TableBase*> tables() override {
    std::vector<state::TableBase*> tables{&result_, &told_};
    for (state::Table<state::Weight>& input : inputs_) tables.push_back(&input);
    return tables;
  }
  std::optional<Micros> next_wake() override {
    restore();
    return step_.next_wake();
  }

 private:
  static constexpr uint32_t kNone = state::Table<state::Weight>::kNone;

  // After recovery the step has to see what stands outside.
  void restore() {
    if (restored_) return;
    restored_ = true;
    for (size_t port = 1; port < ports_.size(); ++port) {
      const Rows rows = rows_of(inputs_[port]);
      if (!rows.empty()) pending_[port].push_back(batch_of(rows, ports_[port]->schema));
    }
  }

  static Rows rows_of(const state::Table<state::Weight>& table) {
    Rows rows;
    table.for_each([&](uint32_t id) { rows[std::string(table.key(id))] = table.value(id).n; });
    return rows;
  }
  static Batch batch_of(const Rows& rows, const Schema& schema) {
    BatchBuilder builder(schema);
    for (const auto& [row, n] : rows) append_row(builder, row, n);
    return builder.finish();
  }

  Rows fixpoint() {
    std::set<std::string, std::less<>> known;
    Rows working = added(rows_of(inputs_[0]), known);
    Rows result = working;
    int64_t total = count(working);
    advance({}, working);
    for (uint64_t round = 1; !working.empty() && !epoch_->is_cancelled(); ++round) {
      Rows next = added(step_rows_, known);
      total += count(next);
      if (round > kMostRounds || total > kMostRows) {
        fail(working);
        advance(working, {});
        return {};
      }
      for (const auto& [row, n] : next) result[row] += n;
      advance(working, next);
      working = std::move(next);
    }
    return result;
  }

  // UNION: those that are not known yet, once each.
  Rows added(const Rows& rows, std::set<std::string, std::less<>>& known) const {
    if (!spec_.distinct) return rows;
    RowBytes keys;
    encode_keys(batch_of(rows, schema_), ascending(columns_), keys);
    Rows fresh;
    uint32_t at = 0;
    for (const auto& [row, n] : rows) {
      if (known.emplace(keys[at++]).second) fresh[row] = 1;
    }
    return fresh;
  }

  static int64_t count(const Rows& rows) {
    int64_t sum = 0;
    for (const auto& [row, n] : rows) sum += n;
    return sum;
  }

  // One epoch of the inner graph: the working table becomes another one.
  void advance(const Rows& from, const Rows& to) {
    step_.begin(epoch_->epoch, epoch_->now, {}, *this);
    for (size_t port = 1; port < ports_.size(); ++port) {
      for (const Batch& batch : pending_[port]) step_.push(port_name(port), batch);
      pending_[port].clear();
    }
    if (!from.empty()) {
      step_.push(spec_.relation, with_weights_negated(batch_of(from, schema_)));
    }
    if (!to.empty()) step_.push(spec_.relation, batch_of(to, schema_));
    step_.finish({});
    const Batch change = step_.take_change(view_.definition.name);
    step_.clear_dirty();
    RowBytes rows;
    encode_rows(change, rows);
    for (uint32_t i = 0; i < change.rows; ++i) {
      const auto at = step_rows_.try_emplace(std::string(rows[i]), 0).first;
      at->second += change.weight(i);
      if (at->second == 0) step_rows_.erase(at);
    }
  }

  void emit_difference(const Rows& result, Output& out) {
    BatchBuilder builder(schema_);
    result_.for_each([&](uint32_t id) {
      const std::string row(result_.key(id));
      if (result.contains(row)) return;
      append_row(builder, row, -result_.value(id).n);
      result_.erase(id);
    });
    for (const auto& [row, n] : result) {
      bool inserted = false;
      const uint32_t id = result_.find_or_insert(row, &inserted);
      int64_t& before = result_.value(id).n;
      if (before == n) continue;
      append_row(builder, row, n - before);
      result_.touch(id);
      before = n;
    }
    if (!builder.empty()) out.emit(builder.finish());
  }

  void fail(const Rows& working) {
    RowErrors errors;
    add_row_error(errors, 0, "54001",
                  fmt::format("recursion does not end within {} rounds and {} rows", kMostRounds,
                              kMostRows));
    tell(schema_, batch_of(working, schema_), errors[0]);
  }

  // Every epoch evaluates the same rows again: what is told is told once.
  void tell(const Schema& schema, const Batch& batch, const RowError& error) {
    if (batch.weight(error.row) <= 0) return;
    std::string what(error.sqlstate);
    encode_row(batch, error.row, what);
    bool inserted = false;
    told_.find_or_insert(what, &inserted);
    if (inserted) epoch_->side.dead(schema, batch, error);
  }
  void dead(const std::string&, const Schema& schema, const Batch& batch,
            const RowError& error) override {
    tell(schema, batch, error);
  }
  void late(const std::string&, const Schema& schema, LateRow row) override {
    epoch_->side.late(schema, std::move(row));
  }

  const Schema schema_;
  const plan::RecursiveSpec spec_;
  const std::vector<plan::NodePtr> ports_;
  std::vector<uint32_t> columns_;
  plan::View view_;
  Graph step_;
  Rows step_rows_;  // what the step answers over the working table
  state::Table<state::Weight> result_;
  state::Table<state::Weight> told_;
  std::vector<state::Table<state::Weight>> inputs_;
  std::vector<std::vector<Batch>> pending_;  // of a port, for the step
  const EpochContext* epoch_ = nullptr;
  bool restored_ = false;
  bool touched_ = false;
};

}  // namespace

std::vector<plan::NodePtr> recursive_inputs(const plan::Node& node) {
  std::vector<plan::NodePtr> inputs{node.inputs[0]};
  std::vector<plan::NodePtr> scans;
  collect_scans(node.inputs[1], std::get<plan::RecursiveSpec>(node.spec).relation, scans);
  inputs.insert(inputs.end(), scans.begin(), scans.end());
  return inputs;
}

Result<std::unique_ptr<Operator>> make_recursive(const plan::Node& node,
                                                 const OperatorOptions& options) {
  auto recursive = std::make_unique<Recursive>(node, options);
  TRY_VOID(recursive->link());
  return std::unique_ptr<Operator>(std::move(recursive));
}

}  // namespace weir::flow
