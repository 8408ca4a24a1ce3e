#include "flow/distinct.h"

#include "data/row_encoding.h"

namespace weir::flow {

namespace {

// The rows of one key: nearly always one.
struct Equals {
  struct Of {
    std::string row;
    int64_t weight = 0;
  };
  std::vector<Of> rows;  // in order of arrival; the first is the representative

  void encode(std::string& out) const {
    ByteWriter w(out);
    for (const Of& of : rows) {
      w.zigzag(of.weight);
      w.string(of.row);
    }
  }
  bool decode(std::string_view bytes) {
    ByteReader r(bytes);
    while (!r.at_end() && r.ok()) {
      const int64_t weight = r.zigzag();
      rows.push_back({std::string(r.string()), weight});
    }
    return r.ok();
  }
  size_t heap_bytes() const {
    size_t bytes = rows.capacity() * sizeof(Of);
    for (const Of& of : rows) bytes += of.row.capacity() > 15 ? of.row.capacity() : 0;
    return bytes;
  }
  void add(std::string_view row, int64_t weight) {
    const auto at =
        std::find_if(rows.begin(), rows.end(), [&](const Of& of) { return of.row == row; });
    if (at == rows.end()) {
      rows.push_back({std::string(row), weight});
    } else {
      at->weight += weight;
    }
  }
};

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
      Equals& equals = table_.value(id);
      if (before_.try_emplace(id, equals.rows.empty() ? std::string() : equals.rows[0].row)
              .second) {
        order_.push_back(id);
      }
      table_.touch(id);
      equals.add(rows[i], delta.weight(i));
    }
  }

  void finish(const EpochContext&, Output& out) override {
    BatchBuilder builder(schema_);
    for (const uint32_t id : order_) {
      Equals& equals = table_.value(id);
      std::erase_if(equals.rows, [](const Equals::Of& of) { return of.weight == 0; });
      const std::string& old_row = before_[id];
      const std::string new_row = equals.rows.empty() ? "" : equals.rows[0].row;
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
  state::Table<Equals> table_;
  std::unordered_map<uint32_t, std::string> before_;  // representative at the epoch's start
  std::vector<uint32_t> order_;
};

}  // namespace

std::unique_ptr<Operator> make_distinct(const plan::Node& node) {
  return std::make_unique<Distinct>(node);
}

}  // namespace weir::flow
