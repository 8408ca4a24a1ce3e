#include "flow/distinct.h"

#include "data/row_encoding.h"
#include "flow/equal_rows.h"
#include "flow/leaving.h"
#include "state/table.h"

namespace weir::flow {

namespace {

class Distinct final : public Operator {
 public:
  Distinct(const plan::Node& node, const OperatorOptions& options)
      : schema_(node.schema), input_(node.schema, options.expiry(0)),
        keys_alone_(node.inputs[0]->properties.append_only && !input_.expires()) {
    for (uint32_t i = 0; i < schema_.size(); ++i) columns_.push_back(i);
    if (!input_.expires()) table_.allow_spill();  // what leaves is named by its id
  }

  void push(int, const Batch& pushed, const EpochContext& epoch, Output& out) override {
    if (keys_alone_) return push_first(pushed, out);
    restore();
    const Batch delta = input_.in_time(pushed, epoch);
    RowBytes keys;
    RowBytes rows;
    encode_keys(delta, ascending(columns_), keys);
    encode_rows(delta, rows);
    table_.fetch(keys, delta.rows);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      bool inserted = false;
      const uint32_t id = table_.find_or_insert(keys[i], &inserted);
      if (inserted && !table_.revived()) leaving_.add(input_.leaves_at(delta, i), id);
      EqualRows& equals = table_.value(id);
      if (before_.try_emplace(id, std::string(equals.representative())).second) {
        order_.push_back(id);
      }
      table_.touch(id);
      equals.add(rows[i], delta.weight(i));
    }
    table_.done();
  }

  void finish(const EpochContext&, Output& out) override {
    BatchBuilder builder(schema_);
    for (const uint32_t id : order_) {
      EqualRows& equals = table_.value(id);
      equals.settle();
      const std::string& old_row = before_[id];
      const std::string new_row(equals.representative());
      if (equals.rows.empty()) table_.erase(id);
      if (old_row == new_row) continue;
      if (!old_row.empty()) emit(builder, old_row, -1);
      if (!new_row.empty()) emit(builder, new_row, 1);
    }
    before_.clear();
    order_.clear();
    if (!builder.empty()) out.emit(builder.finish());
  }

  void leave(const EpochContext& epoch) override {
    restore();
    leaving_.take(epoch.next_watermark, [&](Micros at, uint32_t id) {
      // The row may be gone, and its id another one's.
      if (table_.live(id) && leaves_at(id) == at) table_.erase(id);
    });
  }

  std::vector<state::TableBase*> tables() override { return {&table_}; }

 private:
  // The row that is seen first stays the one that is shown.
  void push_first(const Batch& delta, Output& out) {
    RowBytes keys;
    encode_keys(delta, ascending(columns_), keys);
    std::vector<uint32_t> first;
    table_.fetch(keys, delta.rows);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      bool inserted = false;
      table_.find_or_insert(keys[i], &inserted);
      if (inserted) first.push_back(i);
    }
    table_.done();
    if (first.empty()) return;
    Batch shown = gather(delta, first);
    shown.weights = nullptr;
    shown.watermarks = nullptr;
    out.emit(std::move(shown));
  }

  Micros leaves_at(uint32_t id) const {
    return input_.leaves_at(table_.value(id).rows.front().row);
  }

  // After recovery it follows from the rows when they leave.
  void restore() {
    if (restored_) return;
    restored_ = true;
    if (!input_.expires()) return;
    table_.for_each([&](uint32_t id) { leaving_.add(leaves_at(id), id); });
  }

  static void emit(BatchBuilder& builder, const std::string& row, int64_t weight) {
    WEIR_CHECK(decode_row(row, builder));
    builder.end_row(weight);
  }

  const Schema schema_;
  const ExpiringInput input_;
  const bool keys_alone_;
  std::vector<uint32_t> columns_;
  state::Table<EqualRows> table_;
  std::unordered_map<uint32_t, std::string> before_;  // representative at the epoch's start
  std::vector<uint32_t> order_;
  Leaving<std::vector<uint32_t>> leaving_;  // rows
  bool restored_ = false;
};

}  // namespace

std::unique_ptr<Operator> make_distinct(const plan::Node& node, const OperatorOptions& options) {
  return std::make_unique<Distinct>(node, options);
}

}  // namespace weir::flow
