#include "flow/distinct.h"

#include "data/row_encoding.h"
#include "flow/equal_rows.h"
#include "state/table.h"

namespace weir::flow {

namespace {

class Distinct final : public Operator {
 public:
  explicit Distinct(const plan::Node& node) : schema_(node.schema) {
    for (uint32_t i = 0; i < schema_.size(); ++i) columns_.push_back(i);
  }

  void push(int, const Batch& delta, const EpochContext&, Output&) override {
    RowBytes keys;
    RowBytes rows;
    encode_keys(delta, ascending(columns_), keys);
    encode_rows(delta, rows);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      bool inserted = false;
      const uint32_t id = table_.find_or_insert(keys[i], &inserted);
      EqualRows& equals = table_.value(id);
      if (before_.try_emplace(id, std::string(equals.representative())).second) {
        order_.push_back(id);
      }
      table_.touch(id);
      equals.add(rows[i], delta.weight(i));
    }
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

  std::vector<state::TableBase*> tables() override { return {&table_}; }

 private:
  static void emit(BatchBuilder& builder, const std::string& row, int64_t weight) {
    WEIR_CHECK(decode_row(row, builder));
    builder.end_row(weight);
  }

  const Schema schema_;
  std::vector<uint32_t> columns_;
  state::Table<EqualRows> table_;
  std::unordered_map<uint32_t, std::string> before_;  // representative at the epoch's start
  std::vector<uint32_t> order_;
};

}  // namespace

std::unique_ptr<Operator> make_distinct(const plan::Node& node) {
  return std::make_unique<Distinct>(node);
}

}  // namespace weir::flow
