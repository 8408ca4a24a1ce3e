#include "flow/top_n.h"

#include "data/row_encoding.h"
#include "state/index.h"

namespace weir::flow {

namespace {

class TopN final : public Operator {
 public:
  explicit TopN(const plan::Node& node)
      : schema_(node.schema), spec_(std::get<plan::TopNSpec>(node.spec)) {
    order_ = spec_.order;
    for (uint32_t i = 0; i < schema_.size(); ++i) order_.push_back({i, false, false});
  }

  void push(int, const Batch& delta, const EpochContext&, Output&) override {
    restore();
    RowBytes keys;
    RowBytes rows;
    encode_keys(delta, order_, keys);
    encode_rows(delta, rows);
    for (uint32_t i = 0; i < delta.rows; ++i) add(keys[i], rows[i], delta.weight(i));
    touched_ = touched_ || delta.rows > 0;
  }

  void finish(const EpochContext&, Output& out) override {
    if (!touched_) return;
    touched_ = false;
    std::map<std::string, int64_t> window = current_window();
    BatchBuilder builder(schema_);
    for (const auto& [row, n] : window_) {
      const auto it = window.find(row);
      const int64_t now = it == window.end() ? 0 : it->second;
      if (now != n) emit(builder, row, now - n);
    }
    for (const auto& [row, n] : window) {
      if (!window_.contains(row)) emit(builder, row, n);
    }
    window_ = std::move(window);
    if (!builder.empty()) out.emit(builder.finish());
  }

  std::vector<state::TableBase*> tables() override { return {&table_}; }

 private:
  // Key: sort key, then the row's bytes; both by length prefix in the table, by themselves in the
  // order.
  static std::string composite(std::string_view key, std::string_view row) {
    std::string out;
    ByteWriter w(out);
    w.string(key);
    w.raw(row);
    return out;
  }

  void add(std::string_view key, std::string_view row, int64_t weight) {
    bool inserted = false;
    const uint32_t id = table_.find_or_insert(composite(key, row), &inserted);
    table_.touch(id);
    int64_t& n = table_.value(id).n;
    n += weight;
    std::pair<std::string, std::string> place(key, row);
    if (n == 0) {
      sorted_.erase(place);
      table_.erase(id);
    } else {
      sorted_[std::move(place)] = n;
    }
  }

  // After recovery the sorted order and the emitted window follow from the table.
  void restore() {
    if (restored_) return;
    restored_ = true;
    table_.for_each([&](uint32_t id) {
      ByteReader r(table_.key(id));
      std::string key(r.string());
      sorted_[{std::move(key), std::string(table_.key(id).substr(r.position()))}] =
          table_.value(id).n;
    });
    window_ = current_window();
  }

  std::map<std::string, int64_t> current_window() const {
    std::map<std::string, int64_t> window;
    uint64_t skip = spec_.offset;
    uint64_t left = spec_.limit.value_or(UINT64_MAX);
    for (const auto& [place, n] : sorted_) {
      if (left == 0) break;
      if (n <= 0) continue;
      const uint64_t skipped = std::min<uint64_t>(skip, static_cast<uint64_t>(n));
      skip -= skipped;
      const uint64_t taken = std::min<uint64_t>(left, static_cast<uint64_t>(n) - skipped);
      left -= taken;
      if (taken > 0) window[place.second] += static_cast<int64_t>(taken);
    }
    return window;
  }

  static void emit(BatchBuilder& builder, const std::string& row, int64_t weight) {
    WEIR_CHECK(decode_row(row, builder));
    builder.end_row(weight);
  }

  const Schema schema_;
  const plan::TopNSpec spec_;
  std::vector<SortColumn> order_;
  state::Table<state::Weight> table_;
  std::map<std::pair<std::string, std::string>, int64_t> sorted_;
  std::map<std::string, int64_t> window_;  // row -> how often, as emitted
  bool restored_ = false;
  bool touched_ = false;
};

}  // namespace

std::unique_ptr<Operator> make_top_n(const plan::Node& node) {
  return std::make_unique<TopN>(node);
}

}  // namespace weir::flow
