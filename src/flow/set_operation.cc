#include "flow/set_operation.h"

#include <unordered_map>

#include "flow/equal_rows.h"
#include "flow/keyed_rows.h"

namespace weir::flow {

namespace {

// The rows that are equal, of both sides.
struct BothSides {
  EqualRows left;
  int64_t right = 0;

  int64_t left_weight() const {
    int64_t sum = 0;
    for (const EqualRows::Of& of : left.rows) sum += of.weight;
    return sum;
  }
  void encode(std::string& out) const {
    ByteWriter(out).zigzag(right);
    left.encode(out);
  }
  bool decode(std::string_view bytes) {
    ByteReader r(bytes);
    right = r.zigzag();
    return r.ok() && left.decode(bytes.substr(r.position()));
  }
  size_t heap_bytes() const { return left.heap_bytes(); }
};

class SetOperation final : public Operator {
 public:
  explicit SetOperation(const plan::Node& node)
      : schema_(node.schema), spec_(std::get<plan::SetOperationSpec>(node.spec)) {
    for (uint32_t i = 0; i < schema_.size(); ++i) columns_.push_back(i);
  }

  void push(int port, const Batch& delta, const EpochContext&, Output&) override {
    const KeyedRows keyed(delta, columns_);
    for (uint32_t i = 0; i < delta.rows; ++i) {
      bool inserted = false;
      const uint32_t id = table_.find_or_insert(keyed.keys[i], &inserted);
      BothSides& sides = table_.value(id);
      if (!before_.contains(id)) {
        before_.emplace(id, standing(sides));
        touched_.push_back(id);
      }
      table_.touch(id);
      if (port == 0) {
        sides.left.add(keyed.rows[i], delta.weight(i));
      } else {
        sides.right += delta.weight(i);
      }
    }
  }

  void finish(const EpochContext&, Output& out) override {
    BatchBuilder builder(schema_);
    for (const uint32_t id : touched_) {
      BothSides& sides = table_.value(id);
      sides.left.settle();
      const Standing& before = before_[id];
      const Standing now = standing(sides);
      if (sides.left.rows.empty() && sides.right == 0) table_.erase(id);
      if (before.row == now.row) {
        if (before.n != now.n) append_row(builder, now.row, now.n - before.n);
        continue;
      }
      if (before.n > 0) append_row(builder, before.row, -before.n);
      if (now.n > 0) append_row(builder, now.row, now.n);
    }
    before_.clear();
    touched_.clear();
    if (!builder.empty()) out.emit(builder.finish());
  }

  std::vector<state::TableBase*> tables() override { return {&table_}; }

 private:
  // What the operator answers for a key.
  struct Standing {
    std::string row;
    int64_t n = 0;
  };
  Standing standing(const BothSides& sides) const {
    const int64_t left = sides.left_weight();
    int64_t n = 0;
    if (spec_.kind == plan::SetOperationKind::kIntersect) {
      n = std::min(left, sides.right);
    } else if (spec_.all || sides.right == 0) {
      n = left - sides.right;
    }
    n = std::max<int64_t>(n, 0);
    return {std::string(sides.left.representative()), spec_.all ? n : std::min<int64_t>(n, 1)};
  }

  const Schema schema_;
  const plan::SetOperationSpec spec_;
  std::vector<uint32_t> columns_;
  state::Table<BothSides> table_;
  std::unordered_map<uint32_t, Standing> before_;
  std::vector<uint32_t> touched_;
};

}  // namespace

std::unique_ptr<Operator> make_set_operation(const plan::Node& node) {
  return std::make_unique<SetOperation>(node);
}

}  // namespace weir::flow
