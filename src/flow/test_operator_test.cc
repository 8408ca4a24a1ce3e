#include "flow/test_operator.h"

#include <gtest/gtest.h>

#include <fmt/core.h>

#include "expr/function.h"
#include "plan/build.h"

namespace weir::flow {

TestOperator::TestOperator(plan::NodePtr node) : node_(std::move(node)) { make(); }

void TestOperator::make() {
  Result<std::unique_ptr<Operator>> made = make_operator(*node_, {});
  EXPECT_TRUE(made.has_value()) << made.error().to_string();
  op_ = std::move(*made);
  arrangements_.clear();
  std::vector<const Arrangement*> read;
  for (const ArrangementSpec& spec : arrangements_of(*node_, {})) {
    const Schema& schema = node_->inputs[arrangements_.size()]->schema;
    arrangements_.push_back(std::make_unique<Arrangement>(schema, spec));
    read.push_back(arrangements_.back().get());
  }
  op_->read(read);
}

std::vector<state::TableBase*> TestOperator::tables() {
  std::vector<state::TableBase*> tables = op_->tables();
  for (const auto& arrangement : arrangements_) {
    for (state::TableBase* table : arrangement->tables()) tables.push_back(table);
  }
  return tables;
}

void TestOperator::push(int port, const Lines& rows) {
  std::vector<std::pair<std::string, int64_t>> weighted;
  for (const std::string& row : rows) weighted.emplace_back(row.substr(1), row[0] == '-' ? -1 : 1);
  push(port, weighted);
}

void TestOperator::push(int port, const std::vector<std::pair<std::string, int64_t>>& rows) {
  BatchBuilder builder(operator_inputs(*node_)[static_cast<size_t>(port)]->schema);
  for (const auto& [row, weight] : rows) append_line(builder, row, weight);
  if (builder.empty()) return;
  if (arrangements_.empty()) return op_->push(port, builder.finish(), context(), *this);
  HandOn hand_on(*this, port);
  arrangements_[static_cast<size_t>(port)]->push(0, builder.finish(), context(), hand_on);
}

void TestOperator::finish() {
  op_->finish(context(), *this);
  change_ = std::exchange(pending_, {});
  std::erase_if(change_, [](const auto& entry) { return entry.second == 0; });
  for (const auto& [row, n] : change_) {
    rows_[row] += n;
    EXPECT_GE(rows_[row], 0) << row;
  }
  std::erase_if(rows_, [](const auto& entry) { return entry.second == 0; });
  for (state::TableBase* table : tables()) table->clear_dirty();
}

void TestOperator::restart() {
  std::vector<std::string> bytes;
  for (state::TableBase* table : tables()) table->write_all(bytes.emplace_back());
  make();
  size_t at = 0;
  for (state::TableBase* table : tables()) {
    ASSERT_TRUE(table->apply(bytes[at++]).has_value());
  }
}

Lines TestOperator::change() const {
  Lines lines;
  for (const auto& [row, n] : change_) {
    const std::string times = std::abs(n) == 1 ? "" : fmt::format("{}x ", std::abs(n));
    lines.push_back((n < 0 ? "-" : "+") + times + row);
  }
  return lines;
}

uint64_t TestOperator::state_entries() {
  uint64_t entries = 0;
  for (state::TableBase* table : tables()) entries += table->size();
  return entries;
}

void TestOperator::emit(Batch batch) {
  for (uint32_t i = 0; i < batch.rows; ++i) pending_[line_of(batch, i)] += batch.weight(i);
}

void TestOperator::dead(const Schema&, const Batch& batch, const RowError& error) {
  if (batch.weight(error.row) > 0) dead_.push_back(error.sqlstate);
}

plan::NodePtr test_scan(const std::string& relation, const std::vector<Field>& fields,
                        bool append_only) {
  catalog::StreamDefinition stream;
  stream.name = relation;
  stream.schema.fields = fields;
  stream.mode = append_only ? catalog::SourceMode::kAppend : catalog::SourceMode::kUpsert;
  std::vector<uint32_t> columns;
  for (uint32_t i = 0; i < fields.size(); ++i) columns.push_back(i);
  return plan::make_scan(relation, stream.schema, &stream, columns);
}

expr::ExprPtr test_call(const std::string& name, std::vector<expr::ExprPtr> args) {
  std::vector<Type> types;
  for (const expr::ExprPtr& arg : args) types.push_back(arg->type);
  const Result<expr::Resolved> resolved = expr::resolve_function(name, types);
  EXPECT_TRUE(resolved.has_value()) << name;
  return expr::call(*resolved->function, std::move(args), resolved->result);
}

std::vector<std::string> split_row(const std::string& row) {
  std::vector<std::string> parts(1);
  for (const char c : row) {
    if (c == '|') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string stamp_of(int64_t seconds) {
  return fmt::format("2026-01-01 00:{:02}:{:02}", seconds / 60, seconds % 60);
}

int64_t seconds_of(const std::string& stamp) {
  return std::stoll(stamp.substr(14, 2)) * 60 + std::stoll(stamp.substr(17, 2));
}

namespace {

using Rows = std::vector<std::pair<std::string, int64_t>>;

// The inputs of a trial: what was pushed so far.
class Inputs {
 public:
  Inputs(const Trial& trial, uint32_t seed)
      : trial_(trial), random_(seed), counts_(operator_inputs(*trial.node).size()) {}

  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_() % n); }
  const std::vector<Counts>& counts() const { return counts_; }
  int any_port() { return static_cast<int>(below(static_cast<uint32_t>(counts_.size()))); }

  Rows next(int port) {
    Rows rows;
    for (uint32_t n = 1 + below(6); n > 0; --n) {
      rows.emplace_back(trial_.row(random_, port), 1 + below(2));
      if (!trial_.append_only && below(2) == 0) rows.back().second *= -1;
    }
    return counted(port, std::move(rows));
  }
  // What makes an end of rows that stand less often than never, beside a row that does not stay;
  // now and then all rows go.
  Rows last(int port) {
    Rows rows;
    const bool all = !trial_.append_only && below(20) == 0;
    for (const auto& [row, n] : counts_[static_cast<size_t>(port)]) {
      if (n < 0 || all) rows.emplace_back(row, -n);
    }
    if (trial_.append_only || rows.empty()) return counted(port, std::move(rows));
    rows.emplace(rows.begin(), trial_.row(random_, port), 1);
    rows.emplace_back(rows.front().first, -1);
    return counted(port, std::move(rows));
  }

 private:
  Rows counted(int port, Rows rows) {
    Counts& counts = counts_[static_cast<size_t>(port)];
    for (const auto& [row, n] : rows) counts[row] += n;
    std::erase_if(counts, [](const auto& entry) { return entry.second == 0; });
    return rows;
  }

  const Trial& trial_;
  std::mt19937 random_;
  std::vector<Counts> counts_;
};

}  // namespace

void expect_naive_results(const Trial& trial, uint32_t seed) {
  TestOperator op(trial.node);
  Inputs inputs(trial, seed);
  Micros now = trial.start;
  for (int epoch = 0; epoch < 120; ++epoch) {
    if (trial.most_per_epoch > 0) {
      now += inputs.below(static_cast<uint32_t>(trial.most_per_epoch) + 1);
      op.begin(now);
    }
    for (uint32_t pushes = inputs.below(5); pushes > 0; --pushes) {
      const int port = inputs.any_port();
      op.push(port, inputs.next(port));
    }
    for (size_t port = 0; port < inputs.counts().size(); ++port) {
      op.push(static_cast<int>(port), inputs.last(static_cast<int>(port)));
    }
    op.finish();
    const Counts expected = trial.naive(inputs.counts(), now);
    ASSERT_EQ(op.rows(), expected) << "seed " << seed << ", epoch " << epoch;
    if (inputs.below(4) == 0) op.restart();
  }
}

}  // namespace weir::flow
