#include "flow/literal_rows.h"

#include "state/index.h"

namespace weir::flow {

namespace {

class LiteralRows final : public Operator {
 public:
  explicit LiteralRows(const plan::Node& node)
      : schema_(node.schema), rows_(std::get<plan::ValuesSpec>(node.spec).rows) {}

  void push(int, const Batch&, const EpochContext&, Output&) override {}
  void finish(const EpochContext&, Output& out) override {
    bool first = false;
    emitted_.find_or_insert("", &first);
    if (!first || rows_.empty()) return;
    BatchBuilder builder(schema_);
    for (const std::vector<Value>& row : rows_) {
      for (size_t i = 0; i < row.size(); ++i) append_value(builder.column(i), row[i]);
      builder.end_row();
    }
    out.emit(builder.finish());
  }
  std::vector<state::TableBase*> tables() override { return {&emitted_}; }

 private:
  const Schema schema_;
  const std::vector<std::vector<Value>> rows_;
  state::Table<state::Weight> emitted_;
};

}  // namespace

std::unique_ptr<Operator> make_literal_rows(const plan::Node& node) {
  return std::make_unique<LiteralRows>(node);
}

}  // namespace weir::flow
